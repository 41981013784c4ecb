import { standardErrors95 } from '../../protocol/interval';
import { AnalysisError } from '../base/errors';

/** A share of trials with its 95 % interval, as `protocol` reports it. */
export interface RateInterval {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/** A mean with its standard error. */
export interface MeanEstimate {
  readonly mean: number;
  /** s / √n with the unbiased s²; null for a single value. */
  readonly standardError: number | null;
  readonly n: number;
}

/**
 * The share successes / trials with Wilson's 95 % score interval, which stays inside [0, 1] and is not empty at 0 and 1.
 *
 * @throws AnalysisError 'invalid-input' unless 0 ≤ successes ≤ trials and trials ≥ 1.
 * @see Wilson 1927, Probable Inference, the Law of Succession, and Statistical Inference
 */
export function wilsonInterval(successes: number, trials: number): RateInterval {
  if (!(trials >= 1) || successes < 0 || successes > trials) {
    throw new AnalysisError('invalid-input', `successes must be 0 … trials ≥ 1, got ${successes} of ${trials}`);
  }
  const rate = successes / trials;
  const z2 = standardErrors95 ** 2 / trials;
  const centre = (rate + z2 / 2) / (1 + z2);
  const half = (Math.sqrt(z2) * Math.sqrt(rate * (1 - rate) + z2 / 4)) / (1 + z2);
  return {
    rate,
    low: successes === 0 ? 0 : centre - half,
    high: successes === trials ? 1 : centre + half,
  };
}

/**
 * The q-quantile of the values by linear interpolation between order statistics (numpy's default, type 7).
 *
 * @throws AnalysisError 'invalid-input' without values or for q outside [0, 1].
 * @see Hyndman & Fan 1996, Sample Quantiles in Statistical Packages, definition 7
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  nonEmpty(values);
  if (!(q >= 0 && q <= 1)) throw new AnalysisError('invalid-input', `q must be 0 … 1, got ${q}`);
  return sortedQuantile(Float64Array.from(values).sort(), q);
}

/** The 0.5-quantile: the middle value, or the mean of the two middle ones. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** The quantile of values that are already ascending, without copying them. */
export function sortedQuantile(sorted: ArrayLike<number>, q: number): number {
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

/**
 * The arithmetic mean.
 *
 * @throws AnalysisError 'invalid-input' without values.
 */
export function mean(values: ArrayLike<number>): number {
  nonEmpty(values);
  let sum = 0;
  for (const value of Array.from(values)) sum += value;
  return sum / values.length;
}

/** The standard deviation with n − ddof in the denominator (ddof 0: of the population); 0 where n ≤ ddof. */
export function standardDeviation(values: ArrayLike<number>, ddof: 0 | 1): number {
  if (values.length <= ddof) return 0;
  const centre = mean(values);
  let sum = 0;
  for (const value of Array.from(values)) sum += (value - centre) ** 2;
  return Math.sqrt(sum / (values.length - ddof));
}

/** The mean and s / √n. */
export function meanEstimate(values: ArrayLike<number>): MeanEstimate {
  const n = values.length;
  const standardError = n > 1 ? standardDeviation(values, 1) / Math.sqrt(n) : null;
  return { mean: mean(values), standardError, n };
}

function nonEmpty(values: ArrayLike<number>): void {
  if (values.length === 0) throw new AnalysisError('invalid-input', 'values must hold at least one number, got none');
}
