import Plotly, { type LayoutAxis } from 'plotly.js-cartesian-dist-min';

import { number } from '../../src/reading/format';
import { h } from '../parts/dom';
import type { Host } from '../parts/host';
import { type Palette, palette } from '../parts/theme';
import type { Cell, DataTable, Drawing, Figure, Plot } from './figure';
import { drawMap } from './mapCanvas';

const config = { displayModeBar: false, responsive: true, showTips: false, doubleClick: 'reset' as const };
const exported = { width: 900, height: 520, scale: 2 };

/** A figure on the page: picture, words and numbers, kept in place while results come. */
export class FigureView {
  readonly element: HTMLElement;
  readonly #title = h('h3');
  readonly #paper = h('span', { class: 'paper' });
  readonly #words = h('span');
  readonly #picture: HTMLElement;
  readonly #note = h('p', { class: 'note' }, this.#paper, this.#words);
  readonly #details: HTMLDetailsElement;
  #figure: Figure;
  #drawn = '';

  constructor(
    figure: Figure,
    private readonly host: Host,
    private readonly queue: (draw: () => void) => void,
  ) {
    this.#figure = figure;
    this.#picture = h('div', { class: `picture ${figure.drawing.kind}`, role: 'img' });
    this.#details = h('details', {
      class: 'data',
      toggle: () => {
        this.#fillTable();
      },
    });
    this.element = h(
      'figure',
      { id: figure.id, class: figure.drawing.kind },
      h('figcaption', {}, this.#title),
      this.#picture,
      this.#note,
      h('div', { class: 'foot' }, this.#details, this.#saving(figure.drawing)),
    );
    this.update(figure);
  }

  update(figure: Figure): void {
    this.#figure = figure;
    this.#title.textContent = figure.title;
    this.#paper.textContent = figure.paper === undefined ? '' : `Compare with ${figure.paper}. `;
    this.#picture.setAttribute('aria-label', figure.summary);
    this.#words.textContent = figure.note ?? '';
    if (this.#details.childElementCount === 0) this.#details.append(h('summary', {}, 'Numbers'));
    this.#fillTable();
    const state = JSON.stringify(figure.table) + figure.summary;
    if (state === this.#drawn) return;
    this.#drawn = state;
    this.queue(() => {
      this.draw();
    });
  }

  /** Draws the picture in the colours of now. */
  draw(): void {
    const { drawing } = this.#figure;
    const colors = palette();
    switch (drawing.kind) {
      case 'plot':
        if (drawing.height !== undefined) this.#picture.style.height = `${drawing.height}px`;
        void Plotly.react(this.#picture, ...dressed(drawing.plot(colors), colors), config);
        return;
      case 'map':
        drawMap(this.#picture, drawing.map, colors);
        return;
      case 'tiles':
        this.#picture.replaceChildren(
          ...drawing.tiles.map(({ source, name }) =>
            h('div', { class: 'tile' }, h('img', { src: source, alt: '' }), h('span', {}, name)),
          ),
        );
        return;
    }
  }

  /** Maps have the width they were painted at. */
  resized(): void {
    if (this.#figure.drawing.kind === 'map') this.draw();
  }

  #fillTable(): void {
    if (!this.#details.open) return;
    const next = dataTable(this.#figure);
    const old = this.#details.querySelector('.scroller');
    if (old?.innerHTML === next.innerHTML) return;
    old?.remove();
    this.#details.append(next);
  }

  #saving(drawing: Drawing): HTMLElement | false {
    if (drawing.kind === 'tiles') return false;
    const button = (format: 'png' | 'svg') =>
      h(
        'button',
        {
          class: 'quiet',
          'aria-label': `Save ${this.#figure.title} as ${format.toUpperCase()}`,
          click: () => void this.#save(format),
        },
        format.toUpperCase(),
      );
    return h('div', { class: 'saving' }, 'Save', button('png'), drawing.kind === 'plot' && button('svg'));
  }

  async #save(format: 'png' | 'svg'): Promise<void> {
    const { drawing, id, title } = this.#figure;
    const name = `${id}.${format}`;
    if (drawing.kind === 'map') {
      const canvas = this.#picture.querySelector('canvas');
      if (canvas) this.host.save(name, canvas.toDataURL('image/png'));
      return;
    }
    if (drawing.kind !== 'plot') return;
    const colors = palette();
    const [data, layout] = dressed(drawing.plot(colors), colors);
    const titled = {
      ...layout,
      title: { text: title, x: 0.02, xanchor: 'left' as const, font: { size: 16 } },
      margin: { ...layout.margin, t: 84 },
      paper_bgcolor: colors.background,
    };
    this.host.save(name, await Plotly.toImage({ data, layout: titled }, { format, ...exported }));
  }
}

/** A figure's plot in the page's type and colours. */
function dressed({ data, layout }: Plot, colors: Palette): [Plot['data'], Plot['layout']] {
  const shared = {
    gridcolor: colors.grid,
    linecolor: colors.muted,
    tickcolor: colors.muted,
    zeroline: false,
    showline: true,
    ticks: 'outside',
    ticklen: 4,
    automargin: true,
    minexponent: 4,
    // Powers as superscripts would be inline styles, which the page's policy forbids.
    exponentformat: 'e',
  };
  const axes = Object.fromEntries(
    Object.entries(layout as Record<string, unknown>).flatMap(([name, axis]): [string, object][] =>
      /^[xy]axis\d*$/.test(name) ? [[name, dressedAxis(axis as Partial<LayoutAxis>, shared, colors)]] : [],
    ),
  );
  return [
    data,
    {
      font: { family: colors.font, size: colors.fontSize, color: colors.foreground },
      paper_bgcolor: 'rgba(0, 0, 0, 0)',
      plot_bgcolor: 'rgba(0, 0, 0, 0)',
      margin: { l: 56, r: 26, t: 28, b: 44 },

      hoverlabel: {
        bgcolor: colors.background,
        bordercolor: colors.foreground,
        font: { color: colors.foreground, family: colors.font, size: colors.fontSize },
      },
      hovermode: 'closest',
      ...layout,
      legend: {
        orientation: 'h',
        x: 0,
        y: 1.02,
        yanchor: 'bottom',
        bgcolor: 'rgba(0, 0, 0, 0)',
        traceorder: 'normal',
        ...layout.legend,
      },
      ...axes,
    },
  ];
}

function dressedAxis(axis: Partial<LayoutAxis>, shared: object, { foreground, fontSize }: Palette): object {
  const title =
    typeof axis.title === 'object' ? { ...axis.title, font: { size: fontSize, color: foreground } } : undefined;
  return { ...shared, ...axis, ...(title && { title }) };
}

function dataTable({ table, title }: { readonly table: DataTable; readonly title: string }): HTMLElement {
  const numeric = (value: Cell | undefined): value is number | null => typeof value === 'number' || value === null;
  return h(
    'div',
    { class: 'scroller', tabindex: 0, role: 'region', 'aria-label': `Numbers: ${title}` },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ...table.columns.map((column, i) =>
            h('th', { scope: 'col', class: numeric(table.rows[0]?.[i]) ? 'number' : 'text' }, column),
          ),
        ),
      ),
      h(
        'tbody',
        {},
        ...table.rows.map((row) =>
          h(
            'tr',
            {},
            ...row.map((cell) => (numeric(cell) ? h('td', { class: 'number' }, number(cell, 4)) : h('td', {}, cell))),
          ),
        ),
      ),
    ),
  );
}
