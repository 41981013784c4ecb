import type { Section } from '../../src/protocol/analyses';
import { number } from '../../src/reading/format';
import { axis, type Figure } from './figure';
import { band, line } from './marks';
import { titles } from './titles';

/** How often noise changes the label, by the subspace it is drawn from. */
export function robustness({ robustness: found, dimension }: Section<'subspace'>): Figure | undefined {
  if (!found || found.noise.length === 0) return undefined;
  const { noise } = found;
  const curves = [
    { name: 'shared directions S', rates: found.shared },
    { name: 'everything', rates: found.uniform },
    { name: 'without them S⊥', rates: found.orthogonal },
  ];
  const twenty = curves.map(({ name, rates }) => {
    const at = reached(
      noise,
      rates.map(({ rate }) => rate),
      0.2,
    );
    return `${name} ${at === null ? 'beyond the largest level' : number(at)}`;
  });
  return {
    id: 'robustness',
    title: titles.robustness,
    paper: 'Figure 7 of the paper',
    summary: `20 % of the labels change at a relative noise of: ${twenty.join('; ')}. Largest level ${number(noise.at(-1))}.`,
    note:
      `Noise is drawn evenly from a sphere in S${dimension === undefined ? '' : `, the span of the first ${dimension} shared directions`}, ` +
      'in its complement, or in the whole input space. Bands are 95 % Wilson intervals.',
    table: {
      columns: ['Noise / typical norm', ...curves.flatMap(({ name }) => [name, 'lower', 'upper'])],
      rows: noise.map((level, i) => [
        level,
        ...curves.flatMap(({ rates }) => [rates[i]?.rate ?? null, rates[i]?.low ?? null, rates[i]?.high ?? null]),
      ]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: [
          ...curves.map(({ name, rates }, i) =>
            band(
              palette,
              i,
              name,
              noise,
              rates.map(({ low }) => low),
              rates.map(({ high }) => high),
            ),
          ),
          ...curves.map(({ name, rates }, i) => line(palette, i, { name, x: noise, y: rates.map(({ rate }) => rate) })),
        ],
        layout: {
          xaxis: axis('‖noise‖₂ / typical norm of an image'),
          yaxis: axis('Labels changed', '% of images', { tickformat: '.0%', rangemode: 'tozero' }),
        },
      }),
    },
  };
}

/** Where a rising curve reaches a level, interpolated; null where it does not. */
function reached(x: readonly number[], y: readonly number[], level: number): number | null {
  for (let i = 0; i < x.length; i++) {
    const [x1, y1] = [x[i] ?? 0, y[i] ?? 0];
    if (y1 < level) continue;
    const [x0, y0] = i === 0 ? [x1, y1] : [x[i - 1] ?? 0, y[i - 1] ?? 0];
    return y1 === y0 ? x1 : x0 + ((level - y0) / (y1 - y0)) * (x1 - x0);
  }
  return null;
}
