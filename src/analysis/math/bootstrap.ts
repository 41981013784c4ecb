import { AnalysisError } from '../base/errors';
import type { Random } from './random';
import { mean, sortedQuantile, standardDeviation } from './statistics';

/** A statistic of the sample with its 95 % percentile bootstrap interval. */
export interface BootstrapInterval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** The standard deviation of the replicates. */
  readonly standardError: number;
}

/** How many times a sample is redrawn; 1000 leave the ends of a 95 % interval uncertain by about 2 % of its width. */
export const BOOTSTRAP_REPLICATES = 1000;

/**
 * The percentile bootstrap over images: `statistic` of indices 0 … n − 1 drawn with replacement, so that whatever belongs
 * to one image (clean and perturbed copies, two measurements to be compared) stays together. Holds one number a replicate.
 *
 * @param statistic - its value for a list of image indices (repeats allowed); a NaN replicate is left out.
 * @throws AnalysisError 'invalid-input' for n < 1.
 * @see Efron & Tibshirani 1993, An Introduction to the Bootstrap, §13.3
 */
export function bootstrap(
  n: number,
  statistic: (indices: Int32Array) => number,
  random: Random,
  replicates = BOOTSTRAP_REPLICATES,
): BootstrapInterval {
  if (!(n >= 1)) throw new AnalysisError('invalid-input', `number of images must be at least 1, got ${n}`);
  const indices = Int32Array.from({ length: n }, (_, i) => i);
  const value = statistic(indices);
  const drawn = new Float64Array(replicates);
  let kept = 0;
  for (let replicate = 0; replicate < replicates; replicate++) {
    resample(indices, random);
    const redrawn = statistic(indices);
    if (!Number.isNaN(redrawn)) drawn[kept++] = redrawn;
  }
  const sorted = drawn.subarray(0, kept).sort();
  if (kept === 0) return { value, low: value, high: value, standardError: 0 };
  return {
    value,
    low: sortedQuantile(sorted, 0.025),
    high: sortedQuantile(sorted, 0.975),
    standardError: standardDeviation(sorted, 1),
  };
}

/** The bootstrap interval of the mean of one value an image. */
export function bootstrapMean(values: ArrayLike<number>, random: Random, replicates?: number): BootstrapInterval {
  return bootstrap(values.length, (indices) => meanAt(values, indices), random, replicates);
}

/**
 * The bootstrap interval of mean(a − b) for two measurements of the same images: what the images share cancels.
 *
 * @throws AnalysisError 'invalid-input' where the lengths differ or are 0.
 */
export function bootstrapPairedDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  random: Random,
  replicates?: number,
): BootstrapInterval {
  if (a.length !== b.length) {
    throw new AnalysisError('invalid-input', `paired samples must be equally long, got ${a.length} and ${b.length}`);
  }
  const differences = Float64Array.from({ length: a.length }, (_, i) => a[i] - b[i]);
  return bootstrapMean(differences, random, replicates);
}

/** Overwrites the list with as many indices drawn from 0 … n − 1 with replacement. */
export function resample(indices: Int32Array, random: Random): void {
  for (let i = 0; i < indices.length; i++) indices[i] = Math.floor(random() * indices.length);
}

function meanAt(values: ArrayLike<number>, indices: Int32Array): number {
  return mean(Float64Array.from(indices, (index) => values[index]));
}
