/** P(X ≥ least) for a binomial X of n trials, each with probability p, 0 < p < 1. */
export function binomialTail(least: number, n: number, p: number): number {
  // P(X = k) = C(n, k) pᵏ (1 − p)ⁿ⁻ᵏ, from k = n downwards; as logarithms, which do not underflow.
  let logarithm = n * Math.log(p);
  let tail = 0;
  for (let k = n; k >= least; k--) {
    tail += Math.exp(logarithm);
    logarithm += Math.log((k / (n - k + 1)) * (1 / p - 1));
  }
  return Math.min(1, tail);
}
