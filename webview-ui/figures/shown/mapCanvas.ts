import { number } from '../../../src/reading/format';
import { css, mixed, over, type Rgb } from '../../parts/color';
import { h } from '../../parts/dom';
import type { Palette } from '../../parts/theme';
import { winner } from '../contours';
import type { RegionMap } from '../figure';

/** More classes than this are not named beside a map. */
export const mostNamed = 12;

const margin = { left: 56, right: 12, top: 10, bottom: 44 };
const white: Rgb = [255, 255, 255];

/** A region map on a canvas of its own, with its legend: Plotly's pictures are blocked by the page's policy. */
export function drawMap(element: HTMLElement, map: RegionMap, palette: Palette, width = element.clientWidth): void {
  const legend = h(
    'ul',
    { class: 'legend' },
    ...map.classes.slice(0, mostNamed).map(({ name }, i) => {
      const swatch = h('span', { class: 'swatch', 'aria-hidden': 'true' });
      swatch.style.background = css(fillOf(i, palette));
      return h('li', {}, swatch, name);
    }),
    map.anchors.length > 0 && h('li', {}, h('span', { class: 'mark', 'aria-hidden': 'true' }, '●'), 'image or anchor'),
    map.anchors.some(({ onPath }) => onPath) &&
      h('li', {}, h('span', { class: 'mark', 'aria-hidden': 'true' }, '╌'), 'path inside the region'),
    map.contours.length > 0 &&
      h(
        'li',
        {},
        h('span', { class: 'mark', 'aria-hidden': 'true' }, '―'),
        `margin ${map.contours.map(({ level }) => number(level)).join(', ')}`,
      ),
  );
  const canvas = h('canvas');
  element.replaceChildren(canvas, legend);
  paint(canvas, width, map, palette);
}

/** A colour for the i-th most frequent class: the series colours, then the same ones fainter. */
export function fillOf(i: number, palette: Palette): Rgb {
  const background = over(palette.background, white);
  const color = over(palette.series[i % palette.series.length] ?? palette.muted, background);
  const share = i < palette.series.length ? 0.5 : 0.25;
  return mixed(color, background, share);
}

function paint(canvas: HTMLCanvasElement, width: number, map: RegionMap, palette: Palette): void {
  const [left, right, bottom, top] = map.extent;
  const inner = Math.min(width, 760) - margin.left - margin.right;
  // Both axes have the same unit; one scale for both, unless the plane is too long and thin to be read.
  const ratio = Math.min(0.9, Math.max(0.3, (top - bottom) / (right - left)));
  const height = Math.round(inner * ratio);
  const density = window.devicePixelRatio || 1;
  canvas.width = Math.round((inner + margin.left + margin.right) * density);
  canvas.height = Math.round((height + margin.top + margin.bottom) * density);
  canvas.style.width = `${inner + margin.left + margin.right}px`;
  canvas.style.height = `${height + margin.top + margin.bottom}px`;
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(density, density);
  const x = (value: number) => margin.left + (inner * (value - left)) / (right - left);
  const y = (value: number) => margin.top + (height * (top - value)) / (top - bottom);

  regions(context, map, palette, inner, height);
  const trace = (segments: RegionMap['boundaries']) => {
    context.beginPath();
    for (const [x1, y1, x2, y2] of segments) {
      context.moveTo(x(x1), y(y1));
      context.lineTo(x(x2), y(y2));
    }
    context.stroke();
  };
  context.strokeStyle = palette.foreground;
  context.lineCap = 'round';
  context.lineWidth = 2;
  trace(map.boundaries);
  context.lineWidth = 1;
  context.globalAlpha = 0.6;
  for (const { segments } of map.contours) trace(segments);
  context.globalAlpha = 1;
  axes(context, map, palette, inner, height, x, y);
  path(context, map, palette, inner, x, y);
}

/** The winning class of every pixel. */
function regions(
  context: CanvasRenderingContext2D,
  { labels, margins, classes }: RegionMap,
  palette: Palette,
  inner: number,
  height: number,
): void {
  const [columns, rows] = [Math.round(inner * scale(context)), Math.round(height * scale(context))];
  const fills = new Map(classes.map(({ label }, i) => [label, fillOf(i, palette)]));
  const picture = context.createImageData(columns, rows);
  for (let y = 0; y < rows; y++) {
    const v = ((rows - 0.5 - y) / rows) * (labels.length - 1);
    for (let x = 0; x < columns; x++) {
      const u = ((x + 0.5) / columns) * ((labels[0]?.length ?? 1) - 1);
      const [r, g, b] = fills.get(winner(labels, margins, u, v)) ?? white;
      picture.data.set([r, g, b, 255], 4 * (y * columns + x));
    }
  }
  context.putImageData(picture, Math.round(margin.left * scale(context)), Math.round(margin.top * scale(context)));
}

/** Canvas pixels per CSS pixel. */
const scale = (context: CanvasRenderingContext2D): number => context.getTransform().a;

type Place = (value: number) => number;

function axes(
  context: CanvasRenderingContext2D,
  { axes: [horizontal, vertical], extent: [left, right, bottom, top] }: RegionMap,
  palette: Palette,
  inner: number,
  height: number,
  x: Place,
  y: Place,
): void {
  context.strokeStyle = palette.foreground;
  context.fillStyle = palette.foreground;
  context.lineWidth = 1;
  context.font = `${palette.fontSize}px ${palette.font}`;
  context.strokeRect(margin.left + 0.5, margin.top + 0.5, inner, height);
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const tick of ticks(left, right, 6)) context.fillText(number(tick), x(tick), margin.top + height + 5);
  context.fillText(`${horizontal} (units of the input)`, margin.left + inner / 2, margin.top + height + 24);
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const tick of ticks(bottom, top, 5)) context.fillText(number(tick), margin.left - 6, y(tick));
  context.save();
  context.translate(12, margin.top + height / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = 'center';
  context.fillText(vertical, 0, 0);
  context.restore();
}

/** The path through its anchors in order, and every anchor with its name. */
function path(
  context: CanvasRenderingContext2D,
  { anchors }: RegionMap,
  palette: Palette,
  inner: number,
  x: Place,
  y: Place,
): void {
  context.strokeStyle = palette.foreground;
  context.lineWidth = 1.5;
  context.setLineDash([6, 3]);
  context.beginPath();
  for (const anchor of anchors) if (anchor.onPath) context.lineTo(x(anchor.x), y(anchor.y));
  context.stroke();
  context.setLineDash([]);
  context.textBaseline = 'bottom';
  context.lineJoin = 'round';
  for (const anchor of anchors) {
    const [px, py] = [x(anchor.x), y(anchor.y)];
    context.beginPath();
    context.arc(px, py, 4, 0, 2 * Math.PI);
    context.fillStyle = palette.foreground;
    context.strokeStyle = palette.background;
    context.lineWidth = 1.5;
    context.fill();
    context.stroke();
    context.textAlign = px > margin.left + inner * 0.7 ? 'right' : 'left';
    context.lineWidth = 4;
    context.strokeText(anchor.name, px + (context.textAlign === 'right' ? -7 : 7), py - 4);
    context.fillText(anchor.name, px + (context.textAlign === 'right' ? -7 : 7), py - 4);
  }
}

/** Round values inside a range, at most n + 1. */
function ticks(low: number, high: number, n: number): number[] {
  const power = 10 ** Math.floor(Math.log10((high - low) / n));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((round) => (high - low) / round <= n) ?? 10 * power;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}
