import type { Item } from '../protocol/analyses';
import type { Report } from '../protocol/report';
import type { Verdict } from '../protocol/words';
import { percent, significant } from './format';
import { className, reasonName } from './names';
import { type Field, numeric, type Table, table, words } from './table';

type Detected = Item<'detect'>;

/** What is said of one image. */
export interface VerdictInWords {
  readonly verdict: Verdict;
  /** The verdict with its p-value, or with the reason why there is none. */
  readonly text: string;
}

/** The verdict on an image, with what it rests on. */
export function verdictInWords({ verdict, pValue, reason }: Detected): VerdictInWords {
  const words = [
    verdict,
    pValue !== null && `p = ${significant(pValue, 2)}`,
    verdict === 'undecided' && reason !== null && reasonName(reason),
  ];
  return { verdict, text: words.filter(Boolean).join(', ') };
}

/** One row an image: its verdict and what it rests on, the most suspicious first. */
export function verdictTable(report: Report): Table {
  const rows = report.analyses.detect?.images ?? [];
  const name = (label: number | null) => words(label === null ? null : className(report, label));
  const any = (test: (row: Detected) => boolean) => rows.some(test);
  const scored = any(({ score }) => score !== null);
  // Of an image that is called clean there is no other label to suggest.
  const suggested = ({ verdict, recoveredLabel }: Detected) => (verdict === 'clean' ? null : recoveredLabel);
  const fields: (Field<Detected> | false)[] = [
    { title: 'Image', kind: 'image', cell: (row) => words(row.name) },
    { title: 'Predicted', kind: 'text', cell: ({ label }) => name(label) },
    {
      title: 'Verdict',
      hint: 'At the false-alarm rate of the calibration; p is the share of clean images that score as high',
      kind: 'text',
      cell: (row) => {
        const { verdict, text } = verdictInWords(row);
        return { text, badge: verdict, value: row.pValue ?? verdict };
      },
    },
    scored && {
      title: 'Score',
      hint: 'With curvature; larger is more suspicious',
      kind: 'number',
      cell: ({ score }) => numeric(score, significant),
    },
    scored && {
      title: 'Among clean',
      hint: 'Where the score lies among those of clean images that nothing was learned from',
      kind: 'share',
      cell: ({ pValue }) =>
        numeric(pValue === null ? null : 1 - pValue, (share) => (share === null ? '–' : `above ${percent(share)}`)),
    },
    scored && {
      title: 'Score without curvature',
      hint: 'From logits alone: what curvature adds is the difference',
      kind: 'number',
      cell: ({ noCurvatureScore }) => numeric(noCurvatureScore, significant),
    },
    {
      title: 'Runner-up',
      hint: 'The class with the second largest logit: one candidate for the label before',
      kind: 'text',
      cell: ({ runnerUp }) => name(runnerUp),
    },
    {
      title: 'Highest curvature',
      hint: 'The class towards which the boundary is most convex: the paper’s candidate for the label before',
      kind: 'text',
      cell: ({ highestCurvatureLabel }) => name(highestCurvatureLabel),
    },
    any((row) => suggested(row) !== null) && {
      title: 'Suggested label',
      hint: 'Of images not called clean: the candidate whose rule recovered more labels in the calibration',
      kind: 'text',
      cell: (row) => name(suggested(row)),
    },
    any(({ distance }) => typeof distance === 'number') && {
      title: 'Distance',
      hint: 'To the nearest boundary, in units of the input',
      kind: 'number',
      cell: ({ distance }) => numeric(distance, significant),
    },
    {
      title: 'ρ',
      hint: 'Mean curvature of the boundaries to all other classes (Algorithm 2), ± standard error',
      kind: 'number',
      cell: ({ rho, rhoStandardError: error }) =>
        numeric(rho, (value) => `${significant(value, 2)}${error === null ? '' : ` ± ${significant(error, 1)}`}`),
    },
  ];
  return table('Images and their verdicts', 'Verdict', fields, rows);
}
