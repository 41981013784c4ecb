import type { Section } from '../../src/protocol/analyses';
import { number, percent } from '../../src/reading/format';
import { axis, type Figure } from './figure';
import { bars, decimated, histogram, rule, rules } from './marks';
import { titles } from './titles';

/** The mean curvature at each image's boundary point. */
export function meanCurvature({ images = [] }: Section<'curvature'>): Figure | undefined {
  const found = images.flatMap(({ name, meanCurvature: mean, meanCurvatureStandardError: error }) =>
    mean === null ? [] : [{ name, mean, error }],
  );
  if (found.length === 0) return undefined;
  const values = found.map(({ mean }) => mean);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const negative = values.filter((value) => value < 0).length;
  const { centers, counts } = histogram(values);
  return {
    id: 'mean-curvature',
    title: titles['mean-curvature'],
    summary:
      `Histogram of the mean curvature at ${found.length} boundary points: mean ${number(mean)}, ` +
      `negative at ${negative} of them (${percent(negative / found.length)}).`,
    note: 'Right of 0 the region of the predicted class bulges outwards (as a ball does); left of 0 it is hollow.',
    table: {
      columns: ['Image', 'Mean curvature', 'Standard error'],
      rows: decimated(found.length, 500).map((i) => [
        found[i]?.name ?? '',
        found[i]?.mean ?? null,
        found[i]?.error ?? null,
      ]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: [{ ...bars(palette, 0, { name: 'images', x: centers, y: counts }), showlegend: false }],
        layout: {
          bargap: 0.05,
          xaxis: axis('Mean curvature', '1 / unit of the input'),
          yaxis: axis('Images'),
          ...rules(
            rule(palette, 'x', 0, undefined, { dash: 'solid' }),
            rule(palette, 'x', mean, `mean ${number(mean)}`, { side: mean < 0 ? 'end' : 'start' }),
          ),
        },
      }),
    },
  };
}
