import type { Closing, Section } from '../../src/protocol/analyses';
import { number, percent, significant } from '../../src/reading/format';
import { axis, type DataTable, type Figure, plain } from './figure';
import { bars, histogram, line, rule, rules, seriesColor } from './marks';

type Scores = NonNullable<Closing<'calibration'>['scores']>;

/** Every score in words; the order is that of lines and colours. */
export const scoreNames: Readonly<Record<keyof Scores, string>> = {
  combined: 'with curvature',
  noCurvature: 'without curvature',
  margin: 'margin alone',
  rho: 'curvature ρ alone',
};
const names = Object.keys(scoreNames) as (keyof Scores)[];

/** Detected copies against false alarms, one figure for each strength α. */
export function rocs({ scores, alpha = [], copies = [] }: Section<'calibration'>): Figure[] {
  if (!scores) return [];
  return alpha.map((strength, a) => {
    const curves = (['combined', 'noCurvature'] as const).flatMap((name) => {
      const roc = scores[name].roc[a];
      return roc ? [{ name, ...roc, auc: scores[name].auc[a] ?? null }] : [];
    });
    return {
      id: `roc-${strength}`,
      title: `Perturbed images detected, perturbation × ${number(strength)}`,
      paper: 'the paper’s true against false positives',
      summary:
        `Detection rate against false-alarm rate for perturbations multiplied by ${number(strength)}: area ` +
        curves.map(({ name, auc }) => `${significant(auc, 2)} ${scoreNames[name]}`).join(', ') +
        '; chance is 0.5.',
      note: `${copies[a] === undefined ? '' : `${number(copies[a])} perturbed copies changed their label. `}The dotted diagonal is chance.`,
      table: rocTable(curves.map(({ name, ...roc }) => ({ name: scoreNames[name], ...roc }))),
      drawing: {
        kind: 'plot',
        plot: (palette) => ({
          data: [
            ...curves.map(({ name, falsePositiveRate, truePositiveRate, auc }, i) =>
              line(
                palette,
                i,
                { name: `${scoreNames[name]}, AUC ${significant(auc, 2)}`, x: falsePositiveRate, y: truePositiveRate },
                false,
              ),
            ),
            {
              type: 'scatter',
              mode: 'lines',
              x: [0, 1],
              y: [0, 1],
              line: { color: palette.muted, width: 1, dash: 'dot' },
              hoverinfo: 'skip',
              showlegend: false,
            },
          ],
          layout: {
            xaxis: axis('False alarms', '% of clean images', { tickformat: '.0%', range: [0, 1] }),
            yaxis: axis('Detected', '% of perturbed images', { tickformat: '.0%', range: [0, 1.02] }),
          },
        }),
      },
    };
  });
}

function rocTable(
  curves: readonly { name: string; falsePositiveRate: number[]; truePositiveRate: number[] }[],
): DataTable {
  const alarms = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
  return {
    columns: ['False alarms', ...curves.map(({ name }) => `Detected ${name}`)],
    rows: alarms.map((alarm) => [
      alarm,
      ...curves.map(({ falsePositiveRate, truePositiveRate }) =>
        truePositiveRate.reduce<number | null>(
          (best, rate, i) => ((falsePositiveRate[i] ?? 1) <= alarm ? Math.max(best ?? 0, rate) : best),
          null,
        ),
      ),
    ]),
  };
}

/** The area under each score's curve with its interval, against the strength of the perturbation. */
export function areas({ scores, alpha = [] }: Section<'calibration'>): Figure | undefined {
  if (!scores || alpha.length === 0) return undefined;
  const at = alpha.map((strength) => `× ${number(strength)}`);
  return {
    id: 'auc',
    title: 'How well each score tells perturbed images from clean ones',
    summary: names
      .map(
        (name) =>
          `${scoreNames[name]}: ${scores[name].auc.map((auc, a) => `${significant(auc, 2)} at ${at[a] ?? ''}`).join(', ')}`,
      )
      .join('. '),
    note: 'Area under the ROC curve on held-out images; bars are 95 % bootstrap intervals. 0.5 is chance.',
    table: {
      columns: ['Score', 'α', 'AUC', 'Lower', 'Upper'],
      rows: names.flatMap((name) =>
        alpha.map((strength, a) => [
          scoreNames[name],
          strength,
          scores[name].auc[a] ?? null,
          scores[name].low[a] ?? null,
          scores[name].high[a] ?? null,
        ]),
      ),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: names.map((name, i) => {
          const { auc, low, high } = scores[name];
          const shown = alpha.flatMap((_, a) => (typeof auc[a] === 'number' ? [a] : []));
          const value = (a: number) => auc[a] ?? 0;
          return {
            ...line(palette, i, {
              name: scoreNames[name],
              x: shown.map((a) => a + (i - (names.length - 1) / 2) * 0.12),
              y: shown.map(value),
            }),
            mode: 'markers',
            hovertemplate: '%{y:.3f}',
            error_y: {
              type: 'data',
              symmetric: false,
              array: shown.map((a) => (high[a] ?? value(a)) - value(a)),
              arrayminus: shown.map((a) => value(a) - (low[a] ?? value(a))),
              color: seriesColor(palette, i),
              thickness: 1.5,
              width: 4,
            },
          };
        }),
        layout: {
          xaxis: axis('Perturbation, multiples of the smallest one', undefined, {
            tickvals: alpha.map((_, a) => a),
            ticktext: at,
            range: [-0.5, alpha.length - 0.5],
            showgrid: false,
          }),
          yaxis: axis('Area under the ROC curve', undefined, { range: [0, 1.02] }),
          ...rules(rule(palette, 'y', 0.5, 'chance', { side: 'end', dash: 'dot' })),
        },
      }),
    },
  };
}

