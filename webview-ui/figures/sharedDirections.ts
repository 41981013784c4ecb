import type { Section } from '../../src/protocol/analyses';
import { number } from '../../src/reading/format';
import { axis, type Figure } from './figure';
import { band, decimated, line, reference } from './marks';
import { titles } from './titles';

/** How curved the boundary near unseen images is along the shared directions, as multiples of a random direction. */
export function sharedDirections({ rho, singularValues = [], test }: Section<'subspace'>): Figure | undefined {
  if (!rho || rho.mean.length === 0) return undefined;
  const index = rho.mean.map((_, i) => i + 1);
  const last = rho.mean.length;
  return {
    id: 'shared-directions',
    title: titles['shared-directions'],
    paper: 'the paper’s figure of ρᵢ',
    summary:
      `ρ of ${last} shared directions${test ? ` over ${test.used} unseen images` : ''}: ${number(rho.mean[0])} along the first, ` +
      `${number(rho.mean[Math.floor(last / 2)])} along number ${Math.floor(last / 2) + 1}, ${number(rho.mean.at(-1))} along the last; a random direction has 1.`,
    note: 'The band holds the middle 80 % of the images. Above 1 the boundary bends more along uᵢ than along a random direction.',
    table: {
      columns: ['i', 'ρᵢ', 'Lower', 'Upper', 'Singular value'],
      rows: decimated(last, 500).map((i) => [
        i + 1,
        rho.mean[i] ?? null,
        rho.lower[i] ?? null,
        rho.upper[i] ?? null,
        singularValues[i] ?? null,
      ]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => {
        const random = reference(palette, 1, 1, 'random direction');
        return {
          data: [
            band(palette, 0, 'middle 80 % of the images', index, rho.lower, rho.upper),
            line(palette, 0, { name: 'mean ρᵢ', x: index, y: rho.mean }, last <= 30),
            random.entry,
          ],
          layout: {
            xaxis: axis('Shared direction i'),
            yaxis: axis('ρᵢ, multiples of a random direction', undefined, { rangemode: 'tozero' }),
            shapes: [random.shape],
          },
        };
      },
    },
  };
}
