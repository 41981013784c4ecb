import type { Annotations, Dash, MarkerSymbol, PlotData, Shape } from 'plotly.js-cartesian-dist-min';

import type { Palette } from '../parts/theme';

/** More points than this in a trace are not drawn: a screen cannot show them and SVG takes seconds. */
export const mostPoints = 5000;

const dashes: readonly Dash[] = ['solid', 'dash', 'dot', 'dashdot', 'longdash', 'longdashdot'];
const symbols: readonly MarkerSymbol[] = ['circle', 'square', 'diamond', 'triangle-up', 'cross', 'x'];
const patterns = ['', '/', '.', 'x', '-', '+'] as const;

const cycle = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;

export const seriesColor = (palette: Palette, index: number): string => cycle(palette.series, index);

/** The colour at an opacity; series colours are rgb(r, g, b). */
export function translucent(color: string, opacity: number): string {
  return color.replace('rgb(', 'rgba(').replace(')', `, ${opacity})`);
}

interface Points {
  readonly name: string;
  readonly x: readonly (number | string)[];
  readonly y: readonly number[];
  /** Half the length of the bar at each point, or that above it where `errorBelow` gives the other. */
  readonly error?: readonly number[];
  readonly errorBelow?: readonly number[];
}

/** A line with markers that differ by dash and symbol as well as by colour. */
export function line(
  palette: Palette,
  index: number,
  { name, x, y, error }: Points,
  markers = true,
): Partial<PlotData> {
  const kept = decimated(x.length);
  const color = seriesColor(palette, index);
  return {
    type: 'scatter',
    mode: markers ? 'lines+markers' : 'lines',
    name,
    x: kept.map((i) => x[i] ?? null),
    y: kept.map((i) => y[i] ?? null),
    line: { color, width: 2, dash: cycle(dashes, index) },
    marker: { color, size: 7, symbol: cycle(symbols, index) },
    ...(error && { error_y: { type: 'data', array: kept.map((i) => error[i] ?? 0), color, thickness: 1, width: 3 } }),
  };
}

/** The region between two curves, behind the line of the same index. */
export function band(
  palette: Palette,
  index: number,
  name: string,
  x: readonly number[],
  low: readonly number[],
  high: readonly number[],
): Partial<PlotData> {
  const kept = decimated(x.length, mostPoints / 2);
  const back = [...kept].reverse();
  return {
    type: 'scatter',
    mode: 'lines',
    name,
    x: [...kept.map((i) => x[i] ?? null), ...back.map((i) => x[i] ?? null)],
    y: [...kept.map((i) => low[i] ?? null), ...back.map((i) => high[i] ?? null)],
    fill: 'toself',
    fillcolor: translucent(seriesColor(palette, index), 0.18),
    line: { width: 0, color: seriesColor(palette, index) },
    hoverinfo: 'skip',
    showlegend: false,
  };
}

/** Points alone. */
export function dots(
  palette: Palette,
  index: number,
  { name, x, y }: Points,
  text?: readonly string[],
): Partial<PlotData> {
  const kept = decimated(x.length);
  return {
    type: 'scatter',
    mode: 'markers',
    name,
    x: kept.map((i) => x[i] ?? null),
    y: kept.map((i) => y[i] ?? null),
    marker: { color: seriesColor(palette, index), size: 7, symbol: cycle(symbols, index), opacity: 0.8 },
    ...(text && { text: kept.map((i) => text[i] ?? ''), hovertemplate: '%{text}<extra></extra>' }),
  };
}

/** Bars that differ by hatching as well as by colour. */
export function bars(palette: Palette, index: number, { name, x, y, error, errorBelow }: Points): Partial<PlotData> {
  const color = seriesColor(palette, index);
  return {
    type: 'bar',
    name,
    x: [...x],
    y: [...y],
    marker: {
      color: translucent(color, 0.75),
      line: { color, width: 1 },
      pattern: {
        shape: cycle(patterns, index),
        fillmode: 'overlay',
        fgcolor: palette.background,
        fgopacity: 0.9,
        size: 7,
        solidity: 0.3,
      },
    },
    ...(error && {
      error_y: {
        type: 'data',
        array: [...error],
        ...(errorBelow && { symmetric: false, arrayminus: [...errorBelow] }),
        color: palette.foreground,
        thickness: 1.2,
        width: 4,
      },
    }),
  };
}

