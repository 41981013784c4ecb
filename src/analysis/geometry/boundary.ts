import { AnalysisError } from '../base/errors';
import { addScaled, distanceBetween, maximumDifference, norm, scale, type Vector } from '../math/vector';
import type { Classifier } from '../model/classifier';
import { type Crossing, crossing, largestDifference } from './crossing';
import {
  asFloat32,
  clipped,
  deepfool,
  type DeepfoolResult,
  type DeepfoolSettings,
  isOutside,
  type Linearisation,
  linearisation,
} from './deepfool';
import { predictedLabel, strongestRival } from './logits';
import { float32Floor, margin } from './margin';

/** How the nearest boundary point is searched. */
export interface BoundarySettings extends Pick<DeepfoolSettings, 'overshoot' | 'candidates' | 'range'> {
  /** DeepFool's steps; 50 by default. */
  readonly maxSteps?: number;
  /** Steps of the nearest-point iteration after DeepFool; 5 by default, 0 to leave it out. */
  readonly refinements?: number;
}

interface SearchResult {
  /** k, the predicted class: the geometry is that of its region, whether it is right or not. */
  readonly label: number;
  /** f(x), shape (K,). */
  readonly logits: Vector;
  /** f_k − f_runnerUp at x, ≥ 0. */
  readonly margin: number;
  /** DeepFool's steps in L2. */
  readonly steps: number;
  /** ‖r‖_∞ of an L∞ search of its own, at the boundary; null where that found nothing. */
  readonly distanceInf: number | null;
}

/** z = x + r: the nearest point of the boundary that was found. An upper bound of the true distance, not a certificate. */
export interface FoundBoundaryPoint extends SearchResult {
  readonly status: 'converged';
  /** The class that ties with the label at z. */
  readonly target: number;
  /** ‖r‖₂, in units of the input. */
  readonly distance: number;
  /** The distance along DeepFool's own direction, before refinement. */
  readonly deepfoolDistance: number;
  /** z, shape (D,). */
  readonly point: Vector;
  /** x + (1 + overshoot) r, exact in float32; its label is another one. Farther where that takes more. Shape (D,). */
  readonly perturbed: Vector;
  /**
   * |F(z)| / (‖∇F(z)‖ ‖r‖); null where x itself lies on the boundary. Where the logits jump, as in networks that round
   * inside, F is not 0 there, and this is how high the jump is.
   */
  readonly residual: number | null;
  /** ∇F / ‖∇F‖ at z for F = f_target − f_label: points out of the region. Shape (D,). */
  readonly normal: Vector;
  /** ‖∇F(z)‖. */
  readonly gradientNorm: number;
}

/** That no boundary point was found: never a number in its place. */
export interface MissingBoundaryPoint extends SearchResult {
  /** `no-boundary`: every gradient is zero, there is nowhere to go; `not-converged`: the steps did not lead out. */
  readonly status: 'not-converged' | 'no-boundary';
  readonly target: null;
  readonly distance: null;
  readonly deepfoolDistance: null;
  readonly residual: null;
  readonly point?: undefined;
  readonly perturbed?: undefined;
  readonly normal?: undefined;
  readonly gradientNorm?: undefined;
}

/** The end of a search for the nearest boundary point. */
export type BoundaryPoint = FoundBoundaryPoint | MissingBoundaryPoint;

/**
 * The boundary point nearest to an image: DeepFool on logits, then back along its direction to where the label's logit
 * ties, then a few steps of the nearest-point iteration. The L∞ distance comes from a search of its own beside it.
 *
 * @param x - shape (D,).
 * @throws AnalysisError 'invalid-input' where the logits at x are not finite.
 * @see Moosavi-Dezfooli, Fawzi & Frossard 2016, DeepFool, §3; Rackwitz & Fiessler 1978 for the refinement
 */
export async function nearestBoundary(
  classifier: Classifier,
  x: Vector,
  settings: BoundarySettings,
): Promise<BoundaryPoint> {
  const { maxSteps = 50, refinements = 5 } = settings;
  const search: DeepfoolSettings = { ...settings, maxSteps };
  const logits = await classifier.logits(x);
  if (!logits.every(Number.isFinite)) {
    throw new AnalysisError('invalid-input', `the logits of an image must be finite, got ${logits.join(', ')}`);
  }
  const label = predictedLabel(logits);
  const first = await linearisation(classifier, x, label, logits, settings.candidates);
  const [euclidean, distanceInf] = await Promise.all([
    euclideanPoint(classifier, x, label, first, search, refinements),
    maximumDistance(classifier, x, label, first, search),
  ]);
  const runnerUp = strongestRival(logits, label);
  return { label, logits, margin: logits[label] - logits[runnerUp], distanceInf, ...euclidean };
}

