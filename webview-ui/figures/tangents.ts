import type { Section } from '../../src/protocol/analyses';
import { number, percent } from '../../src/reading/format';
import { axis, type Figure } from './figure';
import { bars, histogram, rule, rules } from './marks';

/** Curvature along random tangent directions, of all images together. */
export function tangents({ images = [] }: Section<'curvature'>): Figure | undefined {
  const values = images.flatMap(({ tangentCurvatures = [] }) => tangentCurvatures);
  if (values.length === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const concave = values.filter((value) => value < 0).length / values.length;
  const { centers, counts, edges } = histogram(values);
  const exact = images.every(({ step }) => step == null);
  return {
    id: 'tangent-curvatures',
    title: 'Curvature along random tangent directions',
    summary:
      `Histogram of the curvature along ${values.length} random tangents: mean ${number(mean)}, ` +
      `${percent(concave)} of them concave, from ${number(Math.min(...values))} to ${number(Math.max(...values))}.`,
    note: `Each value is the curvature${exact ? '' : ' at scale h'} along one random unit tangent; their mean is the mean curvature.`,
    table: {
      columns: ['Curvature from', 'to', 'Directions'],
      rows: counts.map((n, i) => [edges[i] ?? null, edges[i + 1] ?? null, n]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: [{ ...bars(palette, 0, { name: 'directions', x: centers, y: counts }), showlegend: false }],
        layout: {
          bargap: 0.05,
          xaxis: axis(exact ? 'Curvature κ' : 'Curvature κ̃ at scale h', '1 / unit of the input'),
          yaxis: axis('Random directions'),
          ...rules(
            rule(palette, 'x', 0, undefined, { dash: 'solid' }),
            rule(palette, 'x', mean, `mean ${number(mean)}`, { side: mean < 0 ? 'end' : 'start' }),
          ),
        },
      }),
    },
  };
}
