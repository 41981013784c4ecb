import Plotly, { type PlotMouseEvent } from 'plotly.js-cartesian-dist-min';

import { h } from '../../parts/dom';
import type { Palette } from '../../parts/theme';
import type { Drawing } from '../figure';
import { dressed } from './dressed';
import { legend } from './legend';
import { drawMap } from './mapCanvas';

const config = { displayModeBar: false, responsive: false, showTips: false, doubleClick: 'reset' as const };

/** A mark that was clicked: which series of the plot, which of its points. */
export type Clicked = (series: number, point: number) => void;

/** Draws a picture into its element, at the size that it has now. */
export function draw(picture: HTMLElement, drawing: Drawing, colors: Palette, clicked?: Clicked): void {
  switch (drawing.kind) {
    case 'plot':
      drawPlot(picture, drawing, colors, clicked);
      return;
    case 'map':
      drawMap(picture, drawing.map, colors);
      return;
    case 'tiles':
      picture.replaceChildren(
        ...drawing.tiles.map(({ source, name }) =>
          h('div', { class: 'tile' }, h('img', { src: source, alt: '' }), h('span', {}, name)),
        ),
      );
  }
}

function drawPlot(
  picture: HTMLElement,
  { plot, height }: Extract<Drawing, { kind: 'plot' }>,
  colors: Palette,
  clicked: Clicked | undefined,
): void {
  const made = plot(colors);
  const known = picture.querySelector<HTMLElement>(':scope > .plotted');
  const plotted = known ?? h('div', { class: 'plotted' });
  if (height !== undefined) plotted.style.height = `${height}px`;
  const named = legend(made);
  picture.replaceChildren(...(named ? [named] : []), plotted);
  const size = { width: plotted.clientWidth, height: plotted.clientHeight };
  const { data, layout } = dressed(made, colors, size);
  void Plotly.react(plotted, data, { ...layout, ...size }, config).then((element) => {
    if (known || !clicked) return;
    element.on('plotly_click', ({ points: [point] }: PlotMouseEvent) => {
      if (point) clicked(point.curveNumber, point.pointIndex);
    });
  });
}
