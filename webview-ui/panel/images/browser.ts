import type { Report } from '../../../src/protocol/report';
import type { ListPlace, TabName } from '../../../src/protocol/view';
import { sorted, type Table } from '../../../src/reading/table';
import type { Reading } from '../../../src/reading/tabs';
import type { Choices } from '../../figures/figure';
import { button } from '../../parts/controls';
import { h } from '../../parts/dom';
import { Grid } from '../../parts/grid';
import { rove, stop } from '../../parts/roving';
import type { Part } from '../fold';
import type { Page } from '../page';
import { detail } from './detail';
import { type Filter, isLeft, leftInWords } from './filters';
import { gallery } from './gallery';

/** What is listed: one row an image, and how to choose among them. */
export interface Listing {
  readonly tab: TabName;
  readonly table: (report: Report) => Table;
  readonly filters: (report: Report) => Filter[];
}

/** More pictures than this are not drawn at once. */
const mostCards = 200;

const none: Table = { caption: '', sortedBy: '', columns: [], rows: [] };

/** Images as a gallery or a table, and beside it all that is known of the one that is selected. */
export class Browser implements Part {
  readonly element: HTMLElement;
  readonly #tools = h('div', { class: 'tools line' });
  readonly #list = h('div', { class: 'list' });
  readonly #detail = h('div', { class: 'beside' });
  readonly #grid: Grid;
  #report: Report | undefined;
  #table = none;
  #filters: Filter[] = [];
  #seen = '';
  #shown = '';

