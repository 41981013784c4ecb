import { h } from './dom';
import { rove, stop } from './roving';

export interface MenuEntry {
  readonly text: string;
  /** By which it is found. */
  readonly action: string;
  readonly click: () => void;
}

/** A button that opens a list of what can be done; Escape and a click elsewhere close it. */
export function menu(name: string, entries: readonly MenuEntry[]): HTMLElement {
  const open = h(
    'button',
    {
      class: 'secondary more',
      'aria-haspopup': 'menu',
      'aria-expanded': 'false',
      'aria-label': name,
      title: name,
      'data-action': 'menu',
    },
    '⋯',
  );
  const show = (shown: boolean): void => {
    list.hidden = !shown;
    open.setAttribute('aria-expanded', String(shown));
  };
  const list = h(
    'div',
    { role: 'menu', 'aria-label': name, hidden: true },
    ...entries.map(({ text, action, click }) => {
      const chosen = (): void => {
        show(false);
        open.focus();
        click();
      };
      return h('button', { role: 'menuitem', 'data-action': action, click: chosen }, text);
    }),
  );
  rove(list, '[role=menuitem]');
  open.addEventListener('click', () => {
    show(list.hidden);
    if (list.hidden) return;
    stop(list, '[role=menuitem]');
    list.querySelector<HTMLElement>('[role=menuitem]')?.focus();
  });
  const element = h('div', { class: 'menu' }, open, list);
  element.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || list.hidden) return;
    show(false);
    open.focus();
  });
  document.addEventListener('pointerdown', ({ target }) => {
    if (!(target instanceof Node) || !element.contains(target)) show(false);
  });
  return element;
}
