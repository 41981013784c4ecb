import type { Item } from '../src/protocol/analyses';
import type { Report } from '../src/protocol/report';
import { className } from '../src/reading/classes';
import { percent, significant } from '../src/reading/format';
import { h } from './dom';
import type { Column } from './grid';
import type { Host } from './host';
import { imageLink, thumbnail } from './images';

type Detected = Item<'detect'>;

/** Why there is no verdict, in words. */
const reasons: Readonly<Partial<Record<string, string>>> = {
  'too-few-images': 'calibrated on too few images',
  'no-signal': 'the score works no better than chance or the margin alone',
};

export function reasonInWords(reason: string): string {
  return reasons[reason] ?? reason;
}

/** One row an image: its verdict and what it rests on. */
export function detectionColumns(report: Report, rows: readonly Detected[], host: Host): Column<Detected>[] {
  const name = (label: number | null) => className(report, label);
  const any = (test: (row: Detected) => boolean) => rows.some(test);
  const scored = any(({ score }) => score !== null);
  // Of an image that is called clean there is no other label to suggest.
  const suggested = ({ verdict, recoveredLabel }: Detected) => (verdict === 'clean' ? null : recoveredLabel);
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
          { class: 'verdict' },
          h('strong', { class: `badge ${verdict}` }, verdict),
          [
            pValue !== null && `p = ${significant(pValue, 2)}`,
            verdict === 'undecided' && reason !== null && reasonInWords(reason),
          ]
            .filter(Boolean)
            .join(', '),
        ),
      sortBy: ({ verdict, pValue }) => pValue ?? verdict,
    },
    scored && {
      title: 'Score',
      hint: 'With curvature; larger is more suspicious',
      kind: 'number',
      show: ({ score }) => significant(score),
      sortBy: ({ score }) => score,
    },
    scored && {
      title: 'Among clean',
      hint: 'Where the score lies among those of clean images that nothing was learned from',
      show: ({ pValue }) => (pValue === null ? '–' : placeAmongClean(1 - pValue)),
      sortBy: ({ pValue }) => (pValue === null ? null : -pValue),
    },
    scored && {
      title: 'Score without curvature',
      hint: 'From logits alone: what curvature adds is the difference',
      kind: 'number',
      show: ({ noCurvatureScore }) => significant(noCurvatureScore),
      sortBy: ({ noCurvatureScore }) => noCurvatureScore,
    },
    {
      title: 'Runner-up',
      hint: 'The class with the second largest logit: one candidate for the label before',
      show: ({ runnerUp }) => name(runnerUp),
      sortBy: ({ runnerUp }) => name(runnerUp),
    },
    {
      title: 'Highest curvature',
      hint: 'The class towards which the boundary is most convex: the paper’s candidate for the label before',
      show: ({ highestCurvatureLabel }) => name(highestCurvatureLabel),
      sortBy: ({ highestCurvatureLabel }) => name(highestCurvatureLabel),
    },
    any((row) => suggested(row) !== null) && {
      title: 'Suggested label',
      hint: 'Of images not called clean: the candidate whose rule recovered more labels in the calibration',
      show: (row) => name(suggested(row)),
      sortBy: (row) => (suggested(row) === null ? null : name(suggested(row))),
    },
    any(({ distance }) => typeof distance === 'number') && {
      title: 'Distance',
      hint: 'To the nearest boundary, in units of the input',
      kind: 'number',
      show: ({ distance }) => significant(distance),
      sortBy: ({ distance }) => distance ?? null,
    },
    {
      title: 'ρ',
      hint: 'Mean curvature of the boundaries to all other classes (Algorithm 2), ± standard error',
      kind: 'number',
      show: ({ rho, rhoStandardError }) =>
        `${significant(rho, 2)}${rhoStandardError === null ? '' : ` ± ${significant(rhoStandardError, 1)}`}`,
      sortBy: ({ rho }) => rho,
    },
  ];
  return columns.filter((column) => column !== false);
}

function placeAmongClean(share: number): Node {
  const words = `above ${percent(share)}`;
  return h('span', { class: 'place' }, h('meter', { min: 0, max: 1, value: share, 'aria-label': words }), words);
}
