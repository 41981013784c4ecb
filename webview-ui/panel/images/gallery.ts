import type { Report } from '../../../src/protocol/report';
import type { Cell, Table } from '../../../src/reading/table';
import { h } from '../../parts/dom';
import { pictureOf } from '../../parts/images';

/** Images as pictures, in the order of a table's rows, each with what matters most. */
export function gallery(
  report: Report,
  { columns, caption }: Table,
  rows: Table['rows'],
  selected: string | undefined,
  select: (name: string) => void,
): HTMLElement {
  const cell = (row: readonly Cell[], title: string): Cell | undefined =>
    row[columns.findIndex((column) => column.title === title)];
  const image = columns.findIndex(({ kind }) => kind === 'image');
  const card = (row: readonly Cell[]): HTMLElement => {
    const name = row[image]?.text ?? '';
    const click = (): void => {
      select(name);
    };
    const badge = cell(row, 'Verdict')?.badge;
    const becomes = ['Predicted', 'Nearest other'].flatMap((title) => cell(row, title)?.text ?? []).join(' → ');
    const size = (cell(row, 'Distance') ?? cell(row, 'Confidence'))?.text ?? '';
    return h(
      'button',
      {
        class: 'card',
        title: name,
        'data-image': name,
        'data-key': `card ${name}`,
        'aria-current': name === selected ? 'true' : null,
        click,
      },
      pictureOf(report, name),
      badge && h('span', { class: `said-${badge.verdict}` }, badge.text),
      h('span', { class: cell(row, 'Right?')?.bad ? 'becomes bad' : 'becomes' }, becomes),
      !badge && h('span', { class: 'muted' }, size),
      h('span', { class: 'unseen' }, cell(row, 'Right?')?.bad ? `wrong, ${name}` : name),
    );
  };
  return h('ul', { class: 'cards gallery', 'aria-label': caption }, ...rows.map((row) => h('li', {}, card(row))));
}
