import { AnalysisError } from '../../base/errors';
import { type Random, unitVector } from '../../math/random';
import { addScaled, norm, scale, type Vector } from '../../math/vector';
import type { Classifier } from '../../model/classifier';
import { predictedLabel } from '../logits';

/** How projected gradient ascent searches. */
export interface PgdSettings {
  /** Radius of the L2 ball around x, in units of x, > 0. */
  readonly radius: number;
  /** 20 by default. */
  readonly steps?: number;
  /** Length of a step over radius / steps; 2.5 by default. */
  readonly relativeStep?: number;
}

/**
 * The fast gradient sign method: x + ε sign(∇ₓ loss), where the loss is the cross-entropy of the predicted class. Two
 * forward passes; the label may stay.
 *
 * @param epsilon - ‖perturbation‖_∞ in units of x, > 0.
 * @throws AnalysisError 'invalid-input' for ε ≤ 0.
 * @see Goodfellow, Shlens & Szegedy 2015, Explaining and Harnessing Adversarial Examples, §4
 */
export async function fastGradientSign(classifier: Classifier, x: Vector, epsilon: number): Promise<Vector> {
  if (!(epsilon > 0)) throw new AnalysisError('invalid-input', `ε must be above 0, got ${epsilon}`);
  const logits = await classifier.logits(x);
  const gradient = await lossGradient(classifier, x, logits, predictedLabel(logits));
  return addScaled(x, epsilon, gradient.map(Math.sign));
}

/**
 * Projected gradient ascent of the cross-entropy in an L2 ball, from a random point of it; the steps have fixed length.
 * Returns the last point of the ball, whatever its label. Holds four vectors of length D.
 *
 * @throws AnalysisError 'invalid-input' for a radius ≤ 0.
 * @see Madry et al. 2018, Towards Deep Learning Models Resistant to Adversarial Attacks, §2.1
 */
export async function projectedGradient(
  classifier: Classifier,
  x: Vector,
  { radius, steps = 20, relativeStep = 2.5 }: PgdSettings,
  random: Random,
): Promise<Vector> {
  if (!(radius > 0)) throw new AnalysisError('invalid-input', `radius must be above 0, got ${radius}`);
  const label = predictedLabel(await classifier.logits(x));
  // Uniform in the ball: its radius has density D ρ^(D−1).
  const start = radius * random() ** (1 / x.length);
  let offset = scale(unitVector(x.length, random), start);
  for (let step = 0; step < steps; step++) {
    const point = addScaled(x, 1, offset);
    const gradient = await lossGradient(classifier, point, await classifier.logits(point), label);
    const slope = norm(gradient);
    if (slope === 0) break;
    offset = addScaled(offset, (relativeStep * radius) / (steps * slope), gradient);
    const length = norm(offset);
    if (length > radius) offset = scale(offset, radius / length);
  }
  return addScaled(x, 1, offset);
}

/** The direction of ∇ₓ(log Σ exp f − f_k): cotangent softmax(f) − e_k, scaled so that float32 cannot lose it. */
async function lossGradient(classifier: Classifier, x: Vector, logits: Vector, label: number): Promise<Vector> {
  const rivals = logits.filter((_, i) => i !== label);
  const largest = rivals.reduce((max, logit) => Math.max(max, logit), -Infinity);
  // The rivals' probabilities over their sum: the gradient's direction without its possibly tiny length.
  const weights = logits.map((logit, i) => (i === label ? 0 : Math.exp(logit - largest)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const cotangent = weights.map((weight, i) => (i === label ? -1 : weight / total));
  return (await classifier.gradients(x, [cotangent])).gradients[0];
}
