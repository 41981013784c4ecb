import type { Report } from '../../src/protocol/report';
import type { PanelState, TabName } from '../../src/protocol/view';
import { comparedModels, comparisonTable } from '../../src/reading/comparison';
import { baseName } from '../../src/reading/format';
import { imageTable } from '../../src/reading/images';
import { brokenPremises } from '../../src/reading/premises';
import { type Reading, readingOf, tabNames, tabsOf } from '../../src/reading/tabs';
import { fill, h } from '../parts/dom';
import type { Host } from '../parts/host';
import { Tabs } from '../parts/tabs';
import { Detection } from './detection/detection';
import { Drawer } from './drawer';
import { queue } from './drawing';
import type { Part } from './fold';
import { Geometry } from './geometry/geometry';
import { Browser } from './images/browser';
import { imageFilters } from './images/filters';
import { Overview } from './overview/overview';
import type { Page } from './page';
import { status } from './status';
import { TopRow } from './topRow';

/** The whole page; what it shows follows from the one state it is given, and stays in place while results come. */
export class Panel {
  readonly #top: TopRow;
  /** Says what changed to those who do not see it: the stage, not every step. */
  readonly #announcement = h('p', { class: 'unseen', role: 'status' });
  readonly #strip = h('div', { class: 'strips' });
  readonly #status = h('div');
  readonly #tabs: Tabs<TabName>;
  readonly #images: Browser;
  readonly #detection: Detection;
  readonly #parts: Readonly<Record<TabName, Part>>;
  readonly #drawer: Drawer;
  readonly #redraws: (() => void)[] = [];
  #name = '';
  #shown: Report | undefined;
  #places = false;

  constructor(
    root: HTMLElement,
    private readonly host: Host,
  ) {
    const page: Page = {
      host,
      queue,
      model: () => this.#name,
      choose: (choices) => {
        this.#tabs.select('images');
        this.#images.choose(choices);
      },
      lead: (tab, figure) => {
        this.#lead(tab, figure);
      },
      showImage: (name) => {
        this.#tabs.select('images');
        this.#images.select(name);
      },
      onTheme: (redraw) => {
        this.#redraws.push(redraw);
      },
    };
    this.#top = new TopRow(host);
    this.#tabs = new Tabs(tabNames, (name, before) => {
      this.#turned(name, before);
    });
    this.#images = new Browser(page, {
      tab: 'images',
      table: (report) => {
        const images = imageTable(report);
        return images.rows.length > 0 ? images : comparisonTable(report);
      },
      filters: imageFilters,
    });
    this.#detection = new Detection(page);
    this.#parts = {
      overview: new Overview(page),
      images: this.#images,
      geometry: new Geometry(page),
      detection: this.#detection,
    };
    for (const [name, { element }] of Object.entries(this.#parts)) this.#tabs.panel(name as TabName).append(element);
    this.#drawer = new Drawer(host);
    root.replaceChildren(
      h('header', { class: 'top' }, this.#top.element, this.#tabs.list),
      this.#announcement,
      this.#strip,
      this.#status,
      this.#tabs.panels,
      this.#drawer.element,
    );
    window.addEventListener('scroll', () => {
      this.#keepScroll();
    });
  }

  show(state: PanelState): void {
    const { report, model, phase, progress } = state;
    const compared = report ? comparedModels(report).join(' and ') : '';
    this.#name = compared || baseName(report?.manifest.model.path ?? model);
    document.title = this.#name === '' ? 'Boundary Lens' : `${this.#name} – Boundary Lens`;
    this.#top.show(this.#name, state);
    const said = phase === 'running' ? (progress?.stage ?? 'Starting') : phase;
    if (this.#announcement.textContent !== said) this.#announcement.textContent = said;
    fill(this.#status, status(state, this.host));
    const reading = report ? readingOf(report) : awaited(state);
    for (const part of [this.#tabs.list, this.#tabs.panels]) part.hidden = !reading;
    this.#drawer.element.hidden = !report;
    if (reading && (!report || report !== this.#shown)) this.#read(reading);
    if (report && report !== this.#shown) this.#report(report);
    if (!report) this.#strip.replaceChildren();
    this.#shown = report;
  }

  /** Draws all figures again, in the colours of now. */
  redraw(): void {
    for (const redraw of this.#redraws) redraw();
  }

  #read(reading: Reading): void {
    const offered = tabsOf(reading);
    this.#tabs.offer(offered, this.host.place.tab);
    for (const name of offered) this.#parts[name].update(reading);
  }

  #report(report: Report): void {
    fill(this.#strip, ...brokenPremises(report).map((text) => h('p', { class: 'premise' }, text)));
    this.#drawer.update(report);
    if (this.#places) return;
    this.#places = true;
    this.#restoreScroll();
  }

  #turned(name: TabName, before: TabName | undefined): void {
    const { scroll = {} } = this.host.place;
    this.host.remember({
      tab: name,
      scroll: before === undefined ? scroll : { ...scroll, [before]: Math.round(window.scrollY) },
    });
    this.#restoreScroll();
  }

  /** To the figure, else to the beginning of its tab; the focus goes along. */
  #lead(tab: TabName, figure: string | undefined): void {
    this.#tabs.select(tab);
    const element = figure === undefined ? null : document.getElementById(figure);
    for (let fold = element?.closest('details'); fold; fold = fold.parentElement?.closest('details')) fold.open = true;
    const place = element ?? this.#tabs.panel(tab);
    place.scrollIntoView({ block: 'start' });
    const title = place.querySelector<HTMLElement>('[tabindex="-1"]');
    title?.focus({ preventScroll: true });
  }

  #keepScroll(): void {
    const { current } = this.#tabs;
    if (current === undefined || !this.#places) return;
    this.host.remember({ scroll: { ...this.host.place.scroll, [current]: Math.round(window.scrollY) } });
  }

  #restoreScroll(): void {
    const { current } = this.#tabs;
    const top = current === undefined ? 0 : (this.host.place.scroll?.[current] ?? 0);
    requestAnimationFrame(() => {
      window.scrollTo({ top });
    });
  }
}

/** What a run will be about that has found nothing yet. */
function awaited({ phase, planned = [] }: PanelState): Reading | undefined {
  return phase === 'running' && planned.length > 0 ? { report: undefined, planned, running: true } : undefined;
}
