import type { Section } from '../../src/protocol/analyses';
import { baseName, number, signed } from '../../src/reading/format';
import { axis, type Figure, plain } from './figure';
import { dots, rule, seriesColor } from './marks';
import { titles } from './titles';

const modelName = (models: Section<'compare'>['models'], i: number): string =>
  baseName(models?.[i]?.path ?? `model ${i + 1}`);

/** The paired difference of each quantity between two models, each on an axis of its own. */
export function differences({ differences: found, models, unit }: Section<'compare'>): Figure | undefined {
  const rows = (found ?? []).flatMap(({ difference, low, high, ...row }) =>
    difference === null ? [] : [{ ...row, difference, low: low ?? difference, high: high ?? difference }],
  );
  if (rows.length === 0) return undefined;
  const [first, second] = [modelName(models, 0), modelName(models, 1)];
  const height = 40 + 88 * rows.length;
  const gap = 0.6 / rows.length;
  return {
    id: 'differences',
    title: `What changes from ${first} to ${second}`,
    summary: rows
      .map(
        ({ quantity, difference, low, high }) =>
          `${quantity}: ${signed(difference)}, 95 % interval ${signed(low)} to ${signed(high)}`,
      )
      .join('. '),
    note: `Mean of the paired differences over images (${second} − ${first})${unit === undefined ? '' : `, in ${unit}`}, with 95 % bootstrap intervals. An interval that leaves out 0 is a difference.`,
    table: {
      columns: ['Quantity', 'Images', first, second, 'Difference', 'Lower', 'Upper'],
      rows: rows.map(({ quantity, n, first: a, second: b, difference, low, high }) => [
        quantity,
        n,
        a,
        b,
        difference,
        low,
        high,
      ]),
    },
    drawing: {
      kind: 'plot',
      height,
      plot: (palette) => {
        const name = (i: number) => (i === 0 ? '' : String(i + 1));
        return {
          data: rows.map(({ quantity, difference, low, high }, i) => ({
            type: 'scatter',
            mode: 'markers',
            name: plain(quantity),
            x: [difference],
            y: [0],
            xaxis: `x${name(i)}`,
            yaxis: `y${name(i)}`,
            marker: { color: seriesColor(palette, 0), size: 9, symbol: 'circle' },
            error_x: {
              type: 'data',
              symmetric: false,
              array: [high - difference],
              arrayminus: [difference - low],
              color: seriesColor(palette, 0),
              thickness: 2,
              width: 6,
            },
            hovertemplate: `${signed(difference)} [${signed(low)}, ${signed(high)}]<extra></extra>`,
          })),
          layout: {
            showlegend: false,
            ...Object.fromEntries(
              rows.flatMap(({ quantity, low, high }, i): [string, object][] => {
                const size = 1 / rows.length;
                const reach = 1.25 * Math.max(Math.abs(low), Math.abs(high)) || 1;
                return [
                  [
                    `xaxis${name(i)}`,
                    axis(plain(quantity), undefined, {
                      anchor: `y${name(i)}` as 'y',
                      range: [-reach, reach],
                      nticks: 6,
                    }),
                  ],
                  [
                    `yaxis${name(i)}`,
                    {
                      domain: [1 - (i + 1) * size + gap, 1 - i * size],
                      anchor: `x${name(i)}`,
                      showticklabels: false,
                      showline: false,
                      ticks: '',
                      showgrid: false,
                      zeroline: false,
                      range: [-1, 1],
                    },
                  ],
                ];
              }),
            ),
            shapes: rows.map((_, i) => ({
              ...rule(palette, 'x', 0, undefined, { dash: 'solid' }).shape,
              xref: `x${name(i)}` as 'x',
              yref: `y${name(i)}` as 'y',
              y0: -1,
              y1: 1,
            })),
          },
        };
      },
    },
  };
}

/** Each image's distance to the boundary of the one model against that of the other. */
export function distancePairs({
  images = [],
  models,
  unit = 'units of the input',
}: Section<'compare'>): Figure | undefined {
  const pairs = images.flatMap(({ name, distance: [a, b] }) =>
    typeof a === 'number' && typeof b === 'number' ? [{ name, a, b }] : [],
  );
  if (pairs.length === 0) return undefined;
  const [first, second] = [modelName(models, 0), modelName(models, 1)];
  const farther = pairs.filter(({ a, b }) => b > a).length;
  const most = 1.05 * Math.max(...pairs.flatMap(({ a, b }) => [a, b]));
  return {
    id: 'distance-pairs',
    title: titles['distance-pairs'],
    summary: `${farther} of ${pairs.length} images are farther from the boundary of ${second} than from that of ${first}.`,
    note: `In ${unit}. Above the dashed diagonal an image is farther from the boundary of ${second}.`,
    table: { columns: ['Image', first, second], rows: pairs.slice(0, 500).map(({ name, a, b }) => [name, a, b]) },
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: [
          {
            type: 'scatter',
            mode: 'lines',
            x: [0, most],
            y: [0, most],
            line: { color: palette.muted, width: 1, dash: 'dash' },
            hoverinfo: 'skip',
          },
          dots(
            palette,
            0,
            { name: 'images', x: pairs.map(({ a }) => a), y: pairs.map(({ b }) => b) },
            pairs.map(({ name, a, b }) => plain(`${name}: ${number(a)}, ${number(b)}`)),
          ),
        ],
        layout: {
          showlegend: false,
          xaxis: axis(plain(short(first)), undefined, { range: [0, most] }),
          yaxis: axis(plain(short(second)), undefined, { range: [0, most] }),
        },
      }),
    },
  };
}

/** A name as far as it fits beside an axis. */
function short(name: string): string {
  return name.length <= 30 ? name : `${name.slice(0, 29)}…`;
}
