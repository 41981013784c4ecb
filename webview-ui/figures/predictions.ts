import type { Section } from '../../src/protocol/analyses';
import { number, percent } from '../../src/reading/format';
import { axis, type Figure } from './figure';
import { bars, histogram } from './marks';

/** How far the label's logit is above the runner-up's, apart for right and wrong predictions where that is known. */
export function predictions({ images = [], summary }: Section<'evaluate'>): Figure | undefined {
  if (images.length === 0) return undefined;
  const margins = images.map(({ margin }) => margin);
  const range = [0, Math.max(...margins)] as const;
  const groups = [
    { name: 'right', values: images.filter(({ correct }) => correct === true).map(({ margin }) => margin) },
    { name: 'wrong', values: images.filter(({ correct }) => correct === false).map(({ margin }) => margin) },
    {
      name: 'true class unknown',
      values: images.filter(({ correct }) => correct === null).map(({ margin }) => margin),
    },
  ].filter(({ values }) => values.length > 0);
  const all = histogram(margins, range);
  const counted = groups.map(({ name, values }) => ({ name, counts: binned(values, all.edges) }));
  const accuracy = summary?.accuracy;
  return {
    id: 'predictions',
    title: 'How sure the network is: margin of the predicted class',
    summary:
      `Histogram of the logit margin of ${images.length} images, from ${number(Math.min(...margins))} to ${number(Math.max(...margins))}.` +
      (typeof accuracy === 'number' ? ` ${percent(accuracy)} of the predictions are right.` : ''),
    note: 'The margin is the label’s logit minus the runner-up’s; it is 0 on the decision boundary.',
    table: {
      columns: ['Margin from', 'to', ...counted.map(({ name }) => `Images, ${name}`)],
      rows: all.counts.map((_, i) => [
        all.edges[i] ?? null,
        all.edges[i + 1] ?? null,
        ...counted.map(({ counts }) => counts[i] ?? 0),
      ]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: counted.map(({ name, counts }, i) => bars(palette, i, { name, x: all.centers, y: counts })),
        layout: {
          barmode: 'stack',
          bargap: 0.05,
          xaxis: axis('Margin f(label) − f(runner-up)', 'logits'),
          yaxis: axis('Images'),
        },
      }),
    },
  };
}

function binned(values: readonly number[], edges: readonly number[]): number[] {
  const counts = edges.slice(1).map(() => 0);
  for (const value of values) {
    const above = edges.findIndex((edge) => edge > value);
    const bin = above === -1 ? counts.length - 1 : Math.max(0, above - 1);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}
