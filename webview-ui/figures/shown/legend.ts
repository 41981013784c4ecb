import type { PlotData } from 'plotly.js-cartesian-dist-min';

import { h } from '../../parts/dom';
import type { Plot } from '../figure';

const svg = 'http://www.w3.org/2000/svg';

const shapes: Readonly<Record<string, string>> = {
  circle: 'M10 6a4 4 0 1 0 8 0a4 4 0 1 0-8 0z',
  square: 'M10 2h8v8h-8z',
  diamond: 'M14 1l5 5-5 5-5-5z',
  'triangle-up': 'M14 1l5 9h-10z',
  cross: 'M12.5 2h3v2.5h2.5v3h-2.5v2.5h-3v-2.5h-2.5v-3h2.5z',
  x: 'M11 2l3 2.6 3-2.6 1.4 1.4-2.7 2.6 2.7 2.6-1.4 1.4-3-2.6-3 2.6-1.4-1.4 2.7-2.6-2.7-2.6z',
};

const dashes: Readonly<Record<string, string>> = {
  dash: '6 4',
  dot: '2 3',
  dashdot: '6 3 2 3',
  longdash: '9 4',
  longdashdot: '9 3 2 3',
};

/** What the series of a plot are called: above it, where it wraps and never lies over a curve. Nothing for a single one. */
export function legend({ data, layout }: Plot): HTMLElement | null {
  const named = (data as Partial<PlotData>[]).filter(({ name, showlegend }) => name && showlegend !== false);
  if (named.length < 2 || layout.showlegend === false) return null;
  return h('ul', { class: 'legend' }, ...named.map((trace) => h('li', {}, key(trace), unescaped(trace.name ?? ''))));
}

function key({ type, mode, line, marker }: Partial<PlotData>): Node {
  const picture = part('svg', { viewBox: '0 0 28 12', width: 28, height: 12, 'aria-hidden': 'true' });
  const color = String(marker?.color ?? line?.color ?? 'currentColor');
  if (type === 'bar') {
    picture.append(
      part('rect', { x: 8, y: 1, width: 12, height: 10, fill: color, stroke: String(marker?.line?.color ?? color) }),
    );
    return picture;
  }
  if (mode?.includes('lines')) {
    const dash = dashes[line?.dash ?? ''] ?? 'none';
    picture.append(
      part('path', { d: 'M0 6h28', stroke: String(line?.color ?? color), 'stroke-width': 2, 'stroke-dasharray': dash }),
    );
  }
  if (mode?.includes('markers')) {
    const symbol = typeof marker?.symbol === 'string' ? marker.symbol : 'circle';
    picture.append(part('path', { d: shapes[symbol] ?? shapes['circle'] ?? '', fill: color }));
  }
  return picture;
}

function part(name: string, attributes: Readonly<Record<string, string | number>>): Element {
  const element = document.createElementNS(svg, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
  return element;
}

/** What `plain` made of a name for Plotly. */
function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
