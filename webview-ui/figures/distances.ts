import type { Section } from '../../src/protocol/analyses';
import { count, number } from '../../src/reading/format';
import { axis, type Figure } from './figure';
import { bars, histogram, quantile, rule, rules } from './marks';

/** How far the images are from the nearest decision boundary. */
export function distances({ images = [] }: Section<'boundary'>): Figure | undefined {
  const found = images.flatMap(({ distance }) => (distance === null ? [] : [distance])).sort((a, b) => a - b);
  if (found.length === 0) return undefined;
  const missing = images.length - found.length;
  const { centers, counts, edges } = histogram(found, [0, found.at(-1) ?? 1]);
  const [q25, median, q75] = [0.25, 0.5, 0.75].map((q) => quantile(found, q)) as [number, number, number];
  return {
    id: 'distances',
    title: 'Distance from each image to the nearest decision boundary',
    summary:
      `Histogram of ${count(found.length, 'distance')}: median ${number(median)}, the middle half from ${number(q25)} to ${number(q75)}, ` +
      `smallest ${number(found[0])}, largest ${number(found.at(-1))}.`,
    note:
      'The solid line is the median, the dotted ones the quartiles. The nearest point found is an upper bound of the true distance.' +
      (missing > 0
        ? ` ${count(missing, 'image')} without a boundary point found ${missing === 1 ? 'is' : 'are'} left out.`
        : ''),
    table: {
      columns: ['Distance from', 'to', 'Images'],
      rows: counts.map((n, i) => [edges[i] ?? null, edges[i + 1] ?? null, n]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: [{ ...bars(palette, 0, { name: 'images', x: centers, y: counts }), showlegend: false }],
        layout: {
          bargap: 0.05,
          xaxis: axis('Distance ‖r‖₂', 'units of the input', { rangemode: 'tozero' }),
          yaxis: axis('Images'),
          ...rules(
            rule(palette, 'x', q25, undefined, { dash: 'dot' }),
            rule(palette, 'x', median, `median ${number(median)}`, { dash: 'solid' }),
            rule(palette, 'x', q75, undefined, { dash: 'dot' }),
          ),
        },
      }),
    },
  };
}
