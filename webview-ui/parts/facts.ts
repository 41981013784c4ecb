import type { Fact } from '../../src/reading/about';
import { h } from './dom';

export function factList(list: readonly Fact[]): HTMLElement {
  return h(
    'dl',
    { class: 'facts' },
    ...list.flatMap(({ name, text, warning, code }) => [
      h('dt', {}, name),
      h(
        'dd',
        {},
        warning !== undefined && h('strong', { class: 'badge warning' }, warning),
        text,
        code !== undefined && text !== '' && ' ',
        code !== undefined && h('code', { class: text === '' ? 'command' : null }, code),
      ),
    ]),
  );
}

/** Notes, where there are any. */
export function noteList(notes: readonly string[]): HTMLElement | null {
  if (notes.length === 0) return null;
  return h('ul', { class: 'notes', 'aria-label': 'Notes' }, ...notes.map((note) => h('li', {}, note)));
}
