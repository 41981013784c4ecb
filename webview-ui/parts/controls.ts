import { h } from './dom';

/** A button. What it does, `action` names, by which it is found again where it is drawn anew. */
export function button(
  text: string,
  action: string,
  click: () => void,
  kind: 'primary' | 'secondary' = 'primary',
): HTMLElement {
  return h('button', { class: kind, 'data-action': action, click }, text);
}

/** Buttons that belong together, by a name for those who do not see it. */
export function group(kind: string, name: string, ...children: readonly Node[]): HTMLElement {
  return h('div', { class: kind, role: 'group', 'aria-label': name }, ...children);
}

/** How things stand, and what can be done. */
export function box(title: string, text: string, ...actions: readonly (Node | null)[]): HTMLElement {
  return h(
    'section',
    { class: 'status' },
    h('h2', {}, title),
    h('p', {}, text),
    actions.length > 0 && h('div', { class: 'actions' }, ...actions),
  );
}
