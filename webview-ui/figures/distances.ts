import type { Section } from '../../src/protocol/analyses';
import { count, number, percent } from '../../src/reading/format';
import { axis, type Figure } from './figure';
import { bars, histogram, quantile, rule, rules } from './marks';
import { titles } from './titles';

/** One bar of the histogram: the images whose distance lies in it. */
export interface DistanceBin {
  readonly from: number;
  readonly to: number;
  readonly names: readonly string[];
}

/** How far the images are from the nearest decision boundary, in bars of equal width; as shares of their norm where they have one. */
export function distanceBins({ images = [] }: Section<'boundary'>): DistanceBin[] {
  const relative = isRelative({ images });
  const found = images.flatMap(({ name, distance, relativeDistance }) => {
    const value = relative ? relativeDistance : distance;
    return value === null ? [] : [{ name, value }];
  });
  if (found.length === 0) return [];
  const { edges } = histogram(
    found.map(({ value }) => value),
    [0, Math.max(...found.map(({ value }) => value))],
  );
  return edges.slice(1).map((to, i) => {
    const from = edges[i] ?? 0;
    const last = i === edges.length - 2;
    const inside = found.filter(({ value }) => value >= from && (value < to || last));
    return { from, to, names: inside.map(({ name }) => name) };
  });
}

/** Whether distances are known as shares of the images' norms. */
export function isRelative({ images = [] }: Pick<Section<'boundary'>, 'images'>): boolean {
  return images.some(({ relativeDistance }) => relativeDistance !== null);
}

/** How far the images are from the nearest decision boundary. */
export function distances(section: Section<'boundary'>): Figure | undefined {
  const { images = [] } = section;
  const bins = distanceBins(section);
  if (bins.length === 0) return undefined;
  const relative = isRelative(section);
  const found = images
    .flatMap(({ distance, relativeDistance }) => (relative ? relativeDistance : distance) ?? [])
    .sort((a, b) => a - b);
  const text = (value: number | undefined): string => (relative ? percent(value) : number(value));
  const most = Math.max(...bins.map(({ names }) => names.length));
  const missing = images.length - found.length;
  const [q25, median, q75] = [0.25, 0.5, 0.75].map((q) => quantile(found, q)) as [number, number, number];
  return {
    id: 'distances',
    title: titles.distances,
    summary:
      `Histogram of ${count(found.length, 'distance')} to the nearest boundary: median ${text(median)}, the middle half from ${text(q25)} to ${text(q75)}, ` +
      `smallest ${text(found[0])}, largest ${text(found.at(-1))}.`,
    note:
      `The smallest change found that reaches another class, ${relative ? 'as a share of the image’s norm' : 'in units of the input'}: an upper bound. Solid: the median; dotted: the quartiles. A click on a bar shows its images.` +
      (missing > 0
        ? ` ${count(missing, 'image')} without a boundary point found ${missing === 1 ? 'is' : 'are'} left out.`
        : ''),
    table: {
      columns: ['Distance from', 'to', 'Images'],
      rows: bins.map(({ from, to, names }) => [from, to, names.length]),
    },
    picks: (_series, point) => (bins[point]?.names.length ? { distance: String(point) } : undefined),
    drawing: {
      kind: 'plot',
      plot: (palette) => ({
        data: [
          {
            ...bars(palette, 0, {
              name: 'images',
              x: bins.map(({ from, to }) => (from + to) / 2),
              y: bins.map(({ names }) => names.length),
            }),
            hovertemplate: bins.map(
              ({ from, to, names }) => `${text(from)} to ${text(to)}: ${count(names.length, 'image')}<extra></extra>`,
            ),
            showlegend: false,
          },
        ],
        layout: {
          bargap: 0.05,
          xaxis: relative
            ? axis('Change', '% of the image’s norm', { rangemode: 'tozero', tickformat: '.3~p' })
            : axis('Distance ‖r‖₂', 'units of the input', { rangemode: 'tozero' }),
          yaxis: axis('Images', undefined, { rangemode: 'tozero', ...(most < 6 && { dtick: 1 }) }),
          ...rules(
            rule(palette, 'x', q25, undefined, { dash: 'dot' }),
            rule(palette, 'x', median, `median ${text(median)}`, { dash: 'solid' }),
            rule(palette, 'x', q75, undefined, { dash: 'dot' }),
          ),
        },
      }),
    },
  };
}
