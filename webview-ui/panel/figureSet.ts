import type { Figure } from '../figures/figure';
import { FigureView } from '../figures/shown/figureView';
import { h } from '../parts/dom';
import type { Page } from './page';

/** Figures side by side: each stays in place while results come, and what is still to come has its place already. */
export class FigureSet {
  readonly element = h('div', { class: 'figures' });
  readonly #views = new Map<string, FigureView>();
  readonly #placeholders = new Map<string, HTMLElement>();

  constructor(private readonly page: Page) {
    page.onTheme(() => {
      for (const view of this.#views.values()) {
        page.queue(() => {
          view.draw();
        });
      }
    });
  }

  /** @param pending - titles of figures that are still to come, by their ids, in the order in which they lead the others. */
  update(figures: readonly Figure[], pending: Readonly<Record<string, string>> = {}): void {
    for (const [id, view] of this.#views) {
      if (figures.some((figure) => figure.id === id)) continue;
      view.element.remove();
      this.#views.delete(id);
    }
    for (const figure of figures) {
      const view = this.#views.get(figure.id);
      if (view) view.update(figure);
      else this.#views.set(figure.id, new FigureView(figure, this.page));
    }
    const others = figures.map(({ id }) => id).filter((id) => !(id in pending));
    const elements = [...Object.keys(pending), ...others].map(
      (id) => this.#views.get(id)?.element ?? this.#placeholder(id, pending[id] ?? ''),
    );
    for (const old of [...this.element.children]) if (!elements.includes(old as HTMLElement)) old.remove();
    // What stands in its place is not touched: an open table stays open, and the focus where it is.
    for (const [i, element] of elements.entries()) {
      if (this.element.children[i] !== element) this.element.insertBefore(element, this.element.children[i] ?? null);
    }
    this.element.hidden = elements.length === 0;
  }

  /** What stands where a figure will be. */
  #placeholder(id: string, title: string): HTMLElement {
    const known = this.#placeholders.get(id);
    if (known) return known;
    const made = h(
      'div',
      { class: 'placeholder' },
      h('h3', {}, title),
      h('div', { class: 'picture plot' }, h('span', { class: 'muted' }, 'still to come')),
    );
    this.#placeholders.set(id, made);
    return made;
  }
}
