import type { AnalysisName } from '../../src/protocol/analyses';
import type { Report } from '../../src/protocol/report';
import type { PanelState } from '../../src/protocol/view';
import { comparedModels } from '../../src/reading/comparison';
import { chapterLink, chapterNames as names } from '../../src/reading/findings';
import { baseName } from '../../src/reading/format';
import { imageTable } from '../../src/reading/images';
import { button, group } from '../parts/controls';
import { fill, h } from '../parts/dom';
import { header, headlineElement } from '../parts/facts';
import { Grid } from '../parts/grid';
import type { Host } from '../parts/host';
import { Chapter } from './chapter';
import { failures, status } from './status';

/** The whole page; what it shows follows from the one state it is given, and stays in place while results come. */
export class Panel {
  readonly #title = h('h1');
  readonly #exports: HTMLElement;
  readonly #status = h('div');
  /** Says what changed to those who do not see it: the stage, not every step. */
  readonly #announcement = h('p', { class: 'unseen', role: 'status' });
  readonly #body = h('div', { class: 'report' });
  readonly #headline = h('div');
  readonly #nav = h('nav', { 'aria-label': 'Sections' });
  readonly #about = h('div');
  readonly #failures = h('div');
  readonly #images: Grid;
  readonly #imagesTitle = h('h2', { id: 'images-title' });
  readonly #imageSection: HTMLElement;
  readonly #chapters = new Map<AnalysisName, Chapter>();
  readonly #waiting: (() => void)[] = [];
  #seenImages = '';
  #shown: Report | undefined;

  constructor(
    root: HTMLElement,
    private readonly host: Host,
  ) {
    const exports = (['json', 'csv', 'html'] as const).map((as) => {
      const click = (): void => {
        host.send({ type: 'export', as });
      };
      return button(as.toUpperCase(), `export ${as}`, click, 'secondary');
    });
    this.#exports = group('exports', 'Export the report', h('span', { class: 'muted' }, 'Export'), ...exports);
    this.#images = new Grid(host);
    this.#imageSection = h(
      'section',
      { id: 'images', class: 'chapter', 'aria-labelledby': 'images-title' },
      this.#imagesTitle,
      this.#images.element,
    );
    this.#body.append(this.#headline, this.#about, this.#failures, this.#imageSection);
    root.replaceChildren(
      h('header', { class: 'top' }, h('div', { class: 'line' }, this.#title, this.#exports), this.#nav),
      this.#announcement,
      this.#status,
      this.#body,
    );
  }

  show(state: PanelState): void {
    const { report, model } = state;
    const compared = report ? comparedModels(report).join(' and ') : '';
    const name = compared || baseName(report?.manifest.model.path ?? model);
    this.#title.textContent = name === '' ? 'Boundary Lens' : name;
    document.title = name === '' ? 'Boundary Lens' : `${name} – Boundary Lens`;
    const said = state.phase === 'running' ? (state.progress?.stage ?? 'Starting') : state.phase;
    if (this.#announcement.textContent !== said) this.#announcement.textContent = said;
    const shown = status(state, this.host);
    const focused = this.#status.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset['action']
      : undefined;
    this.#status.replaceChildren(...(shown ? [shown] : []));
    if (focused !== undefined) this.#status.querySelector<HTMLElement>(`[data-action="${focused}"]`)?.focus();
    this.#exports.hidden = !report || !this.host.answers;
    this.#body.hidden = !report;
    this.#nav.hidden = !report;
    if (report && report !== this.#shown) this.#report(report);
    this.#shown = report;
  }

  /** Draws all figures again, in the colours of now. */
  redraw(): void {
    for (const chapter of this.#chapters.values()) chapter.redraw();
  }

  resized(): void {
    for (const chapter of this.#chapters.values()) chapter.resized();
  }

  #report(report: Report): void {
    fill(this.#headline, headlineElement(report));
    fill(this.#about, header(report));
    fill(
      this.#failures,
      report.failures.length > 0 &&
        h(
          'section',
          { id: 'failures', class: 'chapter', 'aria-labelledby': 'failures-title' },
          h('h2', { id: 'failures-title' }, `Failed: ${report.failures.length}`),
          failures(report.failures),
        ),
    );
    this.#drawImages(report);
    for (const name of names) {
      const section = report.analyses[name];
      if (!section) {
        this.#chapters.get(name)?.element.remove();
        this.#chapters.delete(name);
        continue;
      }
      let chapter = this.#chapters.get(name);
      if (!chapter) {
        chapter = new Chapter(name, this.host, (draw) => {
          this.#queue(draw);
        });
        this.#chapters.set(name, chapter);
      }
      this.#place(name, chapter);
      chapter.update(report);
    }
    const entries = [
      ...(this.#imageSection.hidden ? [] : [['images', 'Images'] as const]),
      ...names.flatMap((name) => {
        return this.#chapters.has(name) ? [[name, chapterLink(name)] as const] : [];
      }),
    ];
    fill(this.#nav, ...(entries.length > 1 ? entries.map(([id, title]) => h('a', { href: `#${id}` }, title)) : []));
  }

  #drawImages(report: Report): void {
    const table = imageTable(report);
    this.#imageSection.hidden = table.rows.length === 0;
    const state = `${JSON.stringify(table)} ${Object.keys(report.thumbnails ?? {}).length}`;
    if (table.rows.length === 0 || state === this.#seenImages) return;
    this.#seenImages = state;
    this.#imagesTitle.textContent = table.caption;
    this.#images.update(table, report);
  }

  /** Puts a chapter at its place in the reading order, where it is not there yet. */
  #place(name: AnalysisName, { element }: Chapter): void {
    if (element.isConnected) return;
    const next = names
      .slice(names.indexOf(name) + 1)
      .map((later) => this.#chapters.get(later)?.element)
      .find((later) => later?.isConnected);
    this.#body.insertBefore(element, next ?? null);
  }

  /** One figure a turn, so that the page answers in between. */
  #queue(draw: () => void): void {
    this.#waiting.push(draw);
    if (this.#waiting.length > 1) return;
    const next = () => {
      try {
        this.#waiting[0]?.();
      } finally {
        this.#waiting.shift();
        if (this.#waiting.length > 0) setTimeout(next);
      }
    };
    setTimeout(next);
  }
}
