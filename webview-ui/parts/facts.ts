import type { Report } from '../../src/protocol/report';
import { type Fact, facts } from '../../src/reading/about';
import { h } from './dom';

/** What was analysed, with what, and at which cost. */
export function header(report: Report): HTMLElement {
  return h(
    'section',
    { class: 'about', 'aria-label': 'What was analysed' },
    factList(facts(report)),
    noteList(report.manifest.notes),
  );
}

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
