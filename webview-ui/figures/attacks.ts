import type { Section } from '../../src/protocol/analyses';
import { significant } from '../../src/reading/format';
import { axis, type Figure, plain } from './figure';
import { bars, rule, rules } from './marks';
import { scoreNames } from './scores';

/** How well the score detects other people's attacks, which it was not fitted to. */
export function attacks({ attacks: found }: Section<'calibration'>): Figure | undefined {
  if (!found || found.length === 0) return undefined;
  const shown = ['combined', 'noCurvature'] as const;
  const label = ({ name, strength }: (typeof found)[number]) => `${name} ${strength}`;
  return {
    id: 'attacks',
    title: 'Attacks that the score was not fitted to',
    summary: found
      .map(
        (attack) =>
          `${label(attack)}: AUC ${shown.map((name) => `${significant(attack.auc[name], 2)} ${scoreNames[name]}`).join(', ')}`,
      )
      .join('. '),
    note: 'Area under the ROC curve; 0.5 is chance. No figure here protects against an attacker who knows the score.',
    table: {
      columns: ['Attack', 'Strength', 'Images', ...Object.values(scoreNames)],
      rows: found.map(({ name, strength, count, auc }) => [
        name,
        strength,
        count,
        auc.combined,
        auc.noCurvature,
        auc.margin,
        auc.rho,
      ]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: shown.map((name, i) =>
          bars(palette, i, {
            name: scoreNames[name],
            x: found.map((attack) => plain(label(attack))),
            y: found.map(({ auc }) => auc[name] ?? 0),
          }),
        ),
        layout: {
          barmode: 'group',
          bargap: 0.4,
          xaxis: axis('Attack', undefined, { showgrid: false }),
          yaxis: axis('Area under the ROC curve', undefined, { range: [0, 1.02] }),
          ...rules(rule(palette, 'y', 0.5, 'chance', { side: 'end', dash: 'dot' })),
        },
      }),
    },
  };
}
