import { gaussianVector, type Random } from '../../src/analysis/math/random';

export const normal = (random: Random): number => gaussianVector(1, random)[0];
export const round = (value: number): number => Number(value.toPrecision(7));
export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round(q * (sorted.length - 1))];
}
