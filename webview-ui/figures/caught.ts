import type { Section } from '../../src/protocol/analyses';
import { caught as caughtBy } from '../../src/reading/detectability';
import { number, percent } from '../../src/reading/format';
import { scoreTitles } from '../../src/reading/names';
import { axis, type Figure } from './figure';
import { bars, reference } from './marks';
import { titles } from './titles';

/** The share of perturbed images that is caught, by how strong the perturbation is, with and without curvature. */
export function caught(section: Section<'calibration'>): Figure | undefined {
  const { alpha = [], copies = [], scores } = section;
  if (!scores || alpha.length === 0) return undefined;
  const series = (['combined', 'noCurvature'] as const).map((name) => ({
    name: scoreTitles[name],
    shares: alpha.map((_, a) => caughtBy(section, name, a)),
    alarms: scores[name].falsePositiveRate,
  }));
  const at = alpha.map((strength) => `× ${number(strength)}`);
  const alarms = scores.combined.falsePositiveRate;
  return {
    id: 'caught',
    title: titles.caught,
    summary:
      series
        .map(
          ({ name, shares }) =>
            `${name}: ${shares.map((share, a) => `${percent(share, 0)} at ${at[a] ?? ''}`).join(', ')}`,
        )
        .join('. ') + `. False alarms: ${percent(alarms, 0)} of clean images.`,
    note: `On held-out images, perturbed by multiples of the smallest perturbation${copies.length > 0 ? ` (${copies.map(number).join(', ')} copies)` : ''}. The dashed line is the false-alarm rate: the share of clean images that look perturbed, too.`,
    table: {
      columns: [
        'Strength',
        ...series.map(({ name }) => `Caught ${name}`),
        ...series.map(({ name }) => `False alarms ${name}`),
      ],
      rows: alpha.map((strength, a) => [
        strength,
        ...series.map(({ shares }) => shares[a] ?? null),
        ...series.map((one) => one.alarms),
      ]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => {
        const clean = reference(palette, at[0] ?? '', alarms, 'false alarms');
        return {
          data: [
            ...series.map(({ name, shares }, i) =>
              bars(palette, i, { name, x: at, y: shares.map((share) => share ?? 0) }),
            ),
            clean.entry,
          ],
          layout: {
            barmode: 'group',
            bargap: 0.4,
            xaxis: axis('Strength, multiples of the smallest perturbation', undefined, { showgrid: false }),
            yaxis: axis('Caught', '% of copies', { tickformat: '.0%', range: [0, 1.02] }),
            shapes: [clean.shape],
          },
        };
      },
    },
  };
}
