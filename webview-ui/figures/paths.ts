import type { Section } from '../../src/protocol/analyses';
import { count, number } from '../../src/reading/format';
import { scenarioName } from '../../src/reading/names';
import { axis, type Figure } from './figure';
import { bars, dots } from './marks';
import { titles } from './titles';

/** How many pairs a path inside the region was found for, by scenario. */
export function pathsFound({ pairs = [] }: Section<'paths'>): Figure | undefined {
  if (pairs.length === 0) return undefined;
  const kinds = [...new Set(pairs.map(({ scenario }) => scenario))].sort((a, b) => a - b);
  const outcomes = [
    { name: 'straight line is inside', test: (pair: (typeof pairs)[number]) => pair.connected && pair.straightInside },
    { name: 'bent path found', test: (pair: (typeof pairs)[number]) => pair.connected && !pair.straightInside },
    { name: 'no path found', test: (pair: (typeof pairs)[number]) => !pair.connected },
  ].map(({ name, test }) => ({
    name,
    counts: kinds.map((kind) => pairs.filter((pair) => pair.scenario === kind && test(pair)).length),
  }));
  return {
    id: 'paths-found',
    title: titles['paths-found'],
    paper: 'Algorithm 1 of the paper',
    summary: kinds
      .map(
        (kind, i) =>
          `${scenarioName(kind)}: ${outcomes.map(({ name, counts }) => `${name} ${counts[i] ?? 0}`).join(', ')}`,
      )
      .join('. '),
    note: '“No path found” says that the search gave up, never that the region is disconnected.',
    table: {
      columns: ['Scenario', ...outcomes.map(({ name }) => name)],
      rows: kinds.map((kind, i) => [scenarioName(kind), ...outcomes.map(({ counts }) => counts[i] ?? 0)]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: outcomes.map(({ name, counts }, i) => bars(palette, i, { name, x: kinds.map(ends), y: counts })),
        layout: {
          barmode: 'stack',
          bargap: 0.5,
          xaxis: axis('Ends of the path', undefined, { showgrid: false, tickangle: 0 }),
          yaxis: axis('Pairs'),
        },
      }),
    },
  };
}

/** What the two ends are, in lines that stand side by side on a narrow page. */
function ends(scenario: number): string {
  return scenarioName(scenario).replace(/ (?=and |perturbed )/g, '<br>');
}

/** How much longer than the straight line the bent paths are, and how many anchors they needed. */
export function pathLengths({ pairs = [] }: Section<'paths'>): Figure | undefined {
  const bent = pairs.flatMap((pair) =>
    pair.connected && !pair.straightInside && pair.relativeLength !== null
      ? [{ ...pair, detour: pair.relativeLength - 1 }]
      : [],
  );
  if (bent.length === 0) return undefined;
  const kinds = [...new Set(bent.map(({ scenario }) => scenario))].sort((a, b) => a - b);
  const lengths = bent.map(({ detour }) => detour).sort((a, b) => a - b);
  const [lowest, highest] = [lengths[0] ?? 1, lengths.at(-1) ?? 1].map((value) =>
    Math.log10(Math.max(value, 1e-12)),
  ) as [number, number];
  const decades = Array.from(
    { length: Math.ceil(highest) - Math.floor(lowest) + 1 },
    (_, i) => 10 ** (Math.floor(lowest) + i),
  );
  return {
    id: 'path-lengths',
    title: 'How far the bent paths leave the straight line',
    summary: `${count(bent.length, 'bent path')}: longer than the straight line by ${number(lengths[0])} to ${number(lengths.at(-1))}, with ${Math.min(...bent.map(({ anchors }) => anchors))} to ${Math.max(...bent.map(({ anchors }) => anchors))} anchors.`,
    note: 'D is the length of the path over the straight distance; 0 on this axis would be a straight path.',
    table: {
      columns: ['Scenario', 'From', 'To', 'Anchors', 'D − 1'],
      rows: bent.map(({ scenario, from, to, anchors, detour }) => [scenarioName(scenario), from, to, anchors, detour]),
    },
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: kinds.map((kind, i) => {
          const own = bent.filter(({ scenario }) => scenario === kind);
          return dots(palette, i, {
            name: scenarioName(kind),
            x: own.map(({ anchors }) => anchors),
            y: own.map(({ detour }) => detour),
          });
        }),
        layout: {
          xaxis: axis('Anchors', undefined, { rangemode: 'tozero' }),
          yaxis: axis('Relative length D − 1', undefined, {
            type: 'log',
            tickvals: decades,
            ticktext: decades.map((value) => number(value, 1)),
          }),
        },
      }),
    },
  };
}
