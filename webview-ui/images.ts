import type { Item } from '../src/protocol/analyses';
import type { Report } from '../src/protocol/report';
import { className } from '../src/reading/classes';
import { percent, signed, significant } from '../src/reading/format';
import { h } from './dom';
import type { Column } from './grid';
import type { Host } from './host';

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

const statuses: Readonly<Record<Item<'boundary'>['status'], string>> = {
  converged: 'found',
  'not-converged': 'not converged',
  'no-boundary': 'none found',
};

/** The columns that these rows have something for. */
export function imageColumns(report: Report, rows: readonly ImageRow[], host: Host): Column<ImageRow>[] {
  const any = (test: (row: ImageRow) => unknown) => rows.some((row) => Boolean(test(row)));
  const name = (label: number | null | undefined) => className(report, label);
  const distance = ({ boundary, curvature }: ImageRow) => boundary?.distance ?? curvature?.distance ?? null;
  const target = ({ boundary, curvature, evaluate }: ImageRow) =>
    boundary?.target ?? curvature?.target ?? (boundary || curvature ? null : (evaluate?.runnerUp ?? null));
  const columns: (Column<ImageRow> | false)[] = [
    Object.keys(report.thumbnails ?? {}).length > 0 && {
      title: '',
      hint: 'Picture',
      kind: 'picture',
      show: ({ name: image }) => thumbnail(report, image),
    },
    { title: 'Image', show: ({ name: image }) => imageLink(image, host), sortBy: ({ name: image }) => image },
    {
      title: 'Predicted',
      hint: 'The class with the largest logit',
      show: ({ label }) => name(label),
      sortBy: ({ label }) => name(label),
    },
    any(({ correct }) => correct !== null) && {
      title: 'Right?',
      hint: 'Whether the prediction is the class the image is said to have',
      show: ({ correct, evaluate }) =>
        correct === null
          ? '–'
          : correct
            ? 'right'
            : h(
                'span',
                { class: 'bad' },
                typeof evaluate?.trueLabel === 'number' ? `wrong: ${name(evaluate.trueLabel)}` : 'wrong',
              ),
      sortBy: ({ correct }) => (correct === null ? null : Number(correct)),
    },
    any(({ evaluate }) => evaluate) && {
      title: 'Confidence',
      hint: 'Softmax probability of the predicted class',
      kind: 'number',
      show: ({ evaluate }) => percent(evaluate?.confidence),
      sortBy: ({ evaluate }) => evaluate?.confidence ?? null,
    },
    {
      title: 'Nearest other',
      hint: 'The class on the other side of the nearest boundary',
      show: (row) => name(target(row)),
      sortBy: (row) => (target(row) === null ? null : name(target(row))),
    },
    any((row) => row.boundary ?? row.curvature) && {
      title: 'Distance',
      hint: 'Length of the smallest change found that reaches the boundary, in units of the input',
      kind: 'number',
      show: (row) => significant(distance(row)),
      sortBy: distance,
    },
    any(({ boundary }) => boundary) && {
      title: 'Relative',
      hint: 'Distance over the norm of the image',
      kind: 'number',
      show: ({ boundary }) => percent(boundary?.relativeDistance, 2),
      sortBy: ({ boundary }) => boundary?.relativeDistance ?? null,
    },
    any(({ boundary }) => typeof boundary?.pixelDistance === 'number') && {
      title: 'In pixels',
      hint: 'The same distance in pixel values from 0 to 255',
      kind: 'number',
      show: ({ boundary }) => significant(boundary?.pixelDistance),
      sortBy: ({ boundary }) => boundary?.pixelDistance ?? null,
    },
    any(({ curvature }) => curvature) && {
      title: 'Mean curvature',
      hint: 'At the boundary point; positive is convex; ± standard error',
      kind: 'number',
      show: ({ curvature }) =>
        typeof curvature?.meanCurvature === 'number'
          ? `${signed(curvature.meanCurvature, 3, significant)}${typeof curvature.meanCurvatureStandardError === 'number' ? ` ± ${significant(curvature.meanCurvatureStandardError, 2)}` : ''}`
          : '–',
      sortBy: ({ curvature }) => curvature?.meanCurvature ?? null,
    },
    any(({ boundary }) => boundary) && {
      title: 'Boundary',
      hint: 'Whether the search for a boundary point came to its end',
      show: ({ boundary }) => {
        if (!boundary) return '–';
        const words = statuses[boundary.status];
        return boundary.status === 'converged' ? words : h('span', { class: 'bad' }, words);
      },
      sortBy: ({ boundary }) => boundary?.status ?? null,
    },
  ];
  return columns.filter((column) => column !== false);
}

/** The image's small picture; its name stands beside it. */
export function thumbnail(report: Report, image: string): Node | string {
  const source = report.thumbnails?.[image];
  return source === undefined ? '' : h('img', { src: source, alt: '' });
}

/** The image's name, a way to open it where there is somebody to ask. */
export function imageLink(image: string, host: Host): Node {
  if (!host.answers) return h('span', { class: 'name', title: image }, image);
  const open = () => {
    host.send({ type: 'openImage', name: image });
  };
  return h('button', { class: 'link name', title: image, 'data-key': `open ${image}`, click: open }, image);
}
