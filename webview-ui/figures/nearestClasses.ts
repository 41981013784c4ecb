import type { Section } from '../../src/protocol/analyses';
import type { Report } from '../../src/protocol/report';
import { count, percent } from '../../src/reading/format';
import { className } from '../../src/reading/names';
import { nearestPairs } from '../../src/reading/nearest';
import { axis, type Figure, plain } from './figure';
import { seriesColor, translucent } from './marks';
import { titles } from './titles';

/** Of more classes only those are drawn that most images have. */
const mostClasses = 16;
const longest = 14;

/** Which class lies beyond the nearest boundary of the images of each class. */
export function nearestClasses(_section: Section<'boundary'>, report: Report): Figure | undefined {
  const pairs = nearestPairs(report);
  if (pairs.length === 0) return undefined;
  const sizes = new Map<number, number>();
  for (const { label, target, images } of pairs) {
    sizes.set(label, (sizes.get(label) ?? 0) + images);
    sizes.set(target, (sizes.get(target) ?? 0) + images);
  }
  const frequent = [...sizes].sort(([, a], [, b]) => b - a).slice(0, mostClasses);
  const classes = frequent.map(([label]) => label).sort((a, b) => a - b);
  const shown = pairs.filter(({ label, target }) => classes.includes(label) && classes.includes(target));
  const rows = [...classes].reverse();
  const name = (label: number): string => className(report, label);
  const short = (label: number): string => {
    const text = name(label);
    return plain(text.length > longest ? `${text.slice(0, longest - 1)}…` : text);
  };
  const most = Math.max(...shown.map(({ images }) => images));
  const at = (label: number, target: number) => shown.find((pair) => pair.label === label && pair.target === target);
  const left = sizes.size - classes.length;
  return {
    id: 'nearest-classes',
    title: titles['nearest-classes'],
    summary:
      shown
        .slice(0, 5)
        .map(({ label, target, images }) => `${name(label)} → ${name(target)}: ${count(images, 'image')}`)
        .join(', ') + '.',
    note:
      'Rows: the predicted class. Columns: the class beyond the nearest boundary. A click on a cell shows its images.' +
      (left > 0 ? ` ${count(left, 'less frequent class', 'less frequent classes')} are left out.` : ''),
    table: {
      columns: ['Predicted', 'Nearest', 'Images', 'Median distance / norm'],
      rows: pairs.map(({ label, target, images, distance }) => [name(label), name(target), images, distance]),
    },
    // A row is a series.
    picks: (series, point) => {
      const [label, target] = [rows[series], classes[point]];
      return label !== undefined && target !== undefined && at(label, target)
        ? { predicted: String(label), nearest: String(target) }
        : undefined;
    },
    drawing: {
      kind: 'plot',
      // Less would not leave a number its place.
      ...(rows.length > 5 && { height: 70 + 23 * rows.length }),
      plot: (palette) => ({
        data: rows.map((label) => {
          const cells = classes.map((target) => at(label, target));
          return {
            type: 'bar',
            name: plain(name(label)),
            showlegend: false,
            x: classes.map((_, i) => i),
            y: classes.map(() => 1),
            text: cells.map((cell) => (cell ? String(cell.images) : '')),
            textposition: 'inside',
            insidetextanchor: 'middle',
            textangle: 0,
            insidetextfont: { color: palette.foreground },
            constraintext: 'none',
            hovertemplate: cells.map((cell, i) => {
              const target = classes[i] ?? label;
              const distance = cell?.distance == null ? '' : `, median ${percent(cell.distance)} of the norm`;
              return `${plain(name(label))} → ${plain(name(target))}: ${count(cell?.images ?? 0, 'image')}${distance}<extra></extra>`;
            }),
            marker: {
              color: cells.map((cell) =>
                translucent(seriesColor(palette, 0), cell ? 0.12 + (0.5 * cell.images) / most : 0),
              ),
              line: { color: palette.grid, width: 1 },
            },
          };
        }),
        layout: {
          barmode: 'stack',
          bargap: 0,
          showlegend: false,
          xaxis: axis('Nearest class', undefined, {
            tickvals: classes.map((_, i) => i),
            ticktext: classes.map(short),
            showgrid: false,
            ticks: '',
          }),
          yaxis: axis('Predicted', undefined, {
            tickvals: rows.map((_, i) => i + 0.5),
            ticktext: rows.map(short),
            range: [0, rows.length],
            showgrid: false,
            ticks: '',
          }),
        },
      }),
    },
  };
}
