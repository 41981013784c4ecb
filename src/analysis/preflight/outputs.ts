import { mean, standardDeviation } from '../math/statistics';
import type { Vector } from '../math/vector';

/** Inputs below which two outputs' movements are chance. */
const fewest = 12;
/** Correlation above which they are no longer one against the other. */
const opposed = -0.5;

/**
 * Whether two outputs look like two quantities and not like the scores of two classes. What trains a softmax pushes two
 * logits apart by equal amounts, its gradient with respect to them having the sum 0: they move against each other, and their
 * correlation over images is near −1. Two quantities that are each fitted for themselves do not. An output that is constant
 * is the 0 of a binary logit.
 *
 * @param logits - of each input, shape (2,).
 */
export function looksLikeRegression(logits: readonly Vector[]): boolean {
  if (logits.length < fewest || logits[0].length !== 2) return false;
  const columns = [0, 1].map((k) => logits.map((f) => f[k]));
  const [first, second] = columns.map((values) => ({ mean: mean(values), deviation: standardDeviation(values, 0) }));
  if (first.deviation === 0 || second.deviation === 0) return false;
  const products = logits.map(([a, b]) => (a - first.mean) * (b - second.mean));
  return mean(products) / (first.deviation * second.deviation) > opposed;
}
