import type { CalibrationReason, Verdict as VerdictWord } from '../../../protocol/words';
import { AnalysisError } from '../../base/errors';
import type { Calibration } from './calibration';
import type { EstimatorSettings } from './classCurvatures';
import { pValue, score, threshold } from './detector';
import type { Measurement } from './measurement';

/** What verdicts need of a calibration. */
export type VerdictBasis = Pick<
  Calibration,
  'classes' | 'settings' | 'detector' | 'recoveryRule' | 'worksHere' | 'reason'
>;

/** What is said about an image. */
export interface Verdict {
  /** `undecided`: the calibration allows none; `uncalibrated`: there is no calibration, numbers only. */
  readonly verdict: VerdictWord;
  readonly reason: CalibrationReason | null;
  /** Log odds of having been perturbed; null without a detector. */
  readonly score: number | null;
  /** The same from the logits alone; always to be shown beside it. */
  readonly noCurvatureScore: number | null;
  /** Share of clean images that look as perturbed. */
  readonly pValue: number | null;
  /** The label that the image may have had before, by the rule that the calibration found better, else the runner-up. */
  readonly recoveredLabel: number;
}

/**
 * The verdict on one image: perturbed where its combined score is above the threshold of the false-alarm rate. A score is
 * given wherever there is a detector, a verdict only where it works on this network and the reference scores suffice for
 * the rate.
 *
 * @param settings - those of the measurement.
 * @param falsePositiveRate - the share of clean images that may be called perturbed, 0 < p < 1.
 * @throws AnalysisError 'invalid-input' where the measurement was made with another estimator, T or h than the
 *   calibration, has another number of classes, or p is out of range.
 */
export function verdict(
  calibrated: VerdictBasis | null,
  seen: Measurement,
  settings: EstimatorSettings,
  falsePositiveRate: number,
): Verdict {
  const none = { score: null, noCurvatureScore: null, pValue: null };
  if (calibrated === null) {
    return { verdict: 'uncalibrated', reason: null, ...none, recoveredLabel: seen.runnerUp };
  }
  validate(calibrated, seen, settings, falsePositiveRate);
  const recoveredLabel = calibrated.recoveryRule === 'runner-up' ? seen.runnerUp : seen.highestCurvatureLabel;
  const { detector } = calibrated;
  if (detector === null) return { verdict: 'undecided', reason: calibrated.reason, ...none, recoveredLabel };

  const combined = score(detector, seen, 'combined');
  const reference = detector.reference.combined;
  const numbers = {
    score: combined,
    noCurvatureScore: score(detector, seen, 'noCurvature'),
    pValue: pValue(reference, combined),
    recoveredLabel,
  };
  if (!calibrated.worksHere) return { verdict: 'undecided', reason: calibrated.reason, ...numbers };
  if (1 / (reference.length + 1) > falsePositiveRate) {
    return { verdict: 'undecided', reason: 'too-few-images', ...numbers };
  }
  const perturbed = combined > threshold(reference, falsePositiveRate);
  return { verdict: perturbed ? 'perturbed' : 'clean', reason: null, ...numbers };
}

function validate(
  { settings: expected, classes }: VerdictBasis,
  seen: Measurement,
  settings: EstimatorSettings,
  falsePositiveRate: number,
): void {
  for (const field of ['estimator', 'samples', 'step'] as const) {
    if (settings[field] !== expected[field]) {
      throw new AnalysisError(
        'invalid-input',
        `${field} must be the calibration's, ${expected[field]}, got ${settings[field]}`,
      );
    }
  }
  if (seen.classCurvatures.length !== classes) {
    throw new AnalysisError(
      'invalid-input',
      `the calibration is of a model with ${classes} classes, got one with ${seen.classCurvatures.length}`,
    );
  }
  if (!(falsePositiveRate > 0 && falsePositiveRate < 1)) {
    throw new AnalysisError('invalid-input', `false-positive rate must be between 0 and 1, got ${falsePositiveRate}`);
  }
}
