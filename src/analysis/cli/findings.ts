import type { Item, Section } from '../../protocol/analyses';
import type { Report } from '../../protocol/report';
import { slicePlanes } from '../../reading/slicePlanes';
import { count } from '../base/words';
import { significant, table } from './table';

const number = (x: number | null | undefined): string => (x == null ? '–' : significant(x));
const percent = (x: number): string => `${significant(100 * x)} %`;
/** Rows of a table that fit a terminal. */
const mostRows = 40;

/** What regions, shared directions, detection and comparison found, a paragraph each. */
export function findings(report: Report): string[] {
  const { analyses } = report;
  return [
    ...(analyses.paths?.summary ?? []).map(pathsText),
    analyses.convexity?.fractions && convexityText(analyses.convexity.fractions),
    analyses.slice && sliceText(slicePlanes(analyses.slice)),
    analyses.subspace && subspaceText(analyses.subspace),
    analyses.calibration?.sentence && calibrationText(analyses.calibration),
    analyses.detect?.images && detectText(analyses.detect, report),
    analyses.compare?.differences && compareText(analyses.compare),
  ].filter((text): text is string => text !== undefined && text !== '');
}

const scenarios = ['', 'two images', 'an image and one perturbed into its region', 'an image and perturbed noise'];

function pathsText(row: NonNullable<Section<'paths'>['summary']>[number]): string {
  const { scenario, pairs, connected, straightInside, anchors, relativeLength } = row;
  const bent =
    connected > straightInside ? `; ${number(anchors)} anchors and D − 1 = ${excess(relativeLength)} on average` : '';
  const missing =
    connected < pairs ? ` No path found for ${pairs - connected}, which does not say that there is none.` : '';
  return (
    `Paths between ${scenarios[scenario] ?? scenario}: found for ${connected} of ${pairs} pairs, ` +
    `for ${straightInside} the straight line is one${bent}.${missing}`
  );
}

const excess = (length: number | null): string => (length === null ? '–' : significant(length - 1));

function convexityText(fractions: readonly Item<'convexity'>[]): string {
  const rates = fractions.map(({ m, rate }) => `${m}: ${percent(rate)}`).join(', ');
  const lowest = fractions.reduce((least, { high }) => Math.min(least, high), 1);
  const verdict = lowest < 0.99 ? 'The regions are not convex' : 'No sign that the regions are not convex';
  return `${verdict}: mixtures that keep the label, by images mixed: ${rates}.`;
}

function sliceText(planes: readonly Item<'slice'>[]): string {
  if (planes.length === 0) return '';
  const shares = planes.map(({ title, labels }) => {
    const classes = new Set(labels.flat()).size;
    return `${title} (${classes} ${classes === 1 ? 'class' : 'classes'})`;
  });
  return `Cross-sections, drawn in the HTML page: ${shares.join('; ')}.`;
}

function subspaceText(section: Section<'subspace'>): string {
  const { projections, expectedRandom, rho, robustness, dimension, inputDimension, train, test } = section;
  if (!projections || !robustness || !train || !test) return '';
  const shares = (['adversarial', 'random', 'difference', 'imageGradient'] as const).flatMap((kind) => {
    const share = projections[kind];
    const name = { adversarial: 'r(x)', random: 'random', difference: 'x₂ − x₁', imageGradient: '∇x' }[kind];
    return share ? [`${name} ${number(share.mean)} ± ${significant(share.standardError)}`] : [];
  });
  const half = robustness.noise.length - 1;
  const rates = (['shared', 'uniform', 'orthogonal'] as const).map((space) =>
    percent(robustness[space][half]?.rate ?? 0),
  );
  return [
    `Shared directions: S has ${number(dimension)} of ${number(inputDimension)} dimensions, from ${count(train.used, 'image')}, tried on ${test.used} others.`,
    rho && rho.mean.length > 0
      ? `The boundary near those bends ${number(rho.mean[0])} times as much along u₁ as along a random direction.`
      : '',
    `Share of a perturbation in S: ${shares.join(', ')}; chance gives ${number(expectedRandom)}.`,
    `Noise of ${number(robustness.noise[half])} typical norms changes ${rates[0]} of the labels in S, ${rates[1]} anywhere, ${rates[2]} outside S.`,
  ]
    .filter(Boolean)
    .join(' ');
}

function calibrationText({ sentence, clean, worksHere, attacks }: Section<'calibration'>): string {
  const unseen = (attacks ?? []).map(({ name, strength, count, auc }) => {
    return `${name} (${strength}; ${count} copies): ${number(auc.combined)} with curvature, ${number(auc.noCurvature)} without, ${number(auc.margin)} by the margin`;
  });
  return [
    `Calibration on ${number(clean?.used)} of ${number(clean?.count)} clean images, h = ${number(clean?.step)}: ${worksHere ? 'the score works here.' : 'no verdicts on this model.'}`,
    sentence,
    unseen.length > 0
      ? `Area under the ROC curve for attacks that nothing was learned from: ${unseen.join('; ')}.`
      : '',
  ]
    .filter(Boolean)
    .join(' ');
}

function detectText({ images = [], summary }: Section<'detect'>, { manifest }: Report): string {
  const name = (index: number | null): string =>
    index === null ? '–' : (manifest.model.classes[index] ?? String(index));
  const head = [
    'image',
    'prediction',
    'verdict',
    'p',
    'score',
    'no curvature',
    'ρ',
    'runner-up',
    'highest κ',
    'suggested',
    'distance',
  ];
  const rows = images
    .slice(0, mostRows)
    .map((item) => [
      ...[item.name, name(item.label), item.verdict, item.pValue, item.score, item.noCurvatureScore, item.rho],
      ...[name(item.runnerUp), name(item.highestCurvatureLabel), name(item.recoveredLabel), item.distance],
    ]);
  const more = images.length > mostRows ? `… and ${count(images.length - mostRows, 'more image')}\n` : '';
  if (!summary) return '';
  const { n, perturbed, clean, undecided, uncalibrated } = summary;
  const counts = [
    `${perturbed} look perturbed`,
    `${clean} clean`,
    undecided > 0 && `${undecided} undecided`,
    uncalibrated > 0 && `${uncalibrated} without a verdict, for want of a calibration (see calibrate)`,
  ];
  return `${table([head, ...rows])}${more}\nOf ${count(n, 'image')}: ${counts.filter(Boolean).join(', ')}.`;
}

function compareText({ models = [], unit, step, differences = [] }: Section<'compare'>): string {
  const rows = differences.map(({ quantity, n, first, second, difference, low, high }) => [
    ...[quantity, n, first, second, difference],
    low === null || high === null ? '–' : `[${significant(low)}, ${significant(high)}]`,
  ]);
  const [a, b] = models.map(({ path }) => path);
  const scale = step == null ? '' : `; curvature of both at step h = ${significant(step)}`;
  return `${a} (first) against ${b} (second), ${unit}${scale}:\n${table([['mean over images', 'n', 'first', 'second', 'difference', '95 % interval'], ...rows])}`;
}
