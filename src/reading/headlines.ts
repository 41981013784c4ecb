import type { AnalysisName } from '../protocol/analyses';
import type { Report } from '../protocol/report';
import { number, percent, signed } from './format';
import { medianOf, relativeDistances } from './nearest';

/** One of a report's main numbers. */
export interface Headline {
  /** Stable over versions, for those who look for one. */
  readonly id: string;
  /** Whose number it is; null of the whole report's. */
  readonly analysis: AnalysisName | null;
  /** What the number is of, as it is read after it. */
  readonly label: string;
  readonly value: number;
  /** Absent where the value is a pure number. */
  readonly unit?: string;
  /** The value as it is read. */
  readonly text: string;
}

type Maybe = number | null | undefined;

/** The report's main numbers, at most one or two an analysis. */
export function headlines(report: Report): Headline[] {
  const { analyses, manifest } = report;
  const { evaluate, boundary, curvature, subspace, paths, calibration, detect, compare } = analyses;
  const found: Headline[] = [];
  const add = (
    id: string,
    analysis: AnalysisName | null,
    label: string,
    value: Maybe,
    text: (value: number) => string,
    unit?: string,
  ): void => {
    if (typeof value !== 'number') return;
    found.push({ id, analysis, label, value, text: text(value), ...(unit !== undefined && { unit }) });
  };
  const whole = (share: number): string => percent(share, 0);
  add('images', null, 'images', manifest.images.count, number);
  add('accuracy', 'evaluate', 'predicted right', evaluate?.summary?.accuracy, percent);
  const relative = medianOf(relativeDistances(report));
  add('relative-distance', 'boundary', 'of its norm flips half of the images', relative, percent);
  add(
    'median-distance',
    'boundary',
    'median distance to the boundary',
    relative === null ? boundary?.summary?.median : null,
    number,
    'units of the input',
  );
  const { meanCurvature, nearZeroShare } = curvature?.summary ?? {};
  add('mean-curvature', 'curvature', 'mean curvature', meanCurvature, signed, '1 / unit of the input');
  add('flat-directions', 'curvature', 'of directions nearly flat', nearZeroShare, whole);
  add(
    'share-in-s',
    'subspace',
    `of a perturbation’s length in S; chance gives ${whole(subspace?.expectedRandom ?? 0)}`,
    subspace?.projections?.adversarial?.mean,
    whole,
  );
  if (paths?.summary) {
    const pairs = paths.summary.reduce((n, row) => n + row.pairs, 0);
    const connected = paths.summary.reduce((n, row) => n + row.connected, 0);
    add('connected-pairs', 'paths', 'pairs connected', connected, (n) => `${number(n)} / ${number(pairs)}`);
  }
  const twice = calibration?.alpha?.indexOf(2) ?? -1;
  add(
    'area-under-curve',
    'calibration',
    'area under the ROC curve, perturbed ×\u00a02',
    calibration?.scores?.combined.auc[twice],
    number,
  );
  if (detect?.summary) {
    const { n, perturbed, undecided, uncalibrated } = detect.summary;
    const judged = n - undecided - uncalibrated;
    const value = judged > 0 ? perturbed : null;
    add('perturbed', 'detect', 'look perturbed', value, (called) => `${number(called)} / ${number(judged)}`);
  }
  const change = compare?.differences?.find(({ quantity }) => quantity === 'distance to the boundary')?.difference;
  add(
    'distance-change',
    'compare',
    `change of the distance, ${compare?.unit ?? 'mean'}`,
    change,
    signed,
    compare?.unit,
  );
  return found;
}