/** The score of clean images and of their perturbed copies, with the threshold between the verdicts. */
export function scoreDistributions({ scores, alpha = [] }: Section<'calibration'>): Figure | undefined {
  const combined = scores?.combined;
  if (!combined?.clean || !combined.perturbed) return undefined;
  const groups = [
    { name: 'clean', values: combined.clean },
    ...alpha.map((strength, a) => ({ name: `perturbed × ${number(strength)}`, values: combined.perturbed?.[a] ?? [] })),
  ].filter(({ values }) => values.length > 0);
  const all = groups.flatMap(({ values }) => values);
  if (all.length === 0) return undefined;
  const { edges, centers } = histogram(all);
  const range = [edges[0] ?? 0, edges.at(-1) ?? 1] as const;
  const shares = groups.map(({ name, values }) => {
    const own = edges.slice(1).map((high, i) => {
      const low = edges[i] ?? range[0];
      return values.filter((value) => value >= low && (value < high || (high === range[1] && value === high))).length;
    });
    return { name, share: own.map((n) => n / values.length) };
  });
  return {
    id: 'scores',
    title: 'Scores of clean images and of their perturbed copies',
    summary:
      `Threshold ${number(combined.threshold)}; above it are ` +
      groups
        .map(
          ({ name, values }) =>
            `${percent(values.filter((v) => v >= combined.threshold).length / values.length)} of ${name}`,
        )
        .join(', ') +
      '.',
    note: `At the threshold ${percent(combined.falsePositiveRate)} of held-out clean images raise a false alarm.`,
    table: {
      columns: ['Score from', 'to', ...shares.map(({ name }) => `Share of ${name}`)],
      rows: centers.map((_, i) => [
        edges[i] ?? null,
        edges[i + 1] ?? null,
        ...shares.map(({ share }) => share[i] ?? 0),
      ]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: shares.map(({ name, share }, i) => {
          const drawn = line(palette, i, { name, x: centers, y: share }, false);
          return { ...drawn, line: { ...drawn.line, shape: 'hvh' as const } };
        }),
        layout: {
          legend: { y: 1.1 },
          xaxis: axis('Score, larger is more suspicious'),
          yaxis: axis('Share of images', '%', { tickformat: '.0%', rangemode: 'tozero' }),
          ...rules(rule(palette, 'x', combined.threshold, 'threshold')),
        },
      }),
    },
  };
}

/** How often the original label is recovered from a perturbed image, by rule. */
export function recovery({ recovery: found, suggestedRule }: Section<'calibration'>): Figure | undefined {
  if (!found || found.length === 0) return undefined;
  const strengths = [...new Set(found.map(({ alpha }) => alpha))].sort((a, b) => a - b);
  const ruleNames = { 'runner-up': 'runner-up class', 'highest-curvature': 'class of highest curvature' } as const;
  const kinds = (['runner-up', 'highest-curvature'] as const).map((kind) => {
    const rows = strengths.map((alpha) => found.find((row) => row.alpha === alpha && row.rule === kind));
    return { name: ruleNames[kind], rows, accuracy: rows.map((row) => row?.accuracy ?? null) };
  });
  const intervals = found.some(({ low }) => typeof low === 'number');
  const note = [
    suggestedRule ? `On this model the ${ruleNames[suggestedRule]} is suggested as the original label.` : '',
    intervals ? 'Bars are 95 % intervals.' : '',
  ].join(' ');
  return {
    id: 'recovery',
    title: 'Original labels recovered from perturbed images',
    paper: 'the paper’s label recovery (Algorithm 2)',
    summary: kinds
      .map(
        ({ name, accuracy }) =>
          `${name}: ${strengths.map((alpha, i) => `${percent(accuracy[i])} at × ${number(alpha)}`).join(', ')}`,
      )
      .join('. '),
    ...(note.trim() && { note: note.trim() }),
    table: {
      columns: ['α', ...kinds.flatMap(({ name }) => (intervals ? [name, 'Lower', 'Upper'] : [name]))],
      rows: strengths.map((alpha, i) => [
        alpha,
        ...kinds.flatMap(({ rows }) => {
          const { accuracy = null, low = null, high = null } = rows[i] ?? {};
          return intervals ? [accuracy, low, high] : [accuracy];
        }),
      ]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: kinds.map(({ name, rows, accuracy }, i) =>
          bars(palette, i, {
            name: plain(name),
            x: strengths.map((alpha) => `× ${number(alpha)}`),
            y: accuracy.map((value) => value ?? 0),
            ...(intervals && {
              error: rows.map((row) => (row?.high ?? row?.accuracy ?? 0) - (row?.accuracy ?? 0)),
              errorBelow: rows.map((row) => (row?.accuracy ?? 0) - (row?.low ?? row?.accuracy ?? 0)),
            }),
          }),
        ),
        layout: {
          barmode: 'group',
          bargap: 0.4,
          xaxis: axis('Perturbation, multiples of the smallest one', undefined, { showgrid: false }),
          yaxis: axis('Labels recovered', '% of copies', { tickformat: '.0%', range: [0, 1.02] }),
        },
      }),
    },
  };
}
