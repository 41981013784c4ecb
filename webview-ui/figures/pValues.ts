import type { Section } from '../../src/protocol/analyses';
import { count, percent } from '../../src/reading/format';
import { axis, type Figure } from './figure';
import { bars, rule, rules } from './marks';

const width = 0.05;
/** Fewer say more as numbers, which stand in the table. */
const fewest = 20;

/** How unusual the images' scores are among clean images. */
export function pValues({ images = [] }: Section<'detect'>): Figure | undefined {
  const values = images.flatMap(({ pValue }) => (pValue === null ? [] : [pValue]));
  if (values.length < fewest) return undefined;
  const counts = Array.from({ length: 1 / width }, () => 0);
  for (const value of values) {
    const bin = Math.min(counts.length - 1, Math.floor(value / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const small = values.filter((value) => value < width).length;
  return {
    id: 'p-values',
    title: 'How unusual each image’s score is among clean images',
    summary: `Histogram of the p-values of ${count(values.length, 'image')}: ${small} (${percent(small / values.length)}) below ${width}.`,
    note: 'Clean images spread evenly, along the dashed line; perturbed ones pile up at the left.',
    table: {
      columns: ['p from', 'to', 'Images'],
      rows: counts.map((n, i) => [Number((i * width).toFixed(2)), Number(((i + 1) * width).toFixed(2)), n]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: [
          {
            ...bars(palette, 0, { name: 'images', x: counts.map((_, i) => (i + 0.5) * width), y: counts }),
            showlegend: false,
          },
        ],
        layout: {
          bargap: 0.05,
          xaxis: axis('p-value', undefined, { range: [0, 1] }),
          yaxis: axis('Images'),
          ...rules(rule(palette, 'y', values.length * width, 'if all were clean', { side: 'end' })),
        },
      }),
    },
  };
}
