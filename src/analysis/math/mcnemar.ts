import { binomialTail } from './binomial';

/**
 * The two-sided p-value of McNemar's exact test: of `first` + `second` images on which two classifiers differ, `first` are
 * right by the one alone, `second` by the other alone. Under the hypothesis that they are right equally often, first is
 * binomial with probability ½: p = min(1, 2 · P(X ≥ max)).
 *
 * @see McNemar 1947, Note on the Sampling Error of the Difference Between Correlated Proportions
 */
export function mcnemarExact(first: number, second: number): number {
  return Math.min(1, 2 * binomialTail(Math.max(first, second), first + second, 0.5));
}
