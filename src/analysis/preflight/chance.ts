import { wilsonInterval } from '../math/statistics';
import type { Sampled } from './sample';
import type { Trial } from './trial';

/**
 * The share of labelled images that would be right if predictions had nothing to do with labels: Σ_k p(label = k) ·
 * p(predicted = k), so that a model which says the same of everything is at chance however common that class is; 1 / K where
 * all labels are alike. Null where none is labelled.
 *
 * @see Cohen 1960, A Coefficient of Agreement for Nominal Scales
 */
export function chanceAgreement(sample: readonly Sampled[], { predicted }: Trial, K: number): number | null {
  const known = sample.flatMap(({ label }, i) => (label === null ? [] : [{ label, guess: predicted[i] }]));
  if (known.length === 0) return null;
  const labels = new Set(known.map(({ label }) => label));
  if (labels.size === 1) return 1 / K;
  const share = (of: (one: (typeof known)[number]) => number, k: number): number =>
    known.filter((one) => of(one) === k).length / known.length;
  return [...labels].reduce((sum, k) => sum + share(({ label }) => label, k) * share(({ guess }) => guess, k), 0);
}

/** How far above chance, of what there is above it, accuracy must lie at the lower end of its interval not to be near it. */
const near = 0.1;
/** And that the upper end reaches where it may still be a network that works: few images say nothing either way. */
const working = 0.5;

/** Whether accuracy is at or near chance, or clearly above it, by its 95 % interval; undecided where images are too few. */
export function standing(right: number, labelled: number, chance: number): 'chance' | 'above' | 'undecided' {
  const { low, high } = wilsonInterval(right, labelled);
  if (low >= chance + near * (1 - chance)) return 'above';
  return high < chance + working * (1 - chance) ? 'chance' : 'undecided';
}
