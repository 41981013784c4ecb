import { count } from '../../reading/format';
import { type Calibration, FEWEST_IMAGES, type Gain, type ScoreEvaluation } from '../geometry/detection/calibration';
import type { ScoreName } from '../geometry/detection/detector';

/** What a calibration found, and what curvature adds to it on this network: three sentences. */
export function inWords(
  { evaluation, images, worksHere, curvatureMatters, detector }: Calibration,
  alphas: readonly number[],
  falsePositiveRate: number,
): string {
  if (!evaluation || !detector) {
    return images < FEWEST_IMAGES
      ? `${count(images, 'clean image')} ${images === 1 ? 'is' : 'are'} too few to learn from (${FEWEST_IMAGES} are needed, 200 are better): there are numbers, but no verdicts.`
      : 'Too few perturbed copies changed their label to learn from: there are numbers, but no verdicts.';
  }
  const list = (values: readonly (number | null | undefined)[]): string =>
    values.map((value) => (value == null ? '–' : value.toFixed(2))).join(', ');
  const areas = (name: ScoreName): string => list(alphas.map((_, i) => evaluation.scores[name].auc[i]));
  const caught = list(alphas.map((_, i) => evaluation.scores.combined.truePositiveRate[i]?.rate));
  const strengths = alphas.map((alpha) => `× ${alpha}`).join(', ');
  return [
    `On held-out images perturbed ${strengths}, the area under the ROC curve is ${areas('combined')} with curvature, ${areas('noCurvature')} without, ` +
      `${areas('margin')} by the margin alone; at the threshold that was learned for ${percent(falsePositiveRate)} false alarms ${caught} of the copies are caught, and ${percent(evaluation.scores.combined.falsePositiveRate.rate)} of the ${evaluation.scores.combined.clean.length} held-out clean images with them${few(evaluation.scores.combined.clean.length)}.`,
    curvatureMatters
      ? curvatureInWords(evaluation.curvatureGain)
      : 'Curvature carries no information on this model beyond what the logits tell: all its weights are 0.',
    worksHere
      ? `The score adds ${inNumbers(evaluation.gain)} to the margin alone.`
      : noVerdicts(evaluation.scores.combined.overall, evaluation.gain),
  ]
    .filter(Boolean)
    .join(' ');
}

/** Why there are no verdicts on this network. */
function noVerdicts({ auc, low, high }: ScoreEvaluation['overall'], gain: Gain): string {
  return low > 0.5
    ? `There are no verdicts on this model: the score tells perturbed images from clean ones no better than the margin alone does, to which it adds ${inNumbers(gain)}.`
    : `Perturbed images cannot be detected on this model: the score is not better than chance, over all copies the area is ${auc.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}].`;
}

/** What curvature changes, and whether these images show it. */
function curvatureInWords(gain: Gain): string {
  const change = `the area changes by ${inNumbers(gain)}`;
  if (gain.low > 0) return `Curvature adds to what the logits tell: over all of them ${change}.`;
  return gain.high < 0
    ? `Curvature takes away from what the logits tell: over all of them ${change}; the score without it is the better one here.`
    : `Curvature adds nothing that these images show to what the logits tell: over all of them ${change}.`;
}

const few = (images: number): string => (images < 100 ? ' (more images would set it more exactly)' : '');
const inNumbers = ({ value, low, high }: Gain): string => `${signed(value)} [${signed(low)}, ${signed(high)}]`;
const signed = (x: number): string => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(2)}`;
const percent = (x: number): string => `${Number((100 * x).toPrecision(2))} %`;
