import type { Section } from '../src/protocol/analyses';
import type { Report } from '../src/protocol/report';
import { number, percent, signed } from '../src/reading/format';
import { h } from './dom';

/** The report's main numbers, at most one or two an analysis. */
export function headline({ analyses, manifest }: Report): { readonly name: string; readonly value: string }[] {
  const { evaluate, boundary, curvature, subspace, paths, calibration, detect, compare } = analyses;
  const change = compare?.differences?.find(({ quantity }) => quantity === 'distance to the boundary')?.difference;
  const facts: (readonly [string, string | false | null | undefined])[] = [
    ['images', number(manifest.images.count)],
    ['predicted right', typeof evaluate?.summary?.accuracy === 'number' && percent(evaluate.summary.accuracy)],
    [
      'median distance to the boundary',
      typeof boundary?.summary?.median === 'number' && number(boundary.summary.median),
    ],
    [
      'mean curvature',
      typeof curvature?.summary?.meanCurvature === 'number' && signed(curvature.summary.meanCurvature),
    ],
    [
      'of directions nearly flat',
      typeof curvature?.summary?.nearZeroShare === 'number' && percent(curvature.summary.nearZeroShare, 0),
    ],
    [
      `of a perturbation’s length in S; chance gives ${percent(subspace?.expectedRandom ?? 0, 0)}`,
      subspace?.projections?.adversarial && percent(subspace.projections.adversarial.mean, 0),
    ],
    [
      'pairs connected',
      paths?.summary &&
        `${number(paths.summary.reduce((n, { connected }) => n + connected, 0))} / ${number(paths.summary.reduce((n, row) => n + row.pairs, 0))}`,
    ],
    [
      'area under the ROC curve, perturbed ×\u00a02',
      calibration?.scores &&
        calibration.alpha?.includes(2) &&
        number(calibration.scores.combined.auc[calibration.alpha.indexOf(2)]),
    ],
    ['called perturbed', detect?.summary && decided(detect.summary)],
    [`change of the distance, ${compare?.unit ?? 'mean'}`, typeof change === 'number' && signed(change)],
  ];
  return facts.flatMap(([name, value]) => (typeof value === 'string' ? [{ name, value }] : []));
}

/** How many of the images that there is a verdict on. */
function decided({ n, perturbed, undecided, uncalibrated }: NonNullable<Section<'detect'>['summary']>): string | false {
  const verdicts = n - undecided - uncalibrated;
  return verdicts > 0 && `${number(perturbed)} / ${number(verdicts)}`;
}

export function headlineElement(report: Report): HTMLElement {
  return h(
    'ul',
    { class: 'headline', 'aria-label': 'Main numbers' },
    ...headline(report).map(({ name, value }) => h('li', {}, h('strong', {}, value), h('span', {}, name))),
  );
}
