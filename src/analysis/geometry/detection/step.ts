import { AnalysisError } from '../../base/errors';
import { type Random, unitVector } from '../../math/random';
import { median } from '../../math/statistics';
import { addScaled, type Vector } from '../../math/vector';
import type { Classifier } from '../../model/classifier';
import { predictedLabel } from '../logits';
import { largestMagnitude } from '../margin';
import { FEW_CLASSES, others } from './draws';
import { forwardDraws, GRADIENT_ESTIMATE_SAMPLES, gradientNormsOf, inverseNorms } from './forwardDraws';

/** A second difference is known to 1 % in float32 when it is at least so large, relative to the largest logit. */
export const RESOLVED = 1e-4;
/** Detection collapses at steps beyond the distance to the boundary: a guard that must go further gives up. */
const MAX_DOUBLINGS = 3;

/** A step h, and whether float32 resolves second differences at it. */
export interface GuardedStep {
  readonly step: number;
  readonly doublings: number;
  readonly resolved: boolean;
}

/**
 * The step of a calibration: h = scale · median distance to the boundary of its clean images.
 *
 * @throws AnalysisError 'no-boundary' without distances.
 */
export function calibrationStep(distances: readonly number[], scale: number): number {
  if (distances.length === 0) {
    throw new AnalysisError('no-boundary', 'the step needs the distance of an image to the boundary, got none');
  }
  return scale * median(distances);
}

/**
 * h without a calibration: 0.25 · median_{i≠k} |F_i| / ‖∇F_i‖ at the image itself. For more than 20 classes the norms are
 * estimated from slopes along ten random directions, at the step that the runner-up's exact gradient suggests.
 *
 * @throws AnalysisError 'no-boundary' where all gradients vanish.
 */
export async function uncalibratedStep(classifier: Classifier, x: Vector, random: Random): Promise<number> {
  const { classes, dimension } = classifier;
  const logits = await classifier.logits(x);
  const label = predictedLabel(logits);
  const distances = (inverse: Vector): number[] =>
    others(classes, label).flatMap((i) => (inverse[i] > 0 ? [Math.abs(logits[i] - logits[label]) * inverse[i]] : []));
  const origin = { point: x, logits, label };
  if (classes <= FEW_CLASSES) {
    const norms = await gradientNormsOf(classifier, origin);
    return quarterOf(distances(logits.map((_, i) => 1 / (norms.get(i) ?? Infinity))));
  }
  const trial = await trialStep(classifier, x, logits, label);
  const nextUnitVector = (): Vector => unitVector(dimension, random);
  const draws = await forwardDraws(classifier, origin, trial, GRADIENT_ESTIMATE_SAMPLES, nextUnitVector);
  return quarterOf(distances(inverseNorms(draws, dimension)));
}

/**
 * The step, doubled while the median |second difference| · h² of F is below 1e-4 · max|f| (float32 would know it to less
 * than 1 %). Three doublings at most; where they do not help (a flat function), the step stays as it was, unresolved.
 *
 * @param resolution - median |second difference| · h² / max|f| at a step; over several images for a calibration.
 */
export async function guardedStep(resolution: (step: number) => Promise<number>, step: number): Promise<GuardedStep> {
  for (let doublings = 0; doublings <= MAX_DOUBLINGS; doublings++) {
    const tried = step * 2 ** doublings;
    if ((await resolution(tried)) >= RESOLVED) return { step: tried, doublings, resolved: true };
  }
  return { step, doublings: 0, resolved: false };
}

/** Median over classes and draws of |F_i(x + hv) − 2 F_i(x) + F_i(x − hv)| / max|f|. */
export async function secondDifferenceResolution(
  classifier: Classifier,
  x: Vector,
  step: number,
  random: Random,
  samples = 8,
): Promise<number> {
  const logits = await classifier.logits(x);
  const label = predictedLabel(logits);
  const values = await Promise.all(
    Array.from({ length: samples }, async () => {
      const v = unitVector(classifier.dimension, random);
      const [above, below] = await Promise.all([
        classifier.logits(addScaled(x, step, v)),
        classifier.logits(addScaled(x, -step, v)),
      ]);
      const second = logits.map((f, i) => above[i] - 2 * f + below[i]);
      return others(logits.length, label).map((i) => Math.abs(second[i] - second[label]));
    }),
  );
  const magnitude = largestMagnitude(logits);
  return magnitude > 0 ? median(values.flat()) / magnitude : 0;
}

async function trialStep(classifier: Classifier, x: Vector, logits: Vector, label: number): Promise<number> {
  const nearest = others(logits.length, label)
    .sort((i, j) => logits[j] - logits[i])
    .slice(0, 1);
  const cotangent = new Float64Array(logits.length);
  cotangent[nearest[0]] = 1;
  cotangent[label] = -1;
  const { gradients } = await classifier.gradients(x, [cotangent]);
  const slope = Math.sqrt(gradients[0].reduce((sum, g) => sum + g * g, 0));
  return quarterOf(slope > 0 ? [(logits[label] - logits[nearest[0]]) / slope] : []);
}

function quarterOf(distances: readonly number[]): number {
  const step = distances.length > 0 ? 0.25 * median(distances) : 0;
  if (step > 0) return step;
  throw new AnalysisError(
    'no-boundary',
    'the step needs a class with a gradient and a margin above 0, got none: give the step by itself',
  );
}
