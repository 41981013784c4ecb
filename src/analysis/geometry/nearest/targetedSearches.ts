import { type Random, seededRandom } from '../../math/random';
import { addScaled, addTo, norm, scaleTo, setDifference, type Vector } from '../../math/vector';
import type { Classifier, LogitsAndGradients } from '../../model/classifier';
import { isOutside } from '../deepfool';
import { differenceCotangent } from '../logits';
import { displaced, movable, type OutsidePoint, type SearchedImage } from './image';
import { afterCut, declined, type Schedule } from './levels';
import type { Start } from './starts';

/** A search under way; its vectors are its own, and change in place from step to step: new ones would be most of the memory used. */
export interface Search extends Start {
  /** About how far the boundary is that it is coming to. */
  readonly estimate: number;
  /** Where the next point and its gradient are written, shape (D,). */
  readonly room: { readonly point: Vector; readonly gradient: Vector };
}

/** A search before its first step. */
export function begun(start: Start): Search {
  const room = { point: new Float64Array(start.r.length), gradient: new Float64Array(start.r.length) };
  return { ...start, r: start.r.slice(), estimate: Infinity, room };
}

/** A search in L2, with where its gradients are scattered. */
interface ScatteredSearch extends Search {
  readonly random: Random;
}

/**
 * Searches towards several classes side by side, with a radius that shrinks while the label is another one and grows while it
 * is not, the direction turning towards the gradient of F_t; the less promising ones end at the schedule's cuts.
 *
 * At x + r, with n = ‖r‖ and g = ∇F_t: r ← e · unit(r + α n g / ‖g‖). Outside, under any label but k, e = min(n, shortest)
 * (1 − γ). Inside with nothing found, e reaches for the linearised boundary, n (1 − 1.02 F_t / (‖g‖ n)) between n (1 + γ/2)
 * and 2n; once something is found, no farther than n (1 + γ) and than (1 − γ/2) of it.
 *
 * With scatter g = ∇F_t(x + r + σ n v), v a unit vector, another one at each step: over the steps that is about the gradient of
 * F_t averaged around a point, as if the network had no kinks, and as σ falls it becomes the gradient at the point. F_t and the
 * label are those at x + r always, for one more forward pass. The vectors are the same for all images and seeds.
 *
 * @returns the shortest outside point of each search that has one, in the order of the starts.
 * @see Rony et al. 2019, Decoupling Direction and Norm for Efficient Gradient-Based L2 Adversarial Attacks, Algorithm 1
 */
export async function targetedSearches(
  classifier: Classifier,
  image: SearchedImage,
  starts: readonly Start[],
  schedule: Schedule,
): Promise<OutsidePoint[]> {
  const searches = starts.map((start, place): ScatteredSearch => {
    return { ...begun(start), random: seededRandom('scatter', place, start.target) };
  });
  return sideBySide(searches, schedule, (search, step) => advanced(classifier, image, search, schedule, step));
}

/** Advances all searches step by step, those that a cut ends no further, and returns what each has found. */
export async function sideBySide<T extends Search>(
  searches: readonly T[],
  { steps, cuts }: Schedule,
  advanced: (search: T, step: number) => Promise<T>,
): Promise<OutsidePoint[]> {
  const all = [...searches];
  let running = all.map((_, i) => i);
  for (let step = 0; step < steps; step++) {
    await Promise.all(
      running.map(async (i) => {
        all[i] = await advanced(all[i], step);
      }),
    );
    const cut = cuts[step + 1];
    if (cut) running = afterCut(running, cut, (i) => all[i].estimate);
  }
  return all.flatMap(({ found }) => found ?? []);
}

/** What a search sees where it stands. */
interface Sight {
  readonly isOut: boolean;
  /** −F_t. */
  readonly fall: number;
  /** ∇F_t without what would leave the range, shape (D,). */
  readonly g: Vector;
  /** The nearest outside point until now, this one if it is, and how far that is: ∞ where there is none. */
  readonly found: OutsidePoint | undefined;
  readonly shortest: number;
  /** For the step after. */
  readonly room: Search['room'];
}

/**
 * One gradient, and what it tells.
 *
 * @param distance - of the point from the image, in the norm that is searched in.
 * @param beside - where the gradient is taken.
 */
export async function seenAt(
  classifier: Classifier,
  image: SearchedImage,
  { target, found: before, room }: Search,
  point: Vector,
  distance: number,
  beside = point,
): Promise<Sight> {
  const cotangent = differenceCotangent(classifier.classes, target, image.label);
  const { logits, gradients } = await logitsAndGradient(classifier, point, beside, cotangent, room.gradient);
  const isOut = isOutside(logits, image.label);
  const isNearest = isOut && distance < (before?.distance ?? Infinity);
  const found = isNearest ? { point, logits, distance } : before;
  return {
    room: isNearest ? { ...room, point: new Float64Array(point.length) } : room,
    ...{ isOut, found, shortest: found?.distance ?? Infinity },
    ...{ fall: logits[image.label] - logits[target], g: movable(image, point, gradients[0]) },
  };
}

/** f at a point and the gradient beside it. */
async function logitsAndGradient(
  classifier: Classifier,
  point: Vector,
  beside: Vector,
  cotangent: Vector,
  into: Vector,
): Promise<LogitsAndGradients> {
  if (beside === point) return classifier.gradients(point, [cotangent], [into]);
  const [logits, { gradients }] = await Promise.all([
    classifier.logits(point),
    classifier.gradients(beside, [cotangent], [into]),
  ]);
  return { logits, gradients };
}

async function advanced(
  classifier: Classifier,
  image: SearchedImage,
  search: ScatteredSearch,
  { turn, shrinkage, scatter, steps }: Schedule,
  step: number,
): Promise<ScatteredSearch> {
  const { target, r, random } = search;
  const point = displaced(image, r, search.room.point);
  setDifference(r, point, image.point);
  const n = norm(r);
  // Clipped to nothing: there is no way on from here.
  if (n === 0) return { ...search, estimate: Infinity };
  const beside = scatter && displaced(image, scattered(r, declined(scatter, step, steps) * n, random));
  const { isOut, fall, g, found, shortest, room } = await seenAt(classifier, image, search, point, n, beside);
  const slope = norm(g);
  // Where the linearised boundary lies along the gradient; a flat place says nothing.
  const reach = slope > 0 ? fall / slope : Infinity;
  const [alpha, gamma] = [declined(turn, step, steps), declined(shrinkage, step, steps)];
  const radius = isOut ? Math.min(n, shortest) * (1 - gamma) : radiusInside(n, reach, shortest, gamma);
  if (slope > 0) addTo(r, (alpha * n) / slope, g);
  const length = norm(r);
  const hasDirection = length > 0 && Number.isFinite(length);
  if (hasDirection) scaleTo(r, radius / length);
  return {
    ...{ target, random, room, estimate: Math.min(Math.max(n + reach, n / 2), shortest) },
    ...(found && { found }),
    r: hasDirection ? r : addScaled(point, -1, image.point),
  };
}

/** r moved so far in a random direction. */
function scattered(r: Vector, distance: number, random: Random): Vector {
  // Uniform in a cube: of many values that is as good as a normal one, for less.
  const v = r.map(() => 2 * random() - 1);
  return addScaled(r, distance / norm(v), v);
}

function radiusInside(n: number, reach: number, shortest: number, gamma: number): number {
  const grown = Math.min(Math.max(n + 1.02 * reach, n * (1 + gamma / 2)), 2 * n);
  return shortest < Infinity ? Math.min(grown, n * (1 + gamma), shortest * (1 - gamma / 2)) : grown;
}
