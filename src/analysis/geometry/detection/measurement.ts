import type { Random } from '../../math/random';
import { addScaled, type Vector } from '../../math/vector';
import type { Classifier } from '../../model/classifier';
import { usualOvershoot } from '../deepfool';
import { strongestRival } from '../logits';
import { classCurvatures, type EstimatorSettings } from './classCurvatures';

/** Everything that a detector looks at, for one image; plain numbers, so that it can be kept and saved. */
export interface Measurement {
  /** k, the predicted class. */
  readonly label: number;
  /** f_k − f_runnerUp ≥ 0. */
  readonly margin: number;
  readonly runnerUp: number;
  /** argmax κ̄_i over the classes whose gradient is exact: the paper's recovered label. */
  readonly highestCurvatureLabel: number;
  /** Algorithm 2's ρ, in 1 / (unit of x). */
  readonly rho: number;
  readonly rhoStandardError: number;
  /** F_i = f_i − f_k ≤ 0, shape (K,); 0 at the label. */
  readonly logitDifferences: readonly number[];
  /** mean_j of the second differences of F_i, shape (K,); 0 at the label. */
  readonly secondDifferences: readonly number[];
  /** κ̄_i, shape (K,); 0 at the label. */
  readonly classCurvatures: readonly number[];
}

/** A perturbed copy of a clean image. */
export interface PerturbedCopy {
  /** What made it: `x1`, `x2`, `x5` for multiples of the smallest perturbation, or an attack's name. */
  readonly kind: string;
  readonly measurement: Measurement;
}

/** A clean image with those copies whose label changed. */
export interface CalibrationImage {
  readonly clean: Measurement;
  readonly copies: readonly PerturbedCopy[];
  /** The kinds whose copy kept its label: counted, not used. */
  readonly unchanged: readonly string[];
}

/** The name of the copies x + α · 1.02 · r: at α = 1, past the boundary by DeepFool's own overshoot. */
export function multipleKind(alpha: number): string {
  return `x${alpha}`;
}

/** x + α · 1.02 · r for each α, by kind. */
export function perturbedCopies(x: Vector, r: Vector, alphas: readonly number[]): Map<string, Vector> {
  return new Map(alphas.map((alpha) => [multipleKind(alpha), addScaled(x, alpha * (1 + usualOvershoot), r)]));
}

/** The detector's measurements of one image. */
export async function measurement(
  classifier: Classifier,
  x: Vector,
  settings: EstimatorSettings,
  random: Random,
): Promise<Measurement> {
  const seen = await classCurvatures(classifier, x, settings, random);
  const { label, logits, curvatures, exactClasses, secondDifferences, rho, rhoStandardError } = seen;
  const runnerUp = strongestRival(logits, label);
  return {
    label,
    margin: logits[label] - logits[runnerUp],
    runnerUp,
    highestCurvatureLabel: exactClasses.reduce((best, i) => (curvatures[i] > curvatures[best] ? i : best)),
    rho,
    rhoStandardError,
    logitDifferences: Array.from(logits, (f) => f - logits[label]),
    secondDifferences: Array.from(secondDifferences),
    classCurvatures: Array.from(curvatures),
  };
}

/**
 * The measurements of a clean image and its perturbed copies, all started together. 32 MB a copy at most.
 *
 * @param copies - perturbed images by kind (see `perturbedCopies` and attacks.ts); those that keep the label are counted.
 * @param random - one stream a purpose: `clean` or the kind of a copy.
 */
export async function calibrationImage(
  classifier: Classifier,
  x: Vector,
  copies: ReadonlyMap<string, Vector>,
  settings: EstimatorSettings,
  random: (purpose: string) => Random,
): Promise<CalibrationImage> {
  const [clean, ...perturbed] = await Promise.all([
    measurement(classifier, x, settings, random('clean')),
    ...Array.from(copies, async ([kind, point]) => ({
      kind,
      measurement: await measurement(classifier, point, settings, random(kind)),
    })),
  ]);
  const changed = (copy: PerturbedCopy): boolean => copy.measurement.label !== clean.label;
  return {
    clean,
    copies: perturbed.filter(changed),
    unchanged: perturbed.filter((copy) => !changed(copy)).map(({ kind }) => kind),
  };
}

/** max κ̄_i over the classes whose gradient is exact. */
export function highestCurvature({ highestCurvatureLabel, classCurvatures: curvatures }: Measurement): number {
  return curvatures[highestCurvatureLabel];
}
