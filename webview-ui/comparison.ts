import type { Item } from '../src/protocol/analyses';
import type { Report } from '../src/protocol/report';
import { className } from '../src/reading/classes';
import { baseName, signed, significant } from '../src/reading/format';
import type { Column } from './grid';
import type { Host } from './host';
import { imageLink, thumbnail } from './images';

type Compared = Item<'compare'>;

/** One row an image: what each of two models makes of it. */
export function comparisonColumns(report: Report, host: Host): Column<Compared>[] {
  const models = comparedModels(report);
  const columns: (Column<Compared> | false)[] = [
    Object.keys(report.thumbnails ?? {}).length > 0 && {
      title: '',
      hint: 'Picture',
      kind: 'picture',
      show: ({ name }) => thumbnail(report, name),
    },
    { title: 'Image', show: ({ name }) => imageLink(name, host), sortBy: ({ name }) => name },
    ...models.map((model, i): Column<Compared> => ({
      title: `Predicted by ${model}`,
      show: ({ label }) => className(report, label[i]),
      sortBy: ({ label }) => className(report, label[i]),
    })),
    ...models.map((model, i): Column<Compared> => ({
      title: `Distance, ${model}`,
      hint: 'To the nearest boundary, in pixel values from 0 to 255',
      kind: 'number',
      show: ({ distance }) => significant(distance[i]),
      sortBy: ({ distance }) => distance[i] ?? null,
    })),
    ...models.map((model, i): Column<Compared> => ({
      title: `Mean curvature, ${model}`,
      hint: 'At the boundary point; positive is convex',
      kind: 'number',
      show: ({ meanCurvature }) => signed(meanCurvature[i], 2, significant),
      sortBy: ({ meanCurvature }) => meanCurvature[i] ?? null,
    })),
  ];
  return columns.filter((column) => column !== false);
}

/** The names of the models that are compared, told apart. */
export function comparedModels({ analyses }: Report): string[] {
  const names = (analyses.compare?.models ?? []).map(({ path }) => baseName(path));
  return new Set(names).size === names.length ? names : names.map((name, i) => `${name} (${i + 1})`);
}
