import type { Item } from '../protocol/analyses';
import type { Report } from '../protocol/report';
import type { Verdict } from '../protocol/words';
import { percent, significant } from './format';
import { className, reasonName, verdictNames } from './names';
import { type Field, numeric, type Table, table, words } from './table';

type Detected = Item<'detect'>;

/** What is said of one image. */
export interface VerdictInWords {
  readonly verdict: Verdict;
  readonly name: string;
  /** What it rests on, or why there is none. */
  readonly because: string;
  /** Both in a line. */
  readonly text: string;
}

/** The verdict on an image, with what it rests on. */
export function verdictInWords({ verdict, pValue, reason }: Detected): VerdictInWords {
  const name = verdictNames[verdict];
  const judged = verdict === 'clean' || verdict === 'perturbed';
  if (!judged) {
    const because = reasonName(reason ?? 'no-calibration');
    return { verdict, name, because, text: `${name}, ${because}` };
  }
  if (pValue === null) return { verdict, name, because: '', text: name };
  const because = `p = ${significant(pValue, 2)}: ${percent(pValue)} of clean images score as high`;
  return { verdict, name, because, text: `${name}, p = ${significant(pValue, 2)}` };
}

/** The label that an image may have had before: only of one that looks perturbed, which takes a calibration. */
export function suggestedLabel({ verdict, recoveredLabel }: Detected): number | null {
  return verdict === 'perturbed' ? recoveredLabel : null;
}

/** One row an image: its verdict and what it rests on, the most suspicious first. */
export function verdictTable(report: Report): Table {
  const rows = report.analyses.detect?.images ?? [];
  const name = (label: number | null) => words(label === null ? null : className(report, label));
  const any = (test: (row: Detected) => boolean) => rows.some(test);
  const scored = any(({ score }) => score !== null);

  const fields: (Field<Detected> | false)[] = [
    { title: 'Image', kind: 'image', cell: (row) => words(row.name) },
    { title: 'Predicted', kind: 'text', cell: ({ label }) => name(label) },
    {
      title: 'Verdict',
      hint: 'At the false-alarm rate of the calibration; p is the share of clean images that score as high',
      kind: 'text',
      cell: (row) => {
        const { verdict, text } = verdictInWords(row);
        return { text, badge: { verdict, text: verdictNames[verdict] }, value: row.pValue ?? verdict };
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
    any((row) => suggestedLabel(row) !== null) && {
      title: 'Suggested label',
      hint: 'Of images that look perturbed: the candidate whose rule recovered more labels in the calibration',
      kind: 'text',
      cell: (row) => name(suggestedLabel(row)),
    },
    any(({ relativeDistance }) => typeof relativeDistance === 'number') && {
      title: 'Distance',
      hint: 'To the nearest boundary, as a share of the image’s norm',
      kind: 'number',
      cell: ({ relativeDistance }) => numeric(relativeDistance, (share) => percent(share, 2)),
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
