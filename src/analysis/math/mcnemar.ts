/**
 * The two-sided p-value of McNemar's exact test: of `first` + `second` images on which two classifiers differ, `first` are
 * right by the one alone, `second` by the other alone. Under the hypothesis that they are right equally often, first is
 * binomial with probability ½: p = min(1, 2 · P(X ≥ max)).
 *
 * @see McNemar 1947, Note on the Sampling Error of the Difference Between Correlated Proportions
 */
export function mcnemarExact(first: number, second: number): number {
  const n = first + second;
  // P(X = k) = C(n, k) / 2ⁿ, from k = n downwards.
  let term = 2 ** -n;
  let tail = 0;
  for (let k = n; k >= Math.max(first, second); k--) {
    tail += term;
    term *= k / (n - k + 1);
  }
  return Math.min(1, 2 * tail);
}
