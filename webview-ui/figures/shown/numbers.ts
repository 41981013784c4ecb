import { number } from '../../../src/reading/format';
import { h } from '../../parts/dom';
import type { Cell, Figure } from '../figure';

/** A figure's numbers as a table. */
export function numbersTable({ table, title }: Pick<Figure, 'table' | 'title'>): HTMLElement {
  const numeric = (value: Cell | undefined): value is number | null => typeof value === 'number' || value === null;
  const headings = table.columns.map((column, i) =>
    h('th', { scope: 'col', class: numeric(table.rows[0]?.[i]) ? 'number' : 'text' }, column),
  );
  const cell = (value: Cell): HTMLElement => {
    return numeric(value) ? h('td', { class: 'number' }, number(value, 4)) : h('td', {}, value);
  };
  return h(
    'div',
    { class: 'scroller', tabindex: 0, role: 'region', 'aria-label': `Numbers: ${title}` },
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, ...headings)),
      h('tbody', {}, ...table.rows.map((row) => h('tr', {}, ...row.map(cell)))),
    ),
  );
}
