import { h } from './dom';

/** One column of a grid: how a row is shown in it, and what it is sorted by. */
export interface Column<Row> {
  readonly title: string;
  /** Said on hover and to screen readers where the title is terse. */
  readonly hint?: string;
  readonly kind?: 'number' | 'text' | 'picture';
  readonly show: (row: Row) => Node | string;
  /** Absent: not sortable. Null sorts last, either way. */
  readonly sortBy?: (row: Row) => number | string | null;
}

const mostRows = 200;

/** A table that is sorted by its header buttons and draws 200 rows until asked for all. */
export class Grid<Row> {
  readonly element = h('div', { class: 'grid' });
  #rows: readonly Row[] = [];
  #columns: readonly Column<Row>[] = [];
  #sorted: string | undefined;
  #descending = false;
  #all = false;

  constructor(
    private readonly caption: string,
    sorted?: string,
    descending = false,
  ) {
    this.#sorted = sorted;
    this.#descending = descending;
  }

  update(columns: readonly Column<Row>[], rows: readonly Row[]): void {
    this.#columns = columns;
    this.#rows = rows;
    this.#draw();
  }

  #order(): readonly Row[] {
    const by = this.#columns.find(({ title }) => title === this.#sorted)?.sortBy;
    if (!by) return this.#rows;
    const direction = this.#descending ? -1 : 1;
    return [...this.#rows].sort((a, b) => {
      const [x, y] = [by(a), by(b)];
      if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
      return direction * (typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y)));
    });
  }

  #draw(): void {
    const focused = this.element.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset['key']
      : undefined;
    const scroller = this.element.querySelector('.scroller');
    const [left, top] = [scroller?.scrollLeft ?? 0, scroller?.scrollTop ?? 0];
    const order = this.#order();
    const shown = this.#all ? order : order.slice(0, mostRows);
    const table = h(
      'table',
      {},
      h('caption', { class: 'unseen' }, this.caption),
      h('thead', {}, h('tr', {}, ...this.#columns.map((column) => this.#header(column)))),
      h(
        'tbody',
        {},
        ...shown.map((row) =>
          h('tr', {}, ...this.#columns.map(({ kind = 'text', show }) => h('td', { class: kind }, show(row)))),
        ),
      ),
    );
    this.element.replaceChildren(
      h('div', { class: 'scroller', tabindex: 0, role: 'region', 'aria-label': this.caption }, table),
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

  #header({ title, hint, kind = 'text', sortBy }: Column<Row>): HTMLElement {
    if (!sortBy) {
      return h(
        'th',
        { scope: 'col', class: kind, title: hint },
        title || h('span', { class: 'unseen' }, hint ?? 'Picture'),
      );
    }
    const active = title === this.#sorted;
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
}