  constructor(
    private readonly page: Page,
    private readonly listing: Listing,
  ) {
    this.#grid = new Grid({
      open: (name) => {
        this.select(name);
      },
      order: (sortedBy, descending) => {
        this.#remember({ sortedBy, descending });
        this.#draw();
      },
    });
    const back = button(
      'Back',
      'back',
      () => {
        this.element.classList.remove('chosen');
        this.#focused()?.focus();
      },
      'secondary',
    );
    back.classList.add('back');
    this.element = h(
      'div',
      { class: 'browser' },
      this.#tools,
      this.#list,
      h('div', { class: 'aside' }, back, this.#detail),
    );
    rove(this.#list, '.card');
  }

  update({ report }: Reading): void {
    this.#report = report;
    this.#table = report ? this.listing.table(report) : none;
    this.#filters = report ? this.listing.filters(report) : [];
    const seen = JSON.stringify([this.#table, Object.keys(report?.thumbnails ?? {}).length]);
    if (seen !== this.#seen) this.#draw();
    this.#seen = seen;
    this.#drawDetail();
  }

  /** Shows an image; those that the filters hide are shown all. */
  select(name: string): void {
    if (!isLeft(this.#filters, this.#place.filters ?? {}, name)) this.#remember({ filters: {} });
    this.#remember({ selected: name });
    this.element.classList.add('chosen');
    this.#draw();
    this.#drawDetail();
  }

  /** Shows the images that a click on a figure chose. */
  choose(choices: Choices): void {
    this.#remember({ filters: { ...choices } });
    this.element.classList.remove('chosen');
    this.#draw();
    this.#drawDetail();
    this.#tools.querySelector<HTMLElement>('.left')?.focus();
  }

  get #place(): ListPlace {
    return this.page.host.place.lists?.[this.listing.tab] ?? {};
  }

  #remember(change: ListPlace): void {
    const { lists } = this.page.host.place;
    this.page.host.remember({ lists: { ...lists, [this.listing.tab]: { ...this.#place, ...change } } });
  }

  #image(row: Table['rows'][number] | undefined): string {
    return row?.[this.#table.columns.findIndex(({ kind }) => kind === 'image')]?.text ?? '';
  }

  /** The rows that the filters leave, in the order that was chosen. */
  #rows(): Table['rows'] {
    const { sortedBy = this.#table.sortedBy, descending = false, filters = {} } = this.#place;
    const left = this.#table.rows.filter((row) => isLeft(this.#filters, filters, this.#image(row)));
    return sorted(this.#table.columns, left, sortedBy, descending);
  }

  /** The image that is shown: the one that was chosen, else the first. */
  #selected(rows = this.#rows()): string | undefined {
    const { selected } = this.#place;
    return rows.some((row) => this.#image(row) === selected) ? selected : this.#image(rows[0]) || undefined;
  }

  #draw(): void {
    const report = this.#report;
    const rows = this.#rows();
    const selected = this.#selected(rows);
    const single = this.#table.rows.length === 1;
    this.element.classList.toggle('single', single);
    this.element.classList.toggle('empty', this.#table.rows.length === 0);
    this.#drawTools(rows.length);
    const focused = this.#list.contains(document.activeElement)
      ? document.activeElement?.closest<HTMLElement>('[data-key]')?.dataset['key']
      : undefined;
    if (!report) {
      this.#list.replaceChildren();
    } else if (this.#view === 'table') {
      this.#grid.update({ ...this.#table, rows }, report, this.#place, selected);
      if (!this.#list.contains(this.#grid.element)) this.#list.replaceChildren(this.#grid.element);
    } else {
      const scrolled = this.#list.querySelector('.gallery')?.scrollTop ?? 0;
      const cards = gallery(report, this.#table, rows.slice(0, mostCards), selected, (name) => {
        this.select(name);
      });
      const left = rows.length - mostCards;
      this.#list.replaceChildren(
        cards,
        left > 0 ? h('p', { class: 'muted' }, `and ${left} more; the table has all.`) : '',
      );
      cards.scrollTop = scrolled;
      stop(this.#list, '.card', this.#list.querySelector<HTMLElement>('.card[aria-current]'));
    }
    if (focused !== undefined) this.#list.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  get #view(): 'gallery' | 'table' {
    const { view } = this.#place;
    const pictured = Object.keys(this.#report?.thumbnails ?? {}).length > 0;
    return pictured ? (view ?? 'gallery') : 'table';
  }

  #drawTools(left: number): void {
    const { filters = {} } = this.#place;
    const focused = this.#tools.contains(document.activeElement) ? document.activeElement?.id : undefined;
    const view = (name: 'gallery' | 'table', text: string): HTMLElement => {
      const click = (): void => {
        this.#remember({ view: name });
        this.#draw();
      };
      const id = `${this.listing.tab}-${name}`;
      return h('button', { class: 'choice', id, 'aria-pressed': String(this.#view === name), click }, text);
    };
    const select = ({ id, title, choices }: Filter): HTMLElement => {
      const change = ({ target }: Event): void => {
        if (!(target instanceof HTMLSelectElement)) return;
        const kept = Object.entries(this.#place.filters ?? {}).filter(([own]) => own !== id);
        const chosen: [string, string][] = target.value === '' ? [] : [[id, target.value]];
        this.#remember({ filters: Object.fromEntries([...kept, ...chosen]) });
        this.#draw();
        this.#drawDetail();
      };
      const options = choices.map((choice) =>
        h(
          'option',
          { value: choice.id, selected: filters[id] === choice.id },
          `${choice.text} (${choice.images.size})`,
        ),
      );
      return h(
        'label',
        {},
        h('span', {}, title),
        h('select', { id: `${this.listing.tab}-filter-${id}`, change }, h('option', { value: '' }, 'all'), ...options),
      );
    };
    const all = this.#table.rows.length;
    const pictured = all > 0 && Object.keys(this.#report?.thumbnails ?? {}).length > 0;
    const awaited = all === 0 && (!this.#report || this.#report.manifest.state === 'running');
    this.#tools.replaceChildren(
      h('span', { class: 'left', tabindex: -1 }, awaited ? 'Still to come.' : leftInWords(left, all)),
      ...(pictured
        ? [
            h(
              'span',
              { class: 'choices', role: 'group', 'aria-label': 'Show as' },
              view('gallery', 'Gallery'),
              view('table', 'Table'),
            ),
          ]
        : []),
      ...this.#filters.map(select),
    );
    if (focused) document.getElementById(focused)?.focus();
  }

  #drawDetail(): void {
    const selected = this.#selected();
    const report = this.#report;
    const next = report && selected !== undefined ? detail(report, selected, this.page) : null;
    const shown = next?.outerHTML ?? '';
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#detail.replaceChildren(...(next ? [next] : []));
  }

  #focused(): HTMLElement | null {
    return this.#list.querySelector<HTMLElement>('.card[tabindex="0"], button.name[tabindex="0"]');
  }
}
