import type { Section } from '../../src/protocol/analyses';
import { number } from '../../src/reading/format';
import { axis, type Figure } from './figure';
import { line, rule } from './marks';

/** How the mean curvature depends on the scale it is measured at. */
export function scaleSweep({ sweep }: Section<'curvature'>): Figure | undefined {
  if (!sweep || sweep.length === 0) return undefined;
  const isResolved = ({ resolvedShare = 1 }: (typeof sweep)[number]): boolean => resolvedShare >= 0.5;
  const resolved = sweep.filter(isResolved);
  const rounded = sweep.filter((entry) => !isResolved(entry));
  const signs = new Set(resolved.map(({ mean }) => Math.sign(mean)));
  const [first, last] = [resolved[0], resolved.at(-1)];
  return {
    id: 'scale-sweep',
    title: 'Mean curvature against the scale it is measured at',
    summary: [
      `Mean curvature at ${sweep.length} scales`,
      ...(first && last
        ? [
            `, from ${number(first.mean)} at ${number(first.factor)} h to ${number(last.mean)} at ${number(last.factor)} h. `,
            signs.size > 1 ? 'Its sign depends on the scale.' : 'Its sign is the same at every scale.',
          ]
        : ['.']),
      ...(rounded.length > 0
        ? [` At ${rounded.map(({ factor }) => number(factor)).join(', ')} h float32 rounding hides it on most images.`]
        : []),
    ].join(''),
    note:
      'Bars are 95 % intervals. 1 marks the scale that all other curvature figures use.' +
      (rounded.length > 0 ? ' Hollow points are mostly float32 rounding, not curvature.' : ''),
    table: {
      columns: ['Scale / h', 'Step', 'Mean curvature', 'Standard error', 'Images above rounding'],
      rows: sweep.map(({ factor, step, mean, standardError, resolvedShare }) => [
        ...[factor, step, mean, standardError],
        resolvedShare ?? null,
      ]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => {
        const trace = (name: string, entries: typeof sweep) =>
          line(palette, 0, {
            name,
            x: entries.map(({ factor }) => factor),
            y: entries.map(({ mean }) => mean),
            error: entries.map(({ standardError }) => 1.96 * standardError),
          });
        const hollow = trace('within rounding', rounded);
        return {
          data: [
            ...(resolved.length > 0 ? [trace('mean curvature', resolved)] : []),
            ...(rounded.length > 0
              ? [{ ...hollow, mode: 'markers' as const, marker: { ...hollow.marker, symbol: 'circle-open' as const } }]
              : []),
          ],
          layout: {
            showlegend: rounded.length > 0,
            xaxis: axis('Scale, multiples of the default h', undefined, {
              type: 'log',
              tickvals: sweep.map(({ factor }) => factor),
              ticktext: sweep.map(({ factor }) => number(factor, 2)),
            }),
            yaxis: axis('Mean curvature', '1 / unit of the input'),
            shapes: [rule(palette, 'y', 0, undefined, { dash: 'solid' }).shape],
          },
        };
      },
    },
  };
}
