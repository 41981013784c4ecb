import type { Report } from '../../src/protocol/report';
import { type Cell, type Column, sorted, type Table } from '../../src/reading/table';
import { h } from './dom';
import type { Host } from './host';
import { imageLink, thumbnail } from './images';

const mostRows = 200;

/** A table that is sorted by its header buttons and draws 200 rows until asked for all. */
export class Grid {
  readonly element = h('div', { class: 'grid' });
  #table: Table = { caption: '', sortedBy: '', columns: [], rows: [] };
  #report: Report | undefined;
  /** Unless the user chose otherwise, the table's own order. */
  #sorted: string | undefined;
  #descending = false;
  #all = false;

  constructor(private readonly host: Host) {}

  /** Shows the rows of a table; the pictures of its images are the report's. */
  update(table: Table, report: Report): void {
    this.#table = table;
    this.#report = report;
    this.#draw();
  }

  #draw(): void {
    const focused = this.element.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset['key']
      : undefined;
    const scroller = this.element.querySelector('.scroller');
    const [left, top] = [scroller?.scrollLeft ?? 0, scroller?.scrollTop ?? 0];
    const { caption, columns, rows, sortedBy } = this.#table;
    const sortedNow = this.#sorted ?? sortedBy;
    const order = sorted(columns, rows, sortedNow, this.#descending);
    const image = columns.findIndex(({ kind }) => kind === 'image');
    const pictured = image >= 0 && Object.keys(this.#report?.thumbnails ?? {}).length > 0;
    const shown = this.#all ? order : order.slice(0, mostRows);
    const table = h(
      'table',
      {},
      h('caption', { class: 'unseen' }, caption),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          pictured &&
            h('th', { scope: 'col', class: 'picture', title: 'Picture' }, h('span', { class: 'unseen' }, 'Picture')),
          ...columns.map((column) => this.#header(column, sortedNow)),
        ),
      ),
      h(
        'tbody',
        {},
        ...shown.map((row) =>
          h(
            'tr',
            {},
            pictured && h('td', { class: 'picture' }, this.#picture(row[image])),
            ...columns.map(({ kind }, i) => h('td', { class: kind }, this.#cell(kind, row[i]))),
          ),
        ),
      ),
    );
    this.element.replaceChildren(
      h('div', { class: 'scroller', tabindex: 0, role: 'region', 'aria-label': caption }, table),
      order.length > shown.length
        ? h(
            'button',
            {
              class: 'quiet',
              'data-key': 'all',
              click: () => {
                this.#all = true;
                this.#draw();
              },
            },
            `Show all ${order.length} rows`,
          )
        : '',
    );
    this.element.querySelector('.scroller')?.scrollTo(left, top);
    if (focused !== undefined) this.element.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  #header({ title, hint, kind }: Column, sortedNow: string): HTMLElement {
    const active = title === sortedNow;
    const sort = () => {
      this.#descending = active && !this.#descending;
      this.#sorted = title;
      this.#draw();
    };
    return h(
      'th',
      { scope: 'col', class: kind, 'aria-sort': active ? (this.#descending ? 'descending' : 'ascending') : null },
      h(
        'button',
        { class: 'sort', title: hint, 'data-key': `sort ${title}`, click: sort },
        title,
        h('span', { class: 'arrow', 'aria-hidden': 'true' }, active ? (this.#descending ? '▼' : '▲') : ''),
      ),
    );
  }

  #picture(cell: Cell | undefined): Node | string {
    return this.#report && cell ? thumbnail(this.#report, cell.text) : '';
  }

  #cell(kind: Column['kind'], cell: Cell | undefined): Node | string {
    if (!cell) return '';
    const { text, value, badge, bad } = cell;
    if (badge) {
      const rest = text.slice(badge.length).replace(/^, /, '');
      return h('span', { class: 'verdict' }, h('strong', { class: `badge ${badge}` }, badge), rest);
    }
    if (kind === 'image') return imageLink(text, this.host);
    if (kind === 'share' && value !== null) {
      return h('span', { class: 'place' }, h('meter', { min: 0, max: 1, value, 'aria-label': text }), text);
    }
    return bad ? h('span', { class: 'bad' }, text) : text;
  }
}
