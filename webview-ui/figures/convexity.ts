import type { Section } from '../../src/protocol/analyses';
import { percent } from '../../src/reading/format';
import { axis, type Figure } from './figure';
import { band, line } from './marks';
import { titles } from './titles';

/** How often a random convex combination of images of one class keeps their label. */
export function convexity({ fractions = [] }: Section<'convexity'>): Figure | undefined {
  if (fractions.length === 0) return undefined;
  const sorted = [...fractions].sort((a, b) => a.m - b.m);
  const m = sorted.map((fraction) => fraction.m);
  const [first, last] = [sorted[0], sorted.at(-1)];
  return {
    id: 'convexity',
    title: titles.convexity,
    paper: 'the paper’s convexity experiment',
    summary: `${percent(first?.rate)} of the combinations of ${first?.m ?? 0} images keep the label, ${percent(last?.rate)} of those of ${last?.m ?? 0} images.`,
    note: 'A convex region would keep all of them. The band is the 95 % Wilson interval.',
    table: {
      columns: ['Images mixed', 'Kept the label', 'Combinations', 'Share', 'Lower', 'Upper'],
      rows: sorted.map(({ m: members, inside, total, rate, low, high }) => [members, inside, total, rate, low, high]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: [
          band(
            palette,
            0,
            '95 % interval',
            m,
            sorted.map(({ low }) => low),
            sorted.map(({ high }) => high),
          ),
          line(palette, 0, { name: 'share inside', x: m, y: sorted.map(({ rate }) => rate) }),
        ],
        layout: {
          showlegend: false,
          xaxis: axis('Images mixed, m'),
          yaxis: axis('Label kept', '% of combinations', { tickformat: '.0%', range: [0, 1.02] }),
        },
      }),
    },
  };
}
