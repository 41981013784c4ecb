import type { Item } from '../protocol/analyses';
import type { Report } from '../protocol/report';
import { percent, signed, significant } from './format';
import { className, statusNames } from './names';
import { type Field, numeric, type Table, table, words } from './table';

/** Everything the report says about one image, brought together by its name. */
export interface ImageRow {
  readonly name: string;
  readonly label: number;
  readonly correct: boolean | null;
  readonly evaluate?: Item<'evaluate'>;
  readonly boundary?: Item<'boundary'>;
  readonly curvature?: Item<'curvature'>;
}

/** One row an image of the evaluate, boundary and curvature sections. */
export function imageRows({ analyses: { evaluate, boundary, curvature } }: Report): ImageRow[] {
  const rows = new Map<string, ImageRow>();
  const join = (name: string, label: number, more: Partial<ImageRow>) => {
    const { correct, ...old } = rows.get(name) ?? { name, label, correct: null };
    rows.set(name, { ...old, ...more, correct: more.correct ?? correct });
  };
  for (const item of evaluate?.images ?? []) join(item.name, item.label, { evaluate: item, correct: item.correct });
  for (const item of boundary?.images ?? []) join(item.name, item.label, { boundary: item, correct: item.correct });
  for (const item of curvature?.images ?? []) join(item.name, item.label, { curvature: item });
  return [...rows.values()];
}

/** The images, with the columns that the report has something for. */
export function imageTable(report: Report): Table {
  const rows = imageRows(report);
  const any = (test: (row: ImageRow) => unknown) => rows.some((row) => Boolean(test(row)));
  const name = (label: number | null | undefined) => (label == null ? null : className(report, label));
  const target = ({ boundary, curvature, evaluate }: ImageRow) =>
    boundary?.target ?? curvature?.target ?? (boundary || curvature ? null : (evaluate?.runnerUp ?? null));
  // Beside the columns of a whole report they would not fit a panel.
  const ends =
    any(({ curvature }) => (curvature?.principalCurvatures.length ?? 0) > 0) && !any(({ boundary }) => boundary);
  const isSearched = any((row) => row.boundary ?? row.curvature);
  const isRelative = any(({ boundary }) => typeof boundary?.relativeDistance === 'number');
  const isAsked = any(({ evaluate }) => evaluate);
  const fields: (Field<ImageRow> | false)[] = [
    { title: 'Image', kind: 'image', cell: (row) => words(row.name) },
    {
      title: 'Predicted',
      hint: 'The class with the largest logit',
      kind: 'text',
      cell: ({ label }) => words(name(label)),
    },
    any(({ correct }) => correct !== null) && {
      title: 'Right?',
      hint: 'Whether the prediction is the class the image is said to have',
      kind: 'text',
      cell: ({ correct, evaluate }) => {
        if (correct === null) return words(null);
        if (correct) return { text: 'right', value: 1 };
        const truth = name(evaluate?.trueLabel);
        return { text: truth === null ? 'wrong' : `wrong: ${truth}`, value: 0, bad: true };
      },
    },
    isAsked && {
      title: 'Confidence',
      hint: 'Softmax probability of the predicted class',
      kind: 'number',
      cell: ({ evaluate }) => numeric(evaluate?.confidence, percent),
    },
    (isSearched || isAsked) && {
      ...(isSearched
        ? { title: 'Nearest other', hint: 'The class on the other side of the nearest boundary' }
        : { title: 'Runner-up', hint: 'The class with the second largest logit' }),
      kind: 'text',
      cell: (row) => words(name(target(row))),
    },
    isRelative && {
      title: 'Distance',
      hint: 'Length of the smallest change found that reaches the boundary, as a share of the image’s norm',
      kind: 'number',
      cell: ({ boundary }) => numeric(boundary?.relativeDistance, (share) => percent(share, 2)),
    },
    isSearched &&
      !isRelative && {
        title: 'Distance',
        hint: 'Length of the smallest change found that reaches the boundary, in units of the input',
        kind: 'number',
        cell: ({ boundary, curvature }) => numeric(boundary?.distance ?? curvature?.distance, significant),
      },
    any(({ boundary }) => typeof boundary?.pixelDistance === 'number') && {
      title: 'In pixels',
      hint: 'The same distance in pixel values from 0 to 255',
      kind: 'number',
      cell: ({ boundary }) => numeric(boundary?.pixelDistance, significant),
    },
    any(({ curvature }) => curvature) && {
      title: 'Mean curvature',
      hint: 'At the boundary point; positive is convex; ± standard error',
      kind: 'number',
      cell: ({ curvature }) => numeric(curvature?.meanCurvature, (mean) => withError(mean, curvature)),
    },
    ends && {
      title: 'Lowest',
      hint: 'The most concave principal curvature at the boundary point',
      kind: 'number',
      cell: ({ curvature }) => numeric(curvature?.principalCurvatures.at(-1), curvatureText),
    },
    ends && {
      title: 'Highest',
      hint: 'The most convex principal curvature at the boundary point',
      kind: 'number',
      cell: ({ curvature }) => numeric(curvature?.principalCurvatures[0], curvatureText),
    },
    any(({ boundary }) => boundary) && {
      title: 'Boundary',
      hint: 'Whether the search for a boundary point came to its end',
      kind: 'text',
      cell: ({ boundary }) => {
        if (!boundary) return words(null);
        return { ...words(statusNames[boundary.status]), ...(boundary.status !== 'converged' && { bad: true }) };
      },
    },
  ];
  if (isSearched) return table('Images, the most fragile first', 'Distance', fields, rows);
  return isAsked
    ? table('Images, the least certain first', 'Confidence', fields, rows)
    : table('Images', 'Image', fields, rows);
}

const curvatureText = (value: number | null): string => signed(value, 3, significant);

function withError(mean: number | null, curvature: Item<'curvature'> | undefined): string {
  const error = curvature?.meanCurvatureStandardError;
  return `${curvatureText(mean)}${typeof error === 'number' && mean !== null ? ` ± ${significant(error, 2)}` : ''}`;
}
