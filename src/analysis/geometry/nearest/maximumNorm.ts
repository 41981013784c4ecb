import { addTo, maximumDifference, norm1, scaleTo, setDifference, type Vector } from '../../math/vector';
import type { Classifier } from '../../model/classifier';
import { crossing } from '../crossing';
import type { Linearisation } from '../deepfool';
import { displaced, type OutsidePoint, type SearchedImage } from './image';
import { declined, type Schedule, type TowardsClasses } from './levels';
import { type Start, starts } from './starts';
import { begun, type Search, seenAt, sideBySide } from './targetedSearches';

/** How much of the mean gradient stays from step to step. */
const memory = 0.5;

/** A search under way, with the mean of the gradients that it has seen. */
interface CubeSearch extends Search {
  readonly mean: Vector;
}

/**
 * The nearest boundary point in the maximum norm that so much effort finds, shape (D,); null where no class is reached.
 *
 * @param first - the linearisation at x.
 */
export async function nearestInMaximumNorm(
  classifier: Classifier,
  image: SearchedImage,
  first: Linearisation,
  schedule: TowardsClasses,
): Promise<Vector | null> {
  const nearest = starts(image, first, 'l-infinity', schedule.classes);
  const found = await maximumNormSearches(classifier, image, nearest, schedule);
  const ties = await Promise.all(found.map((outside) => crossing(classifier, image.label, image, outside)));
  const distance = (z: Vector): number => maximumDifference(z, image.point);
  const points = ties.map(({ point }) => point);
  return points.toSorted((a, b) => distance(a) - distance(b)).at(0) ?? null;
}

/**
 * Searches towards several classes in the maximum norm: a cube whose half-width e shrinks while the label is another one and
 * grows while it is not. At x + r, with g = ∇F_t: r ← r + α e sign m, put back into the cube, where m ← m/2 + g / ‖g‖₁; without
 * that mean r would go to and fro between the linear pieces that meet at the nearest point. Outside e = min(e, shortest)
 * (1 − γ); inside with nothing found e − F_t / ‖g‖₁ between e (1 + γ) and 2e, afterwards min(e (1 + γ), shortest (1 − γ/2)).
 *
 * @returns the outside point of smallest ‖r‖_∞ of each search that has one, in the order of the starts.
 */
export async function maximumNormSearches(
  classifier: Classifier,
  image: SearchedImage,
  starts: readonly Start[],
  schedule: Schedule,
): Promise<OutsidePoint[]> {
  const searches = starts.map((start): CubeSearch => ({ ...begun(start), mean: new Float64Array(start.r.length) }));
  return sideBySide(searches, schedule, (search, step) => advanced(classifier, image, search, schedule, step));
}

async function advanced(
  classifier: Classifier,
  image: SearchedImage,
  search: CubeSearch,
  { turn, shrinkage, steps }: Schedule,
  step: number,
): Promise<CubeSearch> {
  const { target, mean, r } = search;
  const point = displaced(image, r, search.room.point);
  const e = maximumDifference(point, image.point);
  const { isOut, fall, g, found, shortest, room } = await seenAt(classifier, image, search, point, e);
  const slope = norm1(g);
  // Clipped to nothing, or a flat place: there is no way on from here.
  if (!(slope > 0 && e > 0)) return { ...search, room, ...(found && { found }), estimate: shortest };
  const reach = fall / slope;
  const [alpha, gamma] = [declined(turn, step, steps), declined(shrinkage, step, steps)];
  const halfWidth = nextHalfWidth(e, isOut, reach, shortest, gamma);
  scaleTo(mean, memory);
  addTo(mean, 1 / slope, g);
  setDifference(r, point, image.point);
  stepAlongSigns(r, mean, alpha * e);
  putIntoCube(r, halfWidth);
  return {
    ...{ target, mean, r, room, estimate: Math.min(Math.max(e + reach, e / 2), shortest) },
    ...(found && { found }),
  };
}

function stepAlongSigns(r: Vector, mean: Vector, step: number): void {
  for (let i = 0; i < r.length; i++) r[i] += step * side(mean[i], 0);
}

function putIntoCube(r: Vector, halfWidth: number): void {
  for (let i = 0; i < r.length; i++) {
    const beyond = side(r[i], halfWidth);
    r[i] = r[i] * (1 - beyond * beyond) + halfWidth * beyond;
  }
}

/**
 * On which side of [−bound, bound] a number lies: −1, 0 or 1. By arithmetic: sign, minimum and maximum are branches, which
 * nothing foresees in a gradient, and took three times as long.
 */
function side(value: number, bound: number): number {
  return Number(value > bound) - Number(value < -bound);
}

function nextHalfWidth(e: number, isOut: boolean, reach: number, shortest: number, gamma: number): number {
  if (isOut) return Math.min(e, shortest) * (1 - gamma);
  if (shortest < Infinity) return Math.min(e * (1 + gamma), shortest * (1 - gamma / 2));
  return Math.min(Math.max(e + reach, e * (1 + gamma)), 2 * e);
}
