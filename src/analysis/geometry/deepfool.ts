import { addScaled, between, norm, scale, type Vector } from '../math/vector';
import type { Classifier } from '../model/classifier';
import { differenceCotangent, predictedLabel } from './logits';
import { float32Floor, float32Resolution } from './margin';

/** How far past the boundary is far enough for the label to have changed, relative to the perturbation: DeepFool's own. */
export const usualOvershoot = 0.02;

/** How DeepFool searches. */
export interface DeepfoolSettings {
  /** How far past the linearised boundary the label is tested, relative to the perturbation. */
  readonly overshoot: number;
  /** m: the label and the m − 1 other classes with the largest logits are looked at. */
  readonly candidates: number;
  readonly maxSteps: number;
  /** Bounds of every input value, shape (D,) each, that no point may leave; none by default. */
  readonly range?: { readonly lower: Vector; readonly upper: Vector };
}

/** All differences F_i = f_i − f_k to the candidate classes, to first order at a point. */
export interface Linearisation {
  /** f, shape (K,). */
  readonly logits: Vector;
  /** i, the candidates. */
  readonly rivals: readonly number[];
  /** ∇F_i for each of them. */
  readonly gradients: readonly Vector[];
}

/** An image with another label, or why none was found. */
export type DeepfoolResult =
  | {
      readonly status: 'found';
      /** The overshot image, exact in float32, shape (D,). */
      readonly perturbed: Vector;
      /** Its logits, shape (K,): their largest is not the label's. */
      readonly logits: Vector;
      readonly steps: number;
    }
  | { readonly status: 'not-converged' | 'no-boundary'; readonly steps: number };

/**
 * DeepFool: to the boundary of the nearest candidate class as linearised at x + r, again and again, until the label at
 * x + (1 + overshoot) r has changed. The linearisation stands at the point without overshoot.
 *
 * r ← r + |F_i| / ‖w_i‖² · w_i, with w_i = ∇F_i and i the class for which that step is shortest.
 *
 * @param start - the linearisation at x.
 * @see Moosavi-Dezfooli, Fawzi & Frossard 2016, DeepFool, Algorithm 2
 */
export async function deepfool(
  classifier: Classifier,
  x: Vector,
  label: number,
  start: Linearisation,
  settings: DeepfoolSettings,
): Promise<DeepfoolResult> {
  // A shorter step, or one of zero from a point on the boundary, would repeat for ever.
  const resolution = float32Resolution(x);
  let point = x;
  let linear = start;
  for (let step = 1; step <= settings.maxSteps; step++) {
    const move = shortestMove(linear, label, resolution);
    if (!move) return { status: 'no-boundary', steps: step - 1 };
    point = clipped(addScaled(point, 1, move), settings.range);
    const overshot = addScaled(x, 1 + settings.overshoot, addScaled(point, -1, x));
    const perturbed = asFloat32(clipped(overshot, settings.range));
    const logits = await classifier.logits(perturbed);
    if (isOutside(logits, label)) return { status: 'found', perturbed, logits, steps: step };
    if (step < settings.maxSteps) linear = await linearisation(classifier, point, label, logits, settings.candidates);
  }
  return { status: 'not-converged', steps: settings.maxSteps };
}

/**
 * The differences to the min(m, K) − 1 classes with the largest logits beside the label, to first order at x. Their
 * number never changes, so the calls of all images fall into the same batches.
 *
 * @param near - logits at x or close to it, which rank the classes.
 */
export async function linearisation(
  classifier: Classifier,
  x: Vector,
  label: number,
  near: Vector,
  candidates: number,
): Promise<Linearisation> {
  const rivals = Array.from(near.keys())
    .filter((i) => i !== label)
    .sort((i, j) => near[j] - near[i] || i - j)
    .slice(0, Math.max(1, candidates - 1));
  const cotangents = rivals.map((i) => differenceCotangent(classifier.classes, i, label));
  return { rivals, ...(await classifier.gradients(x, cotangents)) };
}

/** Whether the label really changed: finite logits whose largest belongs to another class. */
export function isOutside(logits: Vector, label: number): boolean {
  return logits.every(Number.isFinite) && predictedLabel(logits) !== label;
}

/** The point of the range that is nearest to x. */
function clipped(x: Vector, range: DeepfoolSettings['range']): Vector {
  return range ? between(x, range.lower, range.upper) : x;
}

/** x as the network receives it. */
function asFloat32(x: Vector): Vector {
  const rounded = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) rounded[i] = Math.fround(x[i]);
  return rounded;
}

/** The shortest step to a linearised boundary; undefined where every gradient vanishes or is not a number. */
function shortestMove(
  { logits, rivals, gradients }: Linearisation,
  label: number,
  resolution: number,
): Vector | undefined {
  let shortest: { readonly length: number; readonly slope: number; readonly w: Vector } | undefined;
  for (const [index, w] of gradients.entries()) {
    const difference = Math.abs(logits[rivals[index]] - logits[label]);
    const slope = norm(w);
    if (slope > 0 && difference / slope < (shortest?.length ?? Infinity)) {
      shortest = { length: difference / slope, slope, w };
    }
  }
  if (!shortest) return undefined;
  const { length, slope, w } = shortest;
  return scale(w, Math.max(length, float32Floor(logits) / slope, resolution) / slope);
}
