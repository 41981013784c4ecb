import type { Item } from '../src/protocol/analyses';
import type { Report } from '../src/protocol/report';
import { className } from './classes';
import { h } from './dom';
import { significant } from './format';
import type { Column } from './grid';
import type { Host } from './host';
import { imageLink, thumbnail } from './images';

type Detected = Item<'detect'>;

const verdicts: Readonly<Record<Detected['verdict'], string>> = {
  clean: 'clean',
  perturbed: 'perturbed',
  uncalibrated: 'uncalibrated',
  undecided: 'undecided',
};

/** What stands behind every verdict, measured on networks like these. */
export const warnings: readonly string[] = [
  'At an honest 5 % false-alarm rate about 76 % of the smallest perturbations and 41–53 % of stronger ones and other attacks were caught on small networks: “clean” is no guarantee.',
  'The alarm also fires on ambiguous and noisy clean images: on about two thirds of naturally misclassified ones.',
  'Saving an image to 8 bits undoes many of the smallest perturbations.',
  'An attacker who knows the score is not covered.',
];

/** One row an image: its verdict and what it rests on. */
export function detectionColumns(report: Report, rows: readonly Detected[], host: Host): Column<Detected>[] {
  const name = (label: number | null) => className(report, label);
  const recovered = ({ recoveredLabel }: Detected) => recoveredLabel;
  const columns: (Column<Detected> | false)[] = [
    Object.keys(report.thumbnails ?? {}).length > 0 && {
      title: '',
      hint: 'Picture',
      kind: 'picture',
      show: ({ name: image }) => thumbnail(report, image),
    },
    { title: 'Image', show: ({ name: image }) => imageLink(image, host), sortBy: ({ name: image }) => image },
    { title: 'Predicted', show: ({ label }) => name(label), sortBy: ({ label }) => name(label) },
    {
      title: 'Verdict',
      hint: 'At the false-alarm rate of the calibration; p is the share of clean images that score as high',
      show: ({ verdict, pValue, reason }) =>
        h(
          'span',
          { class: 'verdict', title: reason },
          h('strong', { class: `badge ${verdict}` }, verdicts[verdict]),
          pValue === null ? (reason ?? '') : `p = ${significant(pValue)}`,
        ),
      sortBy: ({ verdict, pValue }) => pValue ?? verdict,
    },
    {
      title: 'Score',
      hint: 'With curvature; larger is more suspicious',
      kind: 'number',
      show: ({ score }) => significant(score),
      sortBy: ({ score }) => score,
    },
    {
      title: 'Without curvature',
      hint: 'The score from logits alone: what curvature adds is the difference',
      kind: 'number',
      show: ({ noCurvatureScore }) => significant(noCurvatureScore),
      sortBy: ({ noCurvatureScore }) => noCurvatureScore,
    },
    {
      title: 'ρ',
      hint: 'Mean curvature of the boundaries to all other classes (Algorithm 2), ± standard error',
      kind: 'number',
      show: ({ rho, rhoStandardError }) =>
        `${significant(rho)}${rhoStandardError === null ? '' : ` ± ${significant(rhoStandardError, 2)}`}`,
      sortBy: ({ rho }) => rho,
    },
    { title: 'Runner-up', show: ({ runnerUp }) => name(runnerUp), sortBy: ({ runnerUp }) => name(runnerUp) },
    {
      title: 'Highest curvature',
      hint: 'The class towards which the boundary is most convex: the paper’s guess of the original label',
      show: ({ highestCurvatureLabel }) => name(highestCurvatureLabel),
      sortBy: ({ highestCurvatureLabel }) => name(highestCurvatureLabel),
    },
    rows.some((row) => recovered(row) !== null) && {
      title: 'Suggested label',
      hint: 'By the rule that recovered more labels in the calibration',
      show: (row) => name(recovered(row)),
      sortBy: (row) => (recovered(row) === null ? null : name(recovered(row))),
    },
    rows.some(({ distance }) => typeof distance === 'number') && {
      title: 'Distance',
      hint: 'To the nearest boundary, in units of the input',
      kind: 'number',
      show: ({ distance }) => significant(distance),
      sortBy: ({ distance }) => distance ?? null,
    },
  ];
  return columns.filter((column) => column !== false);
}
