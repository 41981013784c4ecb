import type { Inspection } from '../../src/protocol/job';
import type { FromModelPage, ModelPageState, PastResult } from '../../src/protocol/modelPage';
import { literal } from '../../src/reading/format';
import {
  exportCode,
  inspectionFacts,
  modelName,
  reasonWithoutCode,
  resultAge,
  versionInWords,
} from '../../src/reading/model';
import { noReason } from '../../src/reading/run';
import { box, button, group } from '../parts/controls';
import { fill, h } from '../parts/dom';
import { factList, noteList } from '../parts/facts';

type Send = (message: FromModelPage) => void;
type Plain = Exclude<FromModelPage['type'], 'refused' | 'showResults'>;

/** More classes than this are drawn when they are asked for by scrolling only. */
const mostClasses = 2000;

const said: Readonly<Record<ModelPageState['phase'], string>> = {
  restricted: 'Restricted Mode',
  reading: 'Reading',
  read: 'Read',
  refused: 'Not read',
  gone: 'Gone',
};

/** The page of one model; what it shows follows from the one state it is given. */
export class ModelView {
  readonly #title = h('h1');
  readonly #version = h('p', { class: 'muted' });
  readonly #actions: HTMLElement;
  /** Says what changed to those who do not see it. */
  readonly #announcement = h('p', { class: 'unseen', role: 'status' });
  readonly #status = h('div');
  readonly #facts = h('div');
  /** The facts that are drawn, as JSON. */
  #shown: string | undefined;
  readonly #results = h('div');

  constructor(
    root: HTMLElement,
    private readonly send: Send,
  ) {
    this.#actions = group(
      'actions',
      'What to do with this model',
      this.#button('Analyze', 'analyze', 'primary'),
      this.#button('Check Images', 'checkImages'),
      this.#button('Compare', 'compare'),
      this.#button('Watch', 'watch'),
      this.#button('Choose Preprocessing', 'choosePreprocessing'),
    );
    root.classList.add('model');
    root.replaceChildren(
      h('header', { class: 'top line' }, h('div', { class: 'about' }, this.#title, this.#version), this.#actions),
      this.#announcement,
      this.#status,
      this.#results,
      this.#facts,
    );
  }

  show(state: ModelPageState): void {
    const { path, phase, version, inspection, results, now } = state;
    const name = literal(modelName(path));
    this.#title.textContent = name;
    document.title = name;
    if (this.#announcement.textContent !== said[phase]) this.#announcement.textContent = said[phase];
    this.#version.textContent = version ? versionInWords(version, now) : '';
    this.#actions.hidden = inspection === undefined && phase !== 'reading';
    fill(this.#status, this.#statusOf(state));
    fill(this.#results, results.length > 0 && this.#resultsOf(results, now));
    const facts = JSON.stringify(inspection);
    // Drawn again, the list of classes would be folded.
    if (facts !== this.#shown) fill(this.#facts, inspection && factsOf(inspection));
    this.#shown = facts;
  }

  #statusOf({ phase, inspection, failure }: ModelPageState): Node | null {
    switch (phase) {
      case 'read':
        return null;
      case 'reading':
        return inspection ? null : h('p', { class: 'muted waiting' }, 'Reading what the file says of itself …');
      case 'gone':
        return box('The file is gone', 'It was moved or deleted. Where it comes back, it is shown again.');
      case 'restricted':
        return box(
          'Nothing is read in Restricted Mode',
          'A model is read only in a workspace that you trust.',
          this.#button('Manage Trust', 'manageTrust', 'primary'),
        );
      case 'refused':
        return this.#refusal(failure?.message ?? noReason);
    }
  }

  #refusal(message: string): Node {
    const code = exportCode(message);
    const reason = literal(reasonWithoutCode(message), 4000);
    return h(
      'section',
      { class: 'status failed', 'aria-labelledby': 'refused' },
      h('h2', { id: 'refused' }, 'This file cannot be analysed'),
      h('p', { class: 'reason' }, reason),
      code !== undefined && h('pre', {}, h('code', {}, code)),
      h(
        'div',
        { class: 'actions' },
        code !== undefined && this.#button('Copy export code', 'copyExport', 'primary'),
        this.#button('Try again', 'again'),
        this.#button('Show Log', 'showLog'),
      ),
    );
  }

  #resultsOf(results: readonly PastResult[], now: number): Node {
    return h(
      'section',
      { class: 'results', 'aria-labelledby': 'results' },
      h('h2', { id: 'results' }, 'Last results'),
      h('ul', {}, ...results.map((result) => this.#result(result, now))),
    );
  }

  #result(result: PastResult, now: number): Node {
    const { id, title, headlines, changed } = result;
    const show = (): void => {
      this.send({ type: 'showResults', id });
    };
    return h(
      'li',
      {},
      h('button', { class: 'link', 'data-result': id, click: show }, literal(title)),
      ' ',
      changed && h('strong', { class: 'badge warning' }, 'Outdated'),
      h('span', { class: 'muted' }, resultAge(result, now)),
      headlines.length > 0 && h('span', { class: 'figures-in-words' }, literal(headlines.join(' · '), 1000)),
    );
  }

  #button(text: string, type: Plain, kind: 'primary' | 'secondary' = 'secondary'): HTMLElement {
    const click = (): void => {
      this.send({ type });
    };
    return button(text, type, click, kind);
  }
}

function factsOf(inspection: Inspection): Node {
  const { classNames, notes } = inspection;
  return h(
    'section',
    { class: 'about', 'aria-label': 'What the file says of itself' },
    factList(inspectionFacts(inspection)),
    classNames !== null && classNames.length > 10 && allClasses(classNames),
    noteList(notes.map((note) => literal(note, 2000))),
  );
}

/** All classes by name, folded. */
function allClasses(names: readonly string[]): Node {
  const left = names.length - mostClasses;
  return h(
    'details',
    { class: 'classes' },
    h('summary', {}, `All ${names.length.toLocaleString('en')} classes`),
    h('ol', { start: 0 }, ...names.slice(0, mostClasses).map((name) => h('li', {}, literal(name)))),
    left > 0 && h('p', { class: 'muted' }, `and ${left.toLocaleString('en')} more`),
  );
}
