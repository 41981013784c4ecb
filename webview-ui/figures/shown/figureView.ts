import { disclosure } from '../../parts/disclosure';
import { h } from '../../parts/dom';
import type { Memory, Saving } from '../../parts/host';
import { palette } from '../../parts/theme';
import type { Choices, Figure } from '../figure';
import { draw } from './drawn';
import { enlarge } from './large';
import { numbersTable } from './numbers';

/** Where figures stand: who saves them, how drawing waits its turn, what a click on a mark leads to. */
export interface Surroundings {
  readonly host: Saving & Partial<Memory>;
  readonly queue: (draw: () => void) => void;
  /** The model's name, which saved figures carry. */
  readonly model: () => string;
  readonly choose?: (choices: Choices) => void;
}

/** A figure on the page: picture, words and numbers, kept in place while results come, drawn at the width it has. */
export class FigureView {
  readonly element: HTMLElement;
  readonly #title = h('h3', { tabindex: -1 });
  readonly #paper = h('span', { class: 'paper' });
  readonly #words = h('span');
  readonly #picture: HTMLElement;
  readonly #numbers: HTMLDetailsElement;
  readonly #table = h('div');
  #figure: Figure;
  /** What is drawn, and how wide. */
  #drawn = '';
  #width = 0;

  constructor(
    figure: Figure,
    private readonly around: Surroundings,
  ) {
    this.#figure = figure;
    const { host, model } = around;
    this.#picture = h('div', { class: `picture ${figure.drawing.kind}`, role: 'img' });
    this.#numbers = disclosure(`numbers-${figure.id}`, 'Numbers', host, this.#table);
    this.#numbers.classList.add('data');
    this.#numbers.addEventListener('toggle', () => {
      this.#fillTable();
    });
    const large = (): void => {
      enlarge(this.#figure, model(), host);
    };
    this.element = h(
      'figure',
      { id: figure.id, class: figure.drawing.kind },
      h('figcaption', {}, this.#title),
      this.#picture,
      h('p', { class: 'note' }, this.#words, this.#paper),
      h(
        'div',
        { class: 'foot' },
        this.#numbers,
        h('button', { class: 'quiet', 'data-action': 'enlarge', click: large }, 'Enlarge, save'),
      ),
    );
    if (!figure.picks) this.#picture.addEventListener('click', large);
    // A figure that is not seen has no width; it is drawn once it has one.
    new ResizeObserver(() => {
      const width = this.#picture.clientWidth;
      if (width === 0 || width === this.#width) return;
      this.#later();
    }).observe(this.#picture);
    this.update(figure);
  }

  update(figure: Figure): void {
    this.#figure = figure;
    this.#title.textContent = figure.title;
    this.#paper.textContent = figure.paper === undefined ? '' : ` Compare with ${figure.paper}.`;
    this.#picture.setAttribute('aria-label', figure.summary);
    this.#words.textContent = figure.note ?? '';
    this.#fillTable();
    const state = JSON.stringify(figure.table) + figure.summary;
    if (state === this.#drawn) return;
    this.#drawn = state;
    this.#later();
  }

  /** Draws the picture in the colours of now. */
  draw(): void {
    // What is folded has a width all the same.
    this.#width = this.#picture.checkVisibility() ? this.#picture.clientWidth : 0;
    if (this.#width === 0) return;
    const { drawing, picks } = this.#figure;
    draw(
      this.#picture,
      drawing,
      palette(),
      picks &&
        ((series, point) => {
          const choices = this.#figure.picks?.(series, point);
          if (choices) this.around.choose?.(choices);
        }),
    );
  }

  #later(): void {
    this.around.queue(() => {
      this.draw();
    });
  }

  #fillTable(): void {
    if (!this.#numbers.open) return;
    const next = numbersTable(this.#figure);
    if (this.#table.innerHTML !== next.outerHTML) this.#table.replaceChildren(next);
  }
}
