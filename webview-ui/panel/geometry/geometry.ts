import { type Block, blocks } from '../../../src/reading/blocks';
import { pairsTitle, pairTable } from '../../../src/reading/pairs';
import type { Reading } from '../../../src/reading/tabs';
import { figuresOf } from '../../figures';
import { titles } from '../../figures/titles';
import { disclosure } from '../../parts/disclosure';
import { h } from '../../parts/dom';
import { Grid } from '../../parts/grid';
import { FigureSet } from '../figureSet';
import { Fold, type Part } from '../fold';
import type { Page } from '../page';

/** The geometry of the regions: to each question a sentence and a figure, the rest folded. */
export class Geometry implements Part {
  readonly element = h('div', { class: 'geometry' });
  readonly #known = new Map<string, BlockView>();

  constructor(private readonly page: Page) {}

  update(reading: Reading): void {
    for (const block of blocks(reading)) {
      let view = this.#known.get(block.id);
      if (!view) {
        view = new BlockView(block, this.page);
        this.#known.set(block.id, view);
        this.element.append(view.element);
      }
      view.update(block, reading);
    }
  }
}

/** What is called what while it is still to come; a plane has no name before it is laid. */
const pending: Readonly<Record<string, string>> = { ...titles, 'slice-1': 'A plane through images' };

class BlockView {
  readonly element: HTMLElement;
  readonly #sentence = h('p', { class: 'sentence' });
  readonly #figure: FigureSet;
  readonly #fold: Fold;
  readonly #pairs: Grid | undefined;
  readonly #listed: HTMLElement | null;
  #seen = '';

  constructor({ id, title }: Block, page: Page) {
    this.#figure = new FigureSet(page);
    this.#fold = new Fold(`fold-${id}`, 'More, and as in the paper', page);
    this.#pairs = id === 'paths' ? new Grid() : undefined;
    this.#listed = this.#pairs ? disclosure('pairs', pairsTitle, page.host, this.#pairs.element) : null;
    this.element = h(
      'section',
      { id: `block-${id}`, class: 'block', 'aria-labelledby': `${id}-title` },
      h('h2', { id: `${id}-title`, tabindex: -1 }, title),
      this.#sentence,
      this.#figure.element,
      this.#fold.element,
      this.#listed,
    );
  }

  update(block: Block, { report, running }: Reading): void {
    const { analysis, title, sentence, rest, figure, further } = block;
    const seen = JSON.stringify([block, report?.analyses[analysis], running]);
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#sentence.textContent = sentence ?? 'Still to come.';
    this.#sentence.classList.toggle('muted', sentence === undefined);
    const figures = report ? figuresOf(analysis, report) : [];
    this.#figure.update(
      figures.filter(({ id }) => id === figure),
      running ? { [figure]: pending[figure] ?? title } : {},
    );
    this.#fold.update(
      rest,
      figures.filter(({ id }) => further.includes(id)),
    );
    if (!this.#pairs || !this.#listed) return;
    const pairs = report && pairTable(report);
    this.#listed.hidden = (pairs?.rows.length ?? 0) === 0;
    if (pairs) this.#pairs.update(pairs, report);
  }
}
