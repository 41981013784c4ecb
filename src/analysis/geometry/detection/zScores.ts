import { mean, standardDeviation } from '../../math/statistics';
import { others } from './draws';

/** |z| beyond this says no more than "far out". */
export const LARGEST_Z = 8;
/** How many images the pooled statistics count for where those of a class are shrunk towards them. */
const SHRINKAGE = 5;
/** Cells (k, i) with fewer images take the statistics pooled over k. */
const SMALLEST_CELL = 20;

/** Mean and deviation of clean images. */
interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** What clean images of each predicted class look like; JSON-able. */
export interface ClassStatistics {
  readonly pooled: Spread;
  /** By predicted class; classes that were not seen are absent. */
  readonly byLabel: Readonly<Record<number, Spread>>;
}

/** What a number that each rival class i has looks like on clean images of class k; JSON-able, K numbers and a few rows. */
export interface PairStatistics {
  /** Pooled over k, by i; shape (K,). */
  readonly byRival: readonly Spread[];
  /** By k then i, for the k with 20 images or more. */
  readonly byLabel: Readonly<Record<number, readonly Spread[]>>;
}

/** One value a clean image, with its predicted class. */
export interface LabelledValue {
  readonly label: number;
  readonly value: number;
}

/** One value a class of a clean image, with its predicted class; the entry at the label means nothing. */
export interface LabelledValues {
  readonly label: number;
  readonly values: readonly number[];
}

/** Statistics given the predicted class, each shrunk to the pooled ones by the weight of 5 images. */
export function classStatistics(images: readonly LabelledValue[]): ClassStatistics {
  const pooled = spread(images.map(({ value }) => value));
  const byLabel: Record<number, Spread> = {};
  for (const label of new Set(images.map((image) => image.label))) {
    const values = images.filter((image) => image.label === label).map(({ value }) => value);
    byLabel[label] = shrunk(values, pooled);
  }
  return { pooled, byLabel };
}

/** z of a value given the predicted class, clipped at ±8. */
export function classZ({ pooled, byLabel }: ClassStatistics, label: number, value: number): number {
  return z(byLabel[label] ?? pooled, value);
}

/**
 * Statistics given the pair (k, i): pooled over k for each i (shrunk to all pairs), and for each k with 20 images or more
 * its own (shrunk to those).
 */
export function pairStatistics(images: readonly LabelledValues[], classes: number): PairStatistics {
  const all = spread(images.flatMap(({ label, values }) => others(classes, label).map((i) => values[i])));
  const valuesOf = (some: readonly LabelledValues[], i: number): number[] =>
    some.filter(({ label }) => label !== i).map(({ values }) => values[i]);
  const byRival = Array.from({ length: classes }, (_, i) => shrunk(valuesOf(images, i), all));
  const byLabel: Record<number, Spread[]> = {};
  for (const label of new Set(images.map((image) => image.label))) {
    const cell = images.filter((image) => image.label === label);
    if (cell.length >= SMALLEST_CELL) byLabel[label] = byRival.map((pooled, i) => shrunk(valuesOf(cell, i), pooled));
  }
  return { byRival, byLabel };
}

/** max_{i≠k} |z(value_i given k, i)|, at most 8. */
export function largestPairZ({ byRival, byLabel }: PairStatistics, { label, values }: LabelledValues): number {
  const spreads = byLabel[label] ?? byRival;
  return others(values.length, label).reduce((largest, i) => Math.max(largest, Math.abs(z(spreads[i], values[i]))), 0);
}

function z({ mean: centre, deviation }: Spread, value: number): number {
  const difference = value - centre;
  if (difference === 0) return 0;
  return Math.max(-LARGEST_Z, Math.min(LARGEST_Z, difference / deviation));
}

function spread(values: readonly number[]): Spread {
  return { mean: mean(values), deviation: standardDeviation(values, 0) };
}

/** Mean and variance as if 5 further images had the pooled ones. */
function shrunk(values: readonly number[], pooled: Spread): Spread {
  if (values.length === 0) return pooled;
  const own = spread(values);
  const weigh = (mine: number, theirs: number): number =>
    (values.length * mine + SHRINKAGE * theirs) / (values.length + SHRINKAGE);
  return {
    mean: weigh(own.mean, pooled.mean),
    deviation: Math.sqrt(weigh(own.deviation ** 2, pooled.deviation ** 2)),
  };
}