/** A straight line over the whole plot at one value, with its name beside it. */
export function rule(
  palette: Palette,
  along: 'x' | 'y',
  value: number,
  name?: string,
  { dash = 'dash', side = 'start' }: { readonly dash?: Dash; readonly side?: 'start' | 'end' } = {},
): { readonly shape: Partial<Shape>; readonly annotation?: Partial<Annotations> } {
  const stroke = { color: palette.foreground, width: 1, dash };
  const label = {
    showarrow: false,
    font: { color: palette.foreground, size: palette.fontSize - 1 },
    bgcolor: translucent(palette.background, 0.8),
    borderpad: 1,
  };
  if (along === 'x') {
    return {
      shape: { type: 'line', xref: 'x', yref: 'paper', x0: value, x1: value, y0: 0, y1: 1, line: stroke },
      ...(name !== undefined && {
        annotation: {
          xref: 'x',
          yref: 'paper',
          x: value,
          y: 1,
          xanchor: side === 'start' ? 'left' : 'right',
          yanchor: 'bottom',
          text: name,
          ...label,
        },
      }),
    };
  }
  return {
    shape: { type: 'line', xref: 'paper', yref: 'y', x0: 0, x1: 1, y0: value, y1: value, line: stroke },
    ...(name !== undefined && {
      annotation: {
        xref: 'paper',
        yref: 'y',
        x: side === 'start' ? 0 : 1,
        y: value,
        xanchor: side === 'start' ? 'left' : 'right',
        yanchor: 'bottom',
        text: name,
        ...label,
      },
    }),
  };
}

/**
 * A level to compare with, over the whole plot and named in the legend: for where a label beside the line would hide data.
 * A trace would end at the middle of the last bar, and of a single one have no length: it is the entry in the legend alone.
 *
 * @param x - any place of the axis.
 */
export function reference(
  palette: Palette,
  x: number | string,
  level: number,
  name: string,
): { readonly entry: Partial<PlotData>; readonly shape: Partial<Shape> } {
  const line = { color: palette.foreground, width: 1, dash: 'dash' } as const;
  return {
    // The axis reaches to the level by it.
    entry: { type: 'scatter', mode: 'lines', name, x: [x], y: [level], line, hoverinfo: 'skip' },
    shape: rule(palette, 'y', level).shape,
  };
}

/** The shapes and annotations of some rules, as a layout holds them. */
export function rules(...list: readonly ReturnType<typeof rule>[]): {
  shapes: Partial<Shape>[];
  annotations: Partial<Annotations>[];
} {
  return {
    shapes: list.map(({ shape }) => shape),
    annotations: list.flatMap(({ annotation }) => (annotation ? [annotation] : [])),
  };
}

/** Indices 0 … n − 1, evenly thinned to at most `most`, both ends kept. */
export function decimated(n: number, most = mostPoints): number[] {
  if (n <= most) return Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (n - 1)) / (most - 1)));
}

export interface Histogram {
  readonly centers: readonly number[];
  readonly counts: readonly number[];
  readonly edges: readonly number[];
  readonly width: number;
}

/** Counts in bins of equal width, chosen by Freedman and Diaconis' rule between 8 and 40 bins. */
export function histogram(values: readonly number[], range?: readonly [number, number]): Histogram {
  const sorted = [...values].sort((a, b) => a - b);
  let [low, high] = range ?? [sorted[0] ?? 0, sorted.at(-1) ?? 1];
  if (!(high > low)) [low, high] = [low - 0.5 * (Math.abs(low) || 1), low + 0.5 * (Math.abs(low) || 1)];
  const spread = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  const ideal = (high - low) / ((2 * spread) / Math.cbrt(sorted.length || 1));
  const n = Math.min(40, Math.max(8, Number.isFinite(ideal) ? Math.ceil(ideal) : 8));
  const width = (high - low) / n;
  const counts = Array.from({ length: n }, () => 0);
  for (const value of sorted) {
    const bin = Math.min(n - 1, Math.max(0, Math.floor((value - low) / width)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return {
    counts,
    width,
    centers: counts.map((_, i) => low + (i + 0.5) * width),
    edges: Array.from({ length: n + 1 }, (_, i) => low + i * width),
  };
}

/** The q-quantile of ascending values, interpolated. */
export function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? NaN;
  const high = sorted[Math.ceil(at)] ?? NaN;
  return low + (high - low) * (at - Math.floor(at));
}
