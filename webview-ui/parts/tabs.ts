import { h } from './dom';
import { rove, stop } from './roving';

/** Tabs as the ARIA practices describe them: one is shown, the arrow keys go to the next and show it. */
export class Tabs<Name extends string> {
  readonly list = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Questions' });
  readonly panels = h('div', { class: 'panels' });
  readonly #entries = new Map<Name, { readonly tab: HTMLElement; readonly panel: HTMLElement }>();
  #selected: Name | undefined;

  /**
   * @param names - what each is called, in their order.
   * @param selected - called when the user has chosen another.
   */
  constructor(
    names: Readonly<Record<Name, string>>,
    private readonly selected: (name: Name, before: Name | undefined) => void,
  ) {
    for (const [name, text] of Object.entries(names) as [Name, string][]) {
      const click = (): void => {
        this.select(name);
      };
      const tab = h('button', { role: 'tab', id: `tab-${name}`, 'aria-controls': `panel-${name}`, click }, text);
      const panel = h('div', { role: 'tabpanel', id: `panel-${name}`, 'aria-labelledby': `tab-${name}` });
      this.#entries.set(name, { tab, panel });
      this.list.append(tab);
      this.panels.append(panel);
    }
    rove(this.list, '[role=tab]:not([hidden])', (tab) => {
      tab.click();
    });
  }

  get current(): Name | undefined {
    return this.#selected;
  }

  panel(name: Name): HTMLElement {
    const entry = this.#entries.get(name);
    if (!entry) throw new RangeError(`there is no tab ${name}`);
    return entry.panel;
  }

  /** Shows these tabs alone; no list where there is but one. The one that was shown stays where it can, else it is the first. */
  offer(names: readonly Name[], first: Name | undefined = names[0]): void {
    for (const [name, { tab }] of this.#entries) tab.hidden = !names.includes(name);
    this.list.hidden = names.length < 2;
    const kept = [this.#selected, first].find((name) => name !== undefined && names.includes(name)) ?? names[0];
    for (const [name, { tab, panel }] of this.#entries) {
      panel.hidden = name !== kept;
      tab.setAttribute('aria-selected', String(name === kept));
      // Without a list there is no tab that would name the panel.
      panel.setAttribute('role', names.length < 2 ? 'none' : 'tabpanel');
    }
    this.#selected = kept;
    this.#stop();
  }

  select(name: Name): void {
    const before = this.#selected;
    if (before === name) return;
    this.#selected = name;
    for (const [other, { tab, panel }] of this.#entries) {
      tab.setAttribute('aria-selected', String(other === name));
      panel.hidden = other !== name;
    }
    this.#stop();
    this.selected(name, before);
  }

  #stop(): void {
    const selected = this.#selected === undefined ? null : this.#entries.get(this.#selected)?.tab;
    stop(this.list, '[role=tab]:not([hidden])', selected ?? null);
  }
}
