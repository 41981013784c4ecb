import type { SeriesPoint, SeriesState } from '../../src/protocol/seriesPage';
import { count, literal, percent } from '../../src/reading/format';
import { modelName } from '../../src/reading/model';
import { axis, type Figure, plain } from './figure';
import { line } from './marks';

/** What of each save is drawn. */
const lines = [
  { name: 'predicted right', value: ({ accuracy }: SeriesPoint) => accuracy },
  { name: 'change that flips half of the images, of their norm', value: ({ distance }: SeriesPoint) => distance },
] as const;

/** Accuracy and distance over the saves of a model, or the checkpoints of a folder; undefined before there are any. */
export function saves({ kind, points }: SeriesState): Figure | undefined {
  // One that failed leaves a gap.
  const ended = points.filter(({ state }) => state === 'done' || state === 'failed');
  const last = ended.findLast((point) => lines.some(({ value }) => value(point) !== null));
  if (!last) return undefined;
  const watched = kind === 'watch';
  const place = (point: SeriesPoint): string => pointName(kind, points, point);
  const names = ended.map((point) => plain(place(point)));
  const said = lines.map(({ name, value }) => `${percent(value(last))} ${name}`).join(', ');
  return {
    id: 'saves',
    title: watched ? 'Accuracy and robustness over the saves' : 'Accuracy and robustness over the checkpoints',
    summary: `Two lines over ${count(ended.length, watched ? 'save' : 'checkpoint')}; at the last: ${said}.`,
    note: 'Dashed, on the right: the change that takes half of the images over the boundary, as a share of an image’s norm.',
    table: {
      columns: [watched ? 'Save' : 'Checkpoint', ...lines.map(({ name }) => name)],
      rows: ended.map((point) => [place(point), ...lines.map(({ value }) => value(point))]),
    },
    drawing: {
      kind: 'plot',
      height: 300,
      plot: (palette) => ({
        data: lines.map(({ name, value }, index) => {
          const drawn = line(palette, index, { name, x: names, y: [] });
          return { ...drawn, x: names, y: ended.map(value), ...(index === 1 && { yaxis: 'y2' }) };
        }),
        layout: {
          xaxis: axis(watched ? 'Save' : 'Checkpoint', undefined, {
            ...{ type: 'category', categoryorder: 'array', categoryarray: names },
            // Whole names would leave no room for the lines; the table has them.
            ...(!watched && { tickvals: names, ticktext: ended.map((point) => plain(shortened(place(point)))) }),
          }),
          yaxis: axis('Predicted right', undefined, { tickformat: '.0%', range: [0, 1.04] }),
          yaxis2: axis('Change, of the norm', undefined, {
            ...{ tickformat: '.3~p', rangemode: 'tozero', side: 'right', overlaying: 'y', showgrid: false },
          }),
          margin: { l: 60, r: 64, t: 28, b: 44 },
        },
      }),
    },
  };
}

function shortened(name: string): string {
  return literal(name.replace(/\.\w+$/, ''), 14);
}

/** What a point is called: saves are counted, models have names. */
export function pointName(kind: SeriesState['kind'], points: readonly SeriesPoint[], point: SeriesPoint): string {
  return kind === 'watch' ? String(points.indexOf(point) + 1) : modelName(point.path);
}
