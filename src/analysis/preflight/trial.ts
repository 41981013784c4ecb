import { preprocess, type PreprocessingPlan } from '../images/preprocess';
import { median } from '../math/statistics';
import { argmax, type Vector } from '../math/vector';
import type { Classifier } from '../model/classifier';
import type { Sampled } from './sample';

/** What a model makes of a sample under one preprocessing; rows are in the sample's order. */
export interface Trial {
  readonly plan: PreprocessingPlan;
  readonly logits: readonly Vector[];
  /** Softmax of the logits. */
  readonly shares: readonly Vector[];
  readonly predicted: readonly number[];
  /** Whether a labelled image is predicted right; null where it has no label. */
  readonly right: readonly (boolean | null)[];
  /** Median of f_label − f_runnerUp. */
  readonly margin: number;
}

/**
 * Asks the model about every image of a sample.
 *
 * @throws AnalysisError 'invalid-input' where an image does not fit the plan.
 */
export async function trial(
  classifier: Pick<Classifier, 'logits'>,
  sample: readonly Sampled[],
  plan: PreprocessingPlan,
): Promise<Trial> {
  const logits = await Promise.all(
    sample.map(({ image, name }) => classifier.logits(Float64Array.from(preprocess(plan, image, name)))),
  );
  const predicted = logits.map((f) => argmax(f));
  const right = sample.map(({ label }, i) => (label === null ? null : label === predicted[i]));
  const margins = logits.map((f, i) => f[predicted[i]] - f[argmax(f, predicted[i])]);
  return {
    plan,
    logits,
    shares: logits.map(softmax),
    predicted,
    right,
    margin: margins.length > 0 ? median(margins) : 0,
  };
}

/** Images that are predicted right; null where none is labelled. */
export function rightOf({ right }: Trial): number | null {
  const known = right.filter((one) => one !== null);
  return known.length === 0 ? null : known.filter(Boolean).length;
}

/**
 * What a prediction tells of an image, in nats: the entropy of the mean prediction less the mean entropy of a prediction. It
 * is 0 where all images are predicted alike or every class is as likely, and log K at most.
 *
 * @param places - which images; repeats count again.
 * @see Bridle, Heading, MacKay 1991, Unsupervised Classifiers, Mutual Information and 'Phantom Targets'
 */
export function information(of: Pick<Trial, 'shares'>, places: ArrayLike<number> = of.shares.map((_, i) => i)): number {
  const { shares } = of;
  if (places.length === 0) return 0;
  const total = new Float64Array(shares[0].length);
  let each = 0;
  for (const i of Array.from(places)) {
    each += entropy(shares[i]);
    for (let k = 0; k < total.length; k++) total[k] += shares[i][k] / places.length;
  }
  return Math.max(0, entropy(total) - each / places.length);
}

function entropy(shares: Vector): number {
  return -shares.reduce((sum, p) => (p > 0 ? sum + p * Math.log(p) : sum), 0);
}

function softmax(f: Vector): Vector {
  const highest = f[argmax(f)];
  const weights = f.map((value) => Math.exp(value - highest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
