import type { SearchLevel } from '../../protocol/words';
import { AnalysisError } from '../base/errors';
import { addScaled, maximumDifference, norm, scale, type Vector } from '../math/vector';
import type { Classifier } from '../model/classifier';
import { CountingClassifier } from '../model/countingClassifier';
import { type Crossing, crossing } from './crossing';
import {
  deepfool,
  type DeepfoolResult,
  type DeepfoolSettings,
  isOutside,
  type Linearisation,
  linearisation,
} from './deepfool';
import { predictedLabel, strongestRival } from './logits';
import { float32Floor } from './margin';
import { displaced, type SearchedImage } from './nearest/image';
import { type Effort, efforts } from './nearest/levels';
import { nearestInMaximumNorm } from './nearest/maximumNorm';
import { nearestInL2 } from './nearest/search';

/** How the nearest boundary point is searched. */
export interface BoundarySettings extends Pick<DeepfoolSettings, 'overshoot' | 'candidates' | 'range'> {
  readonly level: SearchLevel;
  /** DeepFool's steps; 50 by default. */
  readonly maxSteps?: number;
  /** Whether the distance in L∞ is searched, too, at about the same cost again; it is by default. */
  readonly maximumNorm?: boolean;
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
  /** Gradients that the L2 search took, those of DeepFool and of the linearisation at x among them. */
  readonly gradients: number;
  /** ‖r‖_∞ of an L∞ search of its own, at the boundary; null where nothing was found, or nothing searched. */
  readonly distanceInf: number | null;
}

/** z = x + r: the nearest point of the boundary that was found. An upper bound of the true distance, not a certificate. */
export interface FoundBoundaryPoint extends SearchResult {
  readonly status: 'converged';
  /** The class that ties with the label at z. */
  readonly target: number;
  /** ‖r‖₂, in units of the input. */
  readonly distance: number;
  /** The distance along DeepFool's own direction, which is the paper's; null where DeepFool found nothing. */
  readonly deepfoolDistance: number | null;
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
  /** `no-boundary`: every gradient is zero, there is nowhere to go; `not-converged`: no search led out. */
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
 * The boundary point nearest to an image: that of a search towards several classes at once, or DeepFool's where that is
 * nearer, polished. The L∞ distance comes from a search of its own beside it.
 *
 * @param x - shape (D,).
 * @throws AnalysisError 'invalid-input' where the logits at x are not finite.
 * @see Moosavi-Dezfooli, Fawzi & Frossard 2016, DeepFool, §3; nearest/search.ts for the rest
 */
export async function nearestBoundary(
  classifier: Classifier,
  x: Vector,
  settings: BoundarySettings,
): Promise<BoundaryPoint> {
  const logits = await classifier.logits(x);
  if (!logits.every(Number.isFinite)) {
    throw new AnalysisError('invalid-input', `the logits of an image must be finite, got ${logits.join(', ')}`);
  }
  const image = { point: x, logits, label: predictedLabel(logits), range: settings.range };
  const effort = efforts[settings.level];
  const { maximumNorm = true } = settings;
  const counting = new CountingClassifier(classifier);
  const first = await linearisation(counting, x, image.label, logits, settings.candidates);
  const [euclidean, maximum] = await Promise.all([
    euclideanPoint(counting, image, first, settings, effort),
    maximumNorm ? nearestInMaximumNorm(classifier, image, first, effort.maximumNorm) : null,
  ]);
  const points = [maximum, maximumNorm ? euclidean.point : undefined].flatMap((point) => point ?? []);
  return {
    ...{ label: image.label, logits, margin: logits[image.label] - logits[strongestRival(logits, image.label)] },
    ...{ ...euclidean, gradients: counting.cost.gradients },
    // A point that is near in L2 may be nearer in L∞ than what that search found.
    distanceInf: points.length > 0 ? Math.min(...points.map((point) => maximumDifference(point, x))) : null,
  };
}

type WithoutImage<T> = Omit<T, Exclude<keyof SearchResult, 'steps'>>;

async function euclideanPoint(
  classifier: Classifier,
  image: SearchedImage,
  first: Linearisation,
  settings: BoundarySettings,
  effort: Effort,
): Promise<WithoutImage<FoundBoundaryPoint> | WithoutImage<MissingBoundaryPoint>> {
  const running = deepfool(classifier, image.point, image.label, first, { maxSteps: 50, ...settings });
  const known = running.then((found) => deepfoolTie(classifier, image, found));
  const [nearest, found, tie] = await Promise.all([
    nearestInL2(classifier, image, first, known, effort),
    running,
    known,
  ]);
  const missing = { target: null, distance: null, deepfoolDistance: null, residual: null, steps: found.steps };
  if (!nearest) return { ...missing, status: found.status === 'no-boundary' ? 'no-boundary' : 'not-converged' };
  const { point, target, distance, logits, value, gradient, jumps, outside } = nearest;
  const gradientNorm = norm(gradient);
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
    deepfoolDistance: tie?.distance ?? null,
    point,
    perturbed: await overshotImage(classifier, image, point, settings.overshoot, outside),
    residual,
    steps: found.steps,
    normal: scale(gradient, 1 / gradientNorm),
    gradientNorm,
  };
}

/** Back from DeepFool's overshot image to the boundary. */
async function deepfoolTie(
  classifier: Classifier,
  image: SearchedImage,
  found: DeepfoolResult,
): Promise<Crossing | undefined> {
  if (found.status !== 'found') return undefined;
  return crossing(classifier, image.label, image, { point: found.perturbed, logits: found.logits });
}

/** The image pushed past z until its label changes: by the overshoot, a few times it, else where the search ended. */
async function overshotImage(
  classifier: Classifier,
  image: SearchedImage,
  z: Vector,
  overshoot: number,
  outside: Vector,
): Promise<Vector> {
  const r = addScaled(z, -1, image.point);
  for (const factor of [1, 2, 4]) {
    const perturbed = displaced(image, scale(r, 1 + factor * overshoot));
    if (isOutside(await classifier.logits(perturbed), image.label)) return perturbed;
  }
  return outside;
}
