import type { CalibrationImage, Measurement } from '../../src/analysis/geometry/detection/measurement';
import { gaussianVector, type Random, seededRandom } from '../../src/analysis/math/random';

/** By how many standard deviations perturbed copies differ from clean images; 0 where not named. */
export interface Shift {
  /** In the curvature of every class, and so in ρ. */
  readonly curvature: number;
  /** In the margin, downwards. */
  readonly margin?: number;
  /** In the spread of the other logits: more of a z-score than clean images have. */
  readonly logits?: number;
}

const CLASSES = 4;

/**
 * Clean images with independent normal measurements and one copy each for α = 1, 2, 5 whose distribution is shifted, so
 * that areas under ROC curves are known: Φ(shift / √2) for the shifted number itself.
 */
export function syntheticImages(count: number, shift: Shift, key: string): CalibrationImage[] {
  return Array.from({ length: count }, (_, index) => {
    const random = seededRandom(key, index);
    const label = Math.floor(random() * CLASSES);
    return {
      clean: measurementOf(label, random, { curvature: 0 }),
      copies: ['x1', 'x2', 'x5'].map((kind) => ({
        kind,
        measurement: measurementOf((label + 1) % CLASSES, random, shift),
      })),
      unchanged: [],
    };
  });
}

function measurementOf(label: number, random: Random, { curvature, margin = 0, logits = 0 }: Shift): Measurement {
  const [common, height, ...noise] = gaussianVector(2 + 2 * CLASSES, random);
  const rivals = Array.from({ length: CLASSES }, (_, i) => i).filter((i) => i !== label);
  // The copies' old label is one below theirs: the runner-up there, and the class of the highest curvature.
  const old = (label + CLASSES - 1) % CLASSES;
  const seenMargin = 10 - margin + height;
  const rho = common + curvature;
  const perRival = (value: (i: number) => number) =>
    Array.from({ length: CLASSES }, (_, i) => (i === label ? 0 : value(i)));
  return {
    label,
    margin: seenMargin,
    runnerUp: old,
    highestCurvatureLabel: curvature === 0 ? rivals[0] : old,
    rho,
    rhoStandardError: 0.1,
    logitDifferences: perRival((i) => (i === old ? -seenMargin : -20 + noise[i] * (1 + logits))),
    secondDifferences: perRival((i) => noise[CLASSES + i]),
    classCurvatures: perRival(() => (rho * CLASSES) / (CLASSES - 1)),
  };
}
