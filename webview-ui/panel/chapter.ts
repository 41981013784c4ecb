import type { AnalysisName } from '../../src/protocol/analyses';
import type { Report } from '../../src/protocol/report';
import { comparisonTable } from '../../src/reading/comparison';
import { chapter, chapterTitle } from '../../src/reading/findings';
import { pairTable } from '../../src/reading/pairs';
import type { Table } from '../../src/reading/table';
import { verdictTable } from '../../src/reading/verdicts';
import { figuresOf } from '../figures';
import { FigureView } from '../figures/figureView';
import { fill, h } from '../parts/dom';
import { Grid } from '../parts/grid';
import type { Host } from '../parts/host';

/** One analysis on the page: what it says, its figures and its table. */
export class Chapter {
  readonly element: HTMLElement;
  readonly #findings = h('ul', { class: 'findings' });
  readonly #figures = h('div', { class: 'figures' });
  readonly #table: Grid | undefined;
  readonly #views = new Map<string, FigureView>();
  #seen = '';

  constructor(
    private readonly analysis: AnalysisName,
    private readonly host: Host,
    private readonly queue: (draw: () => void) => void,
  ) {
    this.#table = tables[analysis] && new Grid(host);
    this.element = h(
      'section',
      { id: analysis, class: 'chapter', 'aria-labelledby': `${analysis}-title` },
      h('h2', { id: `${analysis}-title` }, chapterTitle(analysis)),
      this.#findings,
      // Verdicts are what one came for; other tables are to look things up in.
      ...(analysis === 'detect' ? [this.#table?.element, this.#figures] : [this.#figures, this.#table?.element]),
    );
  }

  update(report: Report): void {
    const state = JSON.stringify(report.analyses[this.analysis]);
    if (state === this.#seen) return;
    this.#seen = state;
    const { findings = [] } = chapter(this.analysis, report) ?? {};
    fill(this.#findings, ...findings.map(({ text }) => h('li', {}, text)));
    const figures = figuresOf(this.analysis, report);
    for (const [id, view] of this.#views) {
      if (figures.some((figure) => figure.id === id)) continue;
      view.element.remove();
      this.#views.delete(id);
    }
    for (const [i, figure] of figures.entries()) {
      const view = this.#views.get(figure.id);
      if (view) {
        view.update(figure);
        continue;
      }
      const added = new FigureView(figure, this.host, this.queue);
      this.#views.set(figure.id, added);
      this.#figures.insertBefore(added.element, this.#figures.children[i] ?? null);
    }
    const table = tables[this.analysis]?.(report);
    if (table) this.#table?.update(table, report);
  }

  redraw(): void {
    for (const view of this.#views.values()) {
      this.queue(() => {
        view.draw();
      });
    }
  }

  resized(): void {
    for (const view of this.#views.values()) view.resized();
  }
}

/** The table of an analysis whose results are rows of their own. */
const tables: Readonly<Partial<Record<AnalysisName, (report: Report) => Table>>> = {
  detect: verdictTable,
  paths: pairTable,
  compare: comparisonTable,
};
