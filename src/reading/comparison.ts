import type { Item } from '../protocol/analyses';
import type { Report } from '../protocol/report';
import { baseName, signed, significant } from './format';
import { className } from './names';
import { type Field, numeric, type Table, table, words } from './table';

type Compared = Item<'compare'>;

/** One row an image: what each of two models makes of it. */
export function comparisonTable(report: Report): Table {
  const models = comparedModels(report);
  const fields: Field<Compared>[] = [
    { title: 'Image', kind: 'image', cell: ({ name }) => words(name) },
    ...models.map((model, i): Field<Compared> => ({
      title: `Predicted by ${model}`,
      kind: 'text',
      cell: ({ label }) => words(label[i] == null ? null : className(report, label[i])),
    })),
    ...models.map((model, i): Field<Compared> => ({
      title: `Distance, ${model}`,
      hint: 'To the nearest boundary, in pixel values from 0 to 255',
      kind: 'number',
      cell: ({ distance }) => numeric(distance[i], significant),
    })),
    ...models.map((model, i): Field<Compared> => ({
      title: `Mean curvature, ${model}`,
      hint: 'At the boundary point; positive is convex',
      kind: 'number',
      cell: ({ meanCurvature }) => numeric(meanCurvature[i], (mean) => signed(mean, 2, significant)),
    })),
  ];
  const rows = report.analyses.compare?.images ?? [];
  return table('Images and what each model makes of them', 'Image', fields, rows);
}

/** The names of the models that are compared, told apart. */
export function comparedModels({ analyses }: Report): string[] {
  const names = (analyses.compare?.models ?? []).map(({ path }) => baseName(path));
  return new Set(names).size === names.length ? names : names.map((name, i) => `${name} (${i + 1})`);
}
