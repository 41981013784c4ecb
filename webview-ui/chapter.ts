import type { AnalysisName } from '../src/protocol/analyses';
import type { Report } from '../src/protocol/report';
import { comparisonColumns } from './comparison';
import { detectionColumns } from './detection';
import { fill, h } from './dom';
import { figuresOf } from './figures/index';
import { FigureView } from './figureView';
import { chapterTitle, findings } from './findings';
import { Grid } from './grid';
import type { Host } from './host';
import { pathColumns } from './pathTable';

/** One analysis on the page: what it says, its figures and its table. */
export class Chapter {
  readonly element: HTMLElement;
  readonly #findings = h('ul', { class: 'findings' });
  readonly #figures = h('div', { class: 'figures' });
  readonly #table: { readonly element: HTMLElement; update(report: Report): void } | undefined;
  readonly #views = new Map<string, FigureView>();
  #seen = '';

  constructor(
    private readonly analysis: AnalysisName,
    private readonly host: Host,
    private readonly queue: (draw: () => void) => void,
  ) {
    this.#table = tableOf(analysis, host);
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
    fill(this.#findings, ...findings(this.analysis, report).map((sentence) => h('li', {}, sentence)));
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
    this.#table?.update(report);
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
function tableOf(
  analysis: AnalysisName,
  host: Host,
): { readonly element: HTMLElement; update(report: Report): void } | undefined {
  switch (analysis) {
    case 'detect': {
      const grid = new Grid<ReturnType<typeof detections>[number]>('Images and their verdicts', 'Verdict');
      return {
        element: grid.element,
        update: (report) => {
          grid.update(detectionColumns(report, detections(report), host), detections(report));
        },
      };
    }
    case 'paths': {
      const grid = new Grid<ReturnType<typeof pairs>[number]>('Pairs and their paths', 'Path');
      return {
        element: grid.element,
        update: (report) => {
          grid.update(pathColumns(report), pairs(report));
        },
      };
    }
    case 'compare': {
      const grid = new Grid<ReturnType<typeof comparisons>[number]>(
        'Images and what each model makes of them',
        'Image',
      );
      return {
        element: grid.element,
        update: (report) => {
          grid.update(comparisonColumns(report, host), comparisons(report));
        },
      };
    }
    case 'evaluate':
    case 'boundary':
    case 'curvature':
    case 'subspace':
    case 'convexity':
    case 'slice':
    case 'calibration':
      return undefined;
  }
}

const detections = (report: Report) => report.analyses.detect?.images ?? [];
const pairs = (report: Report) => report.analyses.paths?.pairs ?? [];
const comparisons = (report: Report) => report.analyses.compare?.images ?? [];
