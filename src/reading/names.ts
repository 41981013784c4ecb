import type { Report } from '../protocol/report';
import type { CalibrationReason, RecoveryRule, ScoreName, Smoothness, Status, Verdict } from '../protocol/words';

/* What the words of a report are called where people read them. */

/** What a network's kind of smoothness means for its curvature. */
export const smoothnessNames: Readonly<Record<Smoothness, string>> = {
  smooth: 'smooth: curvature is exact',
  'piecewise-linear': 'piecewise linear: curvature exists at a scale h only',
  'piecewise-smooth': 'smooth but for kinks: curvature exists at a scale h only',
};

/** What is said beside it of a network that rounds its activations. */
export const steppedNetwork = 'activations rounded to integers, so logits change in steps; gradients pass the rounding';

/** How the search for a boundary point ended. */
export const statusNames: Readonly<Record<Status, string>> = {
  converged: 'found',
  'not-converged': 'not converged',
  'no-boundary': 'none found',
};

/** What is said of an image: that nothing was found is no sign of health. */
export const verdictNames: Readonly<Record<Verdict, string>> = {
  clean: 'not flagged',
  perturbed: 'looks perturbed',
  undecided: 'no verdict',
  uncalibrated: 'no verdict',
};

/** The scores; the order is that of lines and colours. */
export const scoreTitles: Readonly<Record<ScoreName, string>> = {
  combined: 'with curvature',
  noCurvature: 'without curvature',
  margin: 'margin alone',
  rho: 'curvature ρ alone',
};

/** What suggests the label before. */
export const ruleNames: Readonly<Record<RecoveryRule, string>> = {
  'runner-up': 'runner-up class',
  'highest-curvature': 'class of highest curvature',
};

const scenarioNames: Readonly<Record<number, string>> = {
  1: 'two images',
  2: 'image and perturbed image',
  3: 'image and perturbed noise',
};

/** What the two ends of a path are. */
export function scenarioName(scenario: number): string {
  return scenarioNames[scenario] ?? `scenario ${scenario}`;
}

const reasons: Readonly<Record<CalibrationReason | 'no-calibration', string>> = {
  'too-few-images': 'calibrated on too few images',
  'no-signal': 'the score works no better than chance or the margin alone',
  'no-calibration': 'there is no calibration on clean images of this model',
};

/** Why there is no verdict. */
export function reasonName(reason: string): string {
  return reason in reasons ? reasons[reason as keyof typeof reasons] : reason;
}

/** The name of a class, or its index where it has none. */
export function className(report: Report, label: number | null | undefined): string {
  if (label === null || label === undefined) return '–';
  return report.manifest.model.classes[label] ?? `class ${label}`;
}
