import { addScaled, norm, type Vector } from '../math/vector';
import { smoothedNetwork } from '../network/smoothed';
import type { BatchingClassifier } from './batchingClassifier';
import type { Classifier } from './classifier';
import { type AnsweringOptions, classifierOf } from './networkClassifier';
import type { OpenModel } from './open';

/** A smooth stand-in for a network with kinks. */
export interface SmoothedModel {
  readonly classifier: BatchingClassifier;
  readonly beta: number;
  /** ‖Δf‖ / ‖f − mean f‖ over some images: how far the stand-in's logits are from the network's. */
  readonly logitChange: number;
  dispose(): Promise<void>;
}

/** As close as the stand-in has to be where nobody said how sharp, and the sharpest tried. */
const closeEnough = 0.05;
const sharpest = 2 ** 12;
const mostImages = 16;

/**
 * The network with every kink rounded off at sharpness β. Without β: the smallest power of two for which the logits
 * change by at most 5 % of their spread.
 *
 * @throws AnalysisError 'unsupported-op' for an operator that has no smooth form here.
 */
export async function smoothedModel(
  { model, backend }: OpenModel,
  exact: Classifier,
  images: readonly Vector[],
  beta: number | undefined,
  options: AnsweringOptions,
): Promise<SmoothedModel> {
  const some = images.slice(0, mostImages);
  for (let sharpness = beta ?? 1; ; sharpness *= 2) {
    const network = smoothedNetwork(model.network, sharpness);
    const stand = classifierOf(network, { classes: model.classes, smoothness: 'smooth' }, backend, options);
    const logitChange = await relativeChange(exact, stand.classifier, some);
    if (beta !== undefined || logitChange <= closeEnough || sharpness >= sharpest) {
      return { ...stand, beta: sharpness, logitChange };
    }
    await stand.dispose();
  }
}

async function relativeChange(exact: Classifier, stand: Classifier, images: readonly Vector[]): Promise<number> {
  const [before, after] = await Promise.all(
    [exact, stand].map((classifier) => Promise.all(images.map((x) => classifier.logits(x)))),
  );
  let [change, spread] = [0, 0];
  before.forEach((logits, i) => {
    const mean = logits.reduce((sum, logit) => sum + logit, 0) / logits.length;
    change += norm(addScaled(after[i], -1, logits)) ** 2;
    spread += norm(logits.map((logit) => logit - mean)) ** 2;
  });
  return Math.sqrt(change / spread);
}
