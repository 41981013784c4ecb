import type { PanelState } from '../../src/protocol/view';
import { duration } from '../../src/reading/format';
import { progressInWords, runInWords, stateInWords } from '../../src/reading/run';
import { button } from '../parts/controls';
import { fill, h } from '../parts/dom';
import type { Host } from '../parts/host';
import { menu, type MenuEntry } from '../parts/menu';

/** The row that stays: the model, which of its runs, how it stands, and what can be done. */
export class TopRow {
  readonly element: HTMLElement;
  readonly #title = h('h1');
  readonly #run = h('span', { class: 'runs' });
  readonly #state = h('span', { class: 'state' });
  readonly #actions = h('span', { class: 'actions' });
  readonly #now = h('p', { class: 'now muted' });
  readonly #bar = h('progress', { max: 1, 'aria-label': 'Progress' });

  constructor(private readonly host: Host) {
    const more = host.answers ? menu('More', this.#entries()) : null;
    this.element = h(
      'div',
      { class: 'row' },
      h('div', { class: 'line' }, this.#title, this.#run, this.#state, this.#actions, more),
      this.#now,
      this.#bar,
    );
  }

  show(name: string, state: PanelState): void {
    const { phase, report, progress, file } = state;
    this.#title.textContent = name === '' ? 'Boundary Lens' : name;
    this.#title.title = this.#title.textContent;
    this.#drawRun(runInWords(state, Date.now()));
    const { text, warning } = stateInWords(state);
    fill(this.#state, h('span', { class: warning ? 'badge warning' : 'muted' }, text));
    const running = phase === 'running';
    // A report from a file has no run to be repeated, and after a failure or a cancel the page says itself what can be done.
    this.#drawActions(running, file === undefined && (running || phase === 'done'));
    const { durationMs, backend } = report?.manifest ?? {};
    this.#now.textContent = running
      ? progressInWords(progress)
      : durationMs !== undefined && backend
        ? `Computed in ${duration(durationMs)} on ${backend.id}.`
        : '';
    this.#bar.hidden = !running;
    const share = progress?.share ?? undefined;
    if (share === undefined) this.#bar.removeAttribute('value');
    else this.#bar.value = share;
  }

  #drawRun(text: string): void {
    if (this.#run.textContent === text) return;
    const pick = (): void => {
      this.host.send({ type: 'pick-run' });
    };
    const shown = this.host.answers
      ? h('button', { class: 'picker', 'data-action': 'pick-run', title: 'Show other results', click: pick }, text)
      : h('span', { class: 'muted' }, text);
    this.#run.replaceChildren(...(text === '' ? [] : [shown]));
  }

  /** Cancel is offered while there is something to cancel, and Rerun when there is not. */
  #drawActions(running: boolean, offered: boolean): void {
    const type = running ? 'cancel' : 'retry';
    this.#actions.hidden = !offered;
    if (!this.host.answers || this.#actions.querySelector(`[data-action="${type}"]`)) return;
    const click = (): void => {
      this.host.send({ type });
    };
    const focused = this.#actions.contains(document.activeElement);
    const one = button(running ? 'Cancel' : 'Rerun', type, click, 'secondary');
    this.#actions.replaceChildren(one);
    if (focused) one.focus();
  }

  #entries(): MenuEntry[] {
    const ask = (text: string, type: 'open-report' | 'choose' | 'showLog'): MenuEntry => ({
      text,
      action: type,
      click: () => {
        this.host.send({ type });
      },
    });
    const exported = (['json', 'csv', 'html'] as const).map((as): MenuEntry => {
      const names = { json: 'Export JSON Report …', csv: 'Export CSV Table …', html: 'Export HTML Page …' };
      return {
        text: names[as],
        action: `export ${as}`,
        click: () => {
          this.host.send({ type: 'export', as });
        },
      };
    });
    return [
      ...exported,
      ask('Open Report …', 'open-report'),
      ask('Choose Other Files …', 'choose'),
      ask('Show Log', 'showLog'),
    ];
  }
}
