import { binomialTail } from '../math/binomial';
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

/** At or near chance, clearly above it, or what images are too few to tell. */
export type Standing = 'chance' | 'above' | 'undecided';

/** How far above chance, of what there is above it, accuracy must lie at the lower end of its interval not to be near it. */
const near = 0.1;
/** The same of a network that works, and how seldom one that does may be as often wrong as is seen here. */
const working = 0.5;
const seldom = 0.025;

/**
 * Whether accuracy is clearly above chance by its 95 % interval, or so low as that of a network that works is in one of 40
 * samples at most, by the exact test, since of a few images the interval ends too low; undecided where images are too few.
 */
export function standing(right: number, labelled: number, chance: number): Standing {
  const { low } = wilsonInterval(right, labelled);
  if (low >= chance + near * (1 - chance)) return 'above';
  const wrong = (1 - working) * (1 - chance);
  return binomialTail(labelled - right, labelled, wrong) < seldom ? 'chance' : 'undecided';
}
