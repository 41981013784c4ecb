import type { Item } from '../protocol/analyses';
import type { Report } from '../protocol/report';
import { comparedModels } from './comparison';
import { capital, number, percent, signed } from './format';
import { imageRows } from './images';
import { className, ruleNames, statusNames } from './names';
import { suggestedLabel, type VerdictInWords, verdictInWords } from './verdicts';

/** A line on one image. */
export interface Line {
  readonly name: string;
  readonly text: string;
}

/** All that a report says of one image. */
export interface ImageDetail {
  readonly name: string;
  /** Where it was checked. */
  readonly verdict?: VerdictInWords;
  /** What one wants to know. */
  readonly lines: readonly Line[];
  /** What is left to look up. */
  readonly more: readonly Line[];
  /** Mean curvature towards each class, the strongest first in size. */
  readonly curvatures: readonly { readonly name: string; readonly value: number }[];
  /** The boundary's class. */
  readonly target: string | null;
}

/** More classes than this are not drawn. */
const mostClasses = 10;

/** Undefined where the report knows no such image. */
export function imageDetail(report: Report, name: string): ImageDetail | undefined {
  const row = imageRows(report).find((one) => one.name === name);
  const checked = report.analyses.detect?.images?.find((one) => one.name === name);
  const label = row?.label ?? checked?.label;
  if (label === undefined) return comparedDetail(report, name);
  const { boundary, curvature, evaluate } = row ?? {};
  const found = boundary ?? checked;
  const suggested = checked ? suggestedLabel(checked) : null;
  const target = boundary?.target ?? curvature?.target ?? checked?.target ?? null;
  const lines: (Line | false)[] = [
    { name: 'Predicted', text: prediction(report, label, row?.correct ?? null, evaluate) },
    suggested !== null && { name: 'Label before, perhaps', text: className(report, suggested) },
    found !== undefined && { name: 'Nearest boundary', text: distance(report, found, target) },
    checked !== undefined &&
      checked.pValue !== null &&
      (checked.verdict === 'clean' || checked.verdict === 'perturbed') && {
        name: 'Among clean images',
        text: `its score is above that of ${percent(1 - checked.pValue)}`,
      },
    typeof curvature?.meanCurvature === 'number' && {
      name: 'Mean curvature there',
      text: `${signed(curvature.meanCurvature)}${typeof curvature.distance === 'number' ? `; × distance ${signed(curvature.meanCurvature * curvature.distance, 2)}` : ''}`,
    },
  ];
  return {
    name,
    ...(checked && { verdict: verdictInWords(checked) }),
    lines: lines.filter((line) => line !== false),
    more: [...(boundary ? searched(boundary) : []), ...(checked ? scores(report, checked) : [])],
    curvatures: checked ? towards(report, checked) : [],
    target: target === null ? null : className(report, target),
  };
}

/** What each of two models makes of an image. */
function comparedDetail(report: Report, name: string): ImageDetail | undefined {
  const found = report.analyses.compare?.images?.find((one) => one.name === name);
  if (!found) return undefined;
  const lines = comparedModels(report).flatMap((model, i): Line[] => [
    { name: model, text: `predicts ${className(report, found.label[i])}` },
    { name: 'Nearest boundary', text: `${number(found.distance[i])} in pixels (0–255)` },
  ]);
  return { name, lines, more: [], curvatures: [], target: null };
}

function prediction(
  report: Report,
  label: number,
  correct: boolean | null,
  evaluate: Item<'evaluate'> | undefined,
): string {
  const truth = evaluate?.trueLabel ?? null;
  const verdict =
    correct === null
      ? ''
      : correct
        ? ', right'
        : `, wrong${truth === null ? '' : `: it is ${className(report, truth)}`}`;
  const confidence = evaluate ? ` (${percent(evaluate.confidence)})` : '';
  return `${className(report, label)}${confidence}${verdict}`;
}

/** The units that people share lead; those of the input stand with the rest. */
function distance(
  report: Report,
  {
    relativeDistance,
    pixelDistance,
    distance: length,
  }: Pick<Item<'detect'>, 'relativeDistance' | 'pixelDistance' | 'distance'>,
  target: number | null,
): string {
  if (typeof length !== 'number') return 'none found';
  const values = report.manifest.model.inputShape.reduce((n, m) => n * m, 1);
  const parts = [
    typeof relativeDistance === 'number' && `${percent(relativeDistance, 2)} of its norm`,
    typeof pixelDistance === 'number' &&
      `${number(pixelDistance)} in pixels (0–255), as much as ${number(pixelDistance / Math.sqrt(values), 2)} in every value`,
  ].filter((part) => part !== false);
  const said = parts.length > 0 ? parts.join('; ') : `${number(length)} in units of the input`;
  return target === null ? said : `${className(report, target)}, after a change of ${said}`;
}

function searched({ distance: length, distanceInf, residual, steps, gradients, status }: Item<'boundary'>): Line[] {
  return [
    { name: 'Search', text: statusNames[status] },
    { name: 'Distance ‖r‖₂', text: `${number(length)} in units of the input` },
    { name: 'Largest change ‖r‖∞', text: `${number(distanceInf)} in units of the input` },
    { name: 'Residual', text: number(residual) },
    {
      name: 'Effort',
      text: `${number(steps)} steps of DeepFool${gradients === undefined ? '' : `, ${number(gradients)} gradients`}`,
    },
  ];
}

function scores(report: Report, checked: Item<'detect'>): Line[] {
  const { score, noCurvatureScore, margin, rho, rhoStandardError, runnerUp, highestCurvatureLabel, step } = checked;
  return [
    { name: 'Score with curvature', text: number(score) },
    { name: 'Score without', text: number(noCurvatureScore) },
    { name: 'Margin', text: `${number(margin)} logits` },
    {
      name: 'ρ, mean curvature towards other classes',
      text: `${signed(rho)}${rhoStandardError === null ? '' : ` ± ${number(rhoStandardError, 2)}`}`,
    },
    { name: capital(ruleNames['runner-up']), text: className(report, runnerUp) },
    { name: capital(ruleNames['highest-curvature']), text: className(report, highestCurvatureLabel) },
    ...(step === undefined ? [] : [{ name: 'h', text: number(step) }]),
  ];
}

function towards(report: Report, { classCurvatures, label }: Item<'detect'>): ImageDetail['curvatures'] {
  return classCurvatures
    .map((value, i) => ({ name: className(report, i), value, i }))
    .filter(({ i }) => i !== label)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, mostClasses)
    .map(({ name, value }) => ({ name, value }));
}
