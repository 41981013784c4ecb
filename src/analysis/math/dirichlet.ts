import type { Random } from './random';

/**
 * Weights w ≥ 0 with Σ w = 1, drawn uniformly from the simplex of m vertices: Dirichlet(1, …, 1), made of normalised
 * exponentials. Every weight has mean 1 / m and variance (m − 1) / (m² (m + 1)).
 *
 * @see Devroye 1986, Non-Uniform Random Variate Generation, chapter XI, theorem 4.1
 */
export function dirichletWeights(m: number, random: Random): Float64Array {
  const weights = Float64Array.from({ length: m }, () => -Math.log(1 - random()));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
