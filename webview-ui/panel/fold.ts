import type { Reading } from '../../src/reading/tabs';
import type { Figure } from '../figures/figure';
import { disclosure } from '../parts/disclosure';
import { fill, h } from '../parts/dom';
import { FigureSet } from './figureSet';
import type { Page } from './page';

/** Further sentences and figures, folded until they are asked for. */
export class Fold {
  readonly element: HTMLDetailsElement;
  readonly #sentences = h('ul', { class: 'findings' });
  readonly #figures: FigureSet;

  constructor(id: string, title: string, page: Page) {
    this.#figures = new FigureSet(page);
    this.element = disclosure(id, title, page.host, this.#sentences, this.#figures.element);
    this.element.classList.add('fold');
  }

  update(sentences: readonly string[], figures: readonly Figure[]): void {
    fill(this.#sentences, ...sentences.map((text) => h('li', {}, text)));
    this.#figures.update(figures);
    this.element.hidden = sentences.length + figures.length === 0;
  }
}

/** A part of a tab, drawn again where its part of the report has changed. */
export interface Part {
  readonly element: HTMLElement;
  update(reading: Reading): void;
}
