import type { Section } from '../../src/protocol/analyses';
import { number } from '../../src/reading/format';
import { axis, type Figure } from './figure';
import { bars, rule, rules } from './marks';

/** What share of each kind of perturbation lies in the span of the shared directions. */
export function projections(section: Section<'subspace'>): Figure | undefined {
  const { projections: found, expectedRandom, adversarialInterval } = section;
  if (!found) return undefined;
  const kinds = [
    { name: 'random', paper: [0.25, 0.25], found: found.random },
    { name: 'adversarial', paper: [0.64, 0.6], found: found.adversarial },
    { name: 'x₂ − x₁', paper: [0.1, 0.09], found: found.difference },
    { name: 'image gradient ∇x', paper: [0.22, 0.24], found: found.imageGradient },
  ].flatMap(({ name, paper, found: share }) => (share ? [{ name, paper, ...share }] : []));
  if (kinds.length === 0) return undefined;
  return {
    id: 'projections',
    title: 'Share of a perturbation that lies in the shared directions',
    paper: 'Table 1 of the paper',
    summary:
      `‖P v‖ / ‖v‖ on the shared directions: ${kinds.map(({ name, mean }) => `${name} ${number(mean)}`).join(', ')}` +
      (expectedRandom === undefined ? '.' : `; chance gives √(d/D) = ${number(expectedRandom)}.`),
    note:
      'Bars are means over images with 95 % intervals.' +
      (adversarialInterval
        ? ` Other training images would give adversarial values from ${number(adversarialInterval.low)} to ${number(adversarialInterval.high)} (bootstrap).`
        : ''),
    table: {
      columns: ['Perturbation v', '‖P v‖ / ‖v‖', 'Standard error', 'Paper, LeNet', 'Paper, NiN'],
      rows: kinds.map(({ name, mean, standardError, paper }) => [name, mean, standardError, ...paper]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: [
          {
            ...bars(palette, 0, {
              name: 'mean over images',
              x: kinds.map(({ name }) => name),
              y: kinds.map(({ mean }) => mean),
              error: kinds.map(({ standardError }) => 1.96 * standardError),
            }),
            showlegend: false,
          },
        ],
        layout: {
          bargap: 0.5,
          xaxis: axis('Perturbation v', undefined, { showgrid: false }),
          yaxis: axis('‖P v‖₂ / ‖v‖₂ on S', undefined, { range: [0, 1] }),
          ...(expectedRandom !== undefined &&
            rules(rule(palette, 'y', expectedRandom, '√(d/D), chance', { side: 'end' }))),
        },
      }),
    },
  };
}