type WithoutImage<T> = Omit<T, Exclude<keyof SearchResult, 'steps'>>;

async function euclideanPoint(
  classifier: Classifier,
  x: Vector,
  label: number,
  first: Linearisation,
  settings: DeepfoolSettings,
  refinements: number,
): Promise<WithoutImage<FoundBoundaryPoint> | WithoutImage<MissingBoundaryPoint>> {
  const found = await deepfool(classifier, x, label, first, 'l2', settings);
  const missing = { target: null, distance: null, deepfoolDistance: null, residual: null, steps: found.steps };
  if (found.status !== 'found') return { ...missing, status: found.status };
  const image = { point: x, logits: first.logits };
  const tie = await crossing(classifier, label, image, { point: found.perturbed, logits: found.logits });
  const nearest = await refined(classifier, image, label, tie, settings.range, refinements);
  const { point, target, logits, value, gradient, jumps } = nearest;
  const [distance, gradientNorm] = [distanceBetween(point, x), norm(gradient)];
  const residual = distance > 0 ? Math.abs(value) / (gradientNorm * distance) : null;
  const ties = (residual !== null && residual <= 1e-4) || Math.abs(value) <= float32Floor(logits);
  const onBoundary = ties || jumps;
  if (!onBoundary || !(gradientNorm > 0 && Number.isFinite(gradientNorm))) {
    return { ...missing, status: 'not-converged' };
  }
  return {
    status: 'converged',
    target,
    distance,
    deepfoolDistance: distanceBetween(tie.point, x),
    point,
    perturbed: await overshotImage(classifier, x, label, point, settings, found),
    residual,
    steps: found.steps,
    normal: scale(gradient, 1 / gradientNorm),
    gradientNorm,
  };
}

async function maximumDistance(
  classifier: Classifier,
  x: Vector,
  label: number,
  first: Linearisation,
  settings: DeepfoolSettings,
): Promise<number | null> {
  const found = await deepfool(classifier, x, label, first, 'l-infinity', settings);
  if (found.status !== 'found') return null;
  const image = { point: x, logits: first.logits };
  const { point } = await crossing(classifier, label, image, { point: found.perturbed, logits: found.logits });
  return maximumDifference(point, x);
}

/** A boundary point with the margin of its two classes to first order. */
interface BoundaryGradient extends Crossing {
  readonly value: number;
  readonly gradient: Vector;
}

/**
 * Nearer boundary points from one of them: x projected on the tangent plane at z lies along the normal n from x, so the
 * direction of r turns towards n, by all of the angle or a part of it, wherever the region is already left at the distance
 * reached so far; the segment to there meets the boundary nearer than z. Ends where no such turn gains 1e-4 of it.
 */
async function refined(
  classifier: Classifier,
  image: { readonly point: Vector; readonly logits: Vector },
  label: number,
  start: Crossing,
  range: DeepfoolSettings['range'],
  steps: number,
): Promise<BoundaryGradient> {
  const x = image.point;
  let z = start;
  for (let step = 0; ; step++) {
    const { value, gradient } = await margin(classifier, { label, target: z.target }).gradient(z.point);
    const here = { ...z, value, gradient };
    const r = addScaled(z.point, -1, x);
    const [distance, slope] = [norm(r), norm(gradient)];
    if (step === steps || !(distance > 0 && slope > 0)) return here;
    const trials = await Promise.all(
      [1, 1 / 2, 1 / 4, 1 / 8].map(async (turn) => {
        const direction = addScaled(scale(r, (1 - turn) / distance), turn / slope, gradient);
        const point = clipped(addScaled(x, distance / norm(direction), direction), range);
        return { point, logits: await classifier.logits(point) };
      }),
    );
    const outside = trials
      .filter(({ logits }) => isOutside(logits, label) && largestDifference(logits, label) > float32Floor(logits))
      .sort((a, b) => largestDifference(b.logits, label) - largestDifference(a.logits, label));
    if (outside.length === 0) return here;
    const nearer = await crossing(classifier, label, image, outside[0]);
    if (!(distanceBetween(nearer.point, x) < (1 - 1e-4) * distance)) return here;
    z = nearer;
  }
}

/** The image pushed past z until its label changes: by the overshoot, a few times it, else where DeepFool ended. */
async function overshotImage(
  classifier: Classifier,
  x: Vector,
  label: number,
  z: Vector,
  { overshoot, range }: DeepfoolSettings,
  found: Extract<DeepfoolResult, { status: 'found' }>,
): Promise<Vector> {
  const r = addScaled(z, -1, x);
  for (const factor of [1, 2, 4]) {
    const perturbed = asFloat32(clipped(addScaled(x, 1 + factor * overshoot, r), range));
    if (isOutside(await classifier.logits(perturbed), label)) return perturbed;
  }
  return found.perturbed;
}
