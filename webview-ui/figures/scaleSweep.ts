import type { Section } from '../../src/protocol/analyses';
import { halfWidth } from '../../src/reading/certainty';
import { number } from '../../src/reading/format';
import { axis, type Figure } from './figure';
import { line, rule } from './marks';

/** How the mean curvature depends on the scale it is measured at. */
export function scaleSweep({ sweep }: Section<'curvature'>): Figure | undefined {
  if (!sweep || sweep.length === 0) return undefined;
  const signs = new Set(sweep.map(({ mean }) => Math.sign(mean)));
  return {
    id: 'scale-sweep',
    title: 'Mean curvature against the scale it is measured at',
    summary:
      `Mean curvature at ${sweep.length} scales, from ${number(sweep[0]?.mean)} at ${number(sweep[0]?.factor)} h ` +
      `to ${number(sweep.at(-1)?.mean)} at ${number(sweep.at(-1)?.factor)} h. ` +
      (signs.size > 1 ? 'Its sign depends on the scale.' : 'Its sign is the same at every scale.'),
    note: 'Bars are 95 % intervals. 1 marks the scale that all other curvature figures use.',
    table: {
      columns: ['Scale / h', 'Step', 'Mean curvature', 'Standard error'],
      rows: sweep.map(({ factor, step, mean, standardError }) => [factor, step, mean, standardError]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: [
          line(palette, 0, {
            name: 'mean curvature',
            x: sweep.map(({ factor }) => factor),
            y: sweep.map(({ mean }) => mean),
            error: sweep.map(({ standardError }) => halfWidth(standardError)),
          }),
        ],
        layout: {
          showlegend: false,
          xaxis: axis('Scale, multiples of the default h', undefined, {
            type: 'log',
            tickvals: sweep.map(({ factor }) => factor),
            ticktext: sweep.map(({ factor }) => number(factor, 2)),
          }),
          yaxis: axis('Mean curvature', '1 / unit of the input'),
          shapes: [rule(palette, 'y', 0, undefined, { dash: 'solid' }).shape],
        },
      }),
    },
  };
}
