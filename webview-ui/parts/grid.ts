import type { Report } from '../../src/protocol/report';
import type { ListPlace } from '../../src/protocol/view';
import { type Cell, type Column, sorted, type Table } from '../../src/reading/table';
import { h } from './dom';
import { thumbnail } from './images';
import { rove, stop } from './roving';

const mostRows = 200;

/** Who is told what the user does in a table. */
interface Listener {
  /** An image was chosen. */
  readonly open: (image: string) => void;
  readonly order: (sortedBy: string, descending: boolean) => void;
}

/**
 * A table that is sorted by its header buttons and draws 200 rows until asked for all. Its headings are one tab stop, its rows
 * another.
 */
export class Grid {
  readonly element = h('div', { class: 'grid' });
  #table: Table = { caption: '', sortedBy: '', columns: [], rows: [] };
  #report: Report | undefined;
  #order: Pick<ListPlace, 'sortedBy' | 'descending'> = {};
  #selected: string | undefined;
  #all = false;

  constructor(private readonly listener?: Listener) {
    rove(this.element, 'button.sort');
    rove(this.element, 'button.name');
  }

  /**
   * Shows the rows of a table; the pictures of its images are the report's.
   *
   * @param order - what the user chose otherwise than the table's own; kept where it is left out.
   */
  update(table: Table, report: Report, order = this.#order, selected?: string): void {
    this.#table = table;
    this.#report = report;
    this.#order = order;
    this.#selected = selected;
    this.#draw();
  }

  #draw(): void {
    const focused = this.element.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset['key']
      : undefined;
    const scroller = this.element.querySelector('.scroller');
    const [left, top] = [scroller?.scrollLeft ?? 0, scroller?.scrollTop ?? 0];
    const { caption, columns, rows, sortedBy } = this.#table;
    const { sortedBy: by = sortedBy, descending = false } = this.#order;
    const order = sorted(columns, rows, by, descending);
    const image = columns.findIndex(({ kind }) => kind === 'image');
    const pictured = image >= 0 && Object.keys(this.#report?.thumbnails ?? {}).length > 0;
    const shown = this.#all ? order : order.slice(0, mostRows);
    const picture = (row: readonly Cell[]): HTMLElement => {
      const name = row[image]?.text;
      return h('td', { class: 'picture' }, this.#report && name !== undefined && thumbnail(this.#report, name));
    };
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
          ...columns.map((column) => this.#header(column, by, descending)),
        ),
      ),
      h(
        'tbody',
        {},
        ...shown.map((row) =>
          h(
            'tr',
            { class: this.#selected !== undefined && row[image]?.text === this.#selected ? 'selected' : null },
            pictured && picture(row),
            ...columns.map(({ kind, title }, i) =>
              h('td', { class: kind, 'data-title': title }, this.#cell(kind, row[i])),
            ),
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
    stop(this.element, 'button.sort');
    stop(this.element, 'button.name', this.element.querySelector<HTMLElement>('tr.selected button.name'));
    if (focused !== undefined) this.element.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  #header({ title, hint, kind }: Column, by: string, descending: boolean): HTMLElement {
    const active = title === by;
    const sort = (): void => {
      this.#order = { sortedBy: title, descending: active && !descending };
      this.listener?.order(title, active && !descending);
      this.#draw();
    };
    return h(
      'th',
      { scope: 'col', class: kind, 'aria-sort': active ? (descending ? 'descending' : 'ascending') : null },
      h(
        'button',
        { class: 'sort', title: hint, 'data-key': `sort ${title}`, click: sort },
        title,
        h('span', { class: 'arrow', 'aria-hidden': 'true' }, active ? (descending ? '▼' : '▲') : ''),
      ),
    );
  }

  #cell(kind: Column['kind'], cell: Cell | undefined): Node | string {
    if (!cell) return '';
    const { text, value, badge, bad } = cell;
    if (badge) {
      const rest = text.slice(badge.text.length).replace(/^, /, '');
      return h('span', { class: 'verdict' }, h('strong', { class: `badge ${badge.verdict}` }, badge.text), rest);
    }
    if (kind === 'image') return this.#image(text);
    if (kind === 'share' && value !== null) {
      return h('span', { class: 'place' }, h('meter', { min: 0, max: 1, value, 'aria-label': text }), text);
    }
    return bad ? h('span', { class: 'bad' }, text) : text;
  }

  #image(name: string): Node {
    const { listener } = this;
    if (!listener) return h('span', { class: 'name', title: name }, name);
    const open = (): void => {
      listener.open(name);
    };
    return h('button', { class: 'link name', title: name, 'data-key': `open ${name}`, click: open }, name);
  }
}
