import { type Calibration, FEWEST_IMAGES, type Gain } from '../geometry/detection/calibration';
import type { ScoreName } from '../geometry/detection/detector';

/** What a calibration found, and what curvature adds to it on this network: three sentences. */
export function inWords(
  { evaluation, images, worksHere, curvatureMatters, detector }: Calibration,
  alphas: readonly number[],
  falsePositiveRate: number,
): string {
  if (!evaluation || !detector) {
    return images < FEWEST_IMAGES
      ? `${images} clean images are too few to learn from (${FEWEST_IMAGES} are needed, 200 are better): there are numbers, but no verdicts.`
      : 'Too few perturbed copies changed their label to learn from: there are numbers, but no verdicts.';
  }
  const list = (values: readonly (number | null | undefined)[]): string =>
    values.map((value) => (value == null ? '–' : value.toFixed(2))).join(', ');
  const areas = (name: ScoreName): string => list(alphas.map((_, i) => evaluation.scores[name].auc[i]));
  const caught = list(alphas.map((_, i) => evaluation.scores.combined.truePositiveRate[i]?.rate));
  const strengths = alphas.map((alpha) => `× ${alpha}`).join(', ');
  return [
    `On held-out images perturbed ${strengths}, the area under the ROC curve is ${areas('combined')} with curvature, ${areas('noCurvature')} without, ` +
      `${areas('margin')} by the margin alone; at a threshold for ${percent(falsePositiveRate)} false alarms (${percent(evaluation.scores.combined.falsePositiveRate.rate)} on these images) ${caught} of the copies are caught.`,
    curvatureMatters
      ? `Over all of them curvature adds ${inNumbers(evaluation.curvatureGain)} to what the logits tell.`
      : 'Curvature carries no information on this model: all its weights are 0.',
    worksHere
      ? `The score adds ${inNumbers(evaluation.gain)} to the margin alone.`
      : `Perturbed images cannot be told from clean ones on this model by this score: it adds ${inNumbers(evaluation.gain)} to the margin alone, or is no better than chance.`,
  ]
    .filter(Boolean)
    .join(' ');
}

const inNumbers = ({ value, low, high }: Gain): string => `${signed(value)} [${signed(low)}, ${signed(high)}]`;
const signed = (x: number): string => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(2)}`;
const percent = (x: number): string => `${Number((100 * x).toPrecision(2))} %`;
