import type { Candidate, Preflight } from '../../src/protocol/preflight';
import type { FromPreflightPage, PreflightPageState } from '../../src/protocol/preflightPage';
import { baseName, literal, percent } from '../../src/reading/format';
import { modelName } from '../../src/reading/model';
import { doubtInWords, predictionsInWords, proposalInWords, resultInWords } from '../../src/reading/preflight';
import { box, button, group } from '../parts/controls';
import { fill, h } from '../parts/dom';

type Send = (message: FromPreflightPage) => void;
type Phase = PreflightPageState['phase'];
type Plain = 'replace' | 'back' | 'asItIs' | 'cancel' | 'showLog';

const said: Readonly<Record<Phase, string>> = {
  looking: 'Looking at a few of the images',
  fine: 'Nothing is to be asked',
  trying: 'Trying the usual preprocessings',
  asking: 'Please choose a preprocessing',
  replacing: 'There is a side file already',
  unwritable: 'The side file could not be written',
  failed: 'The images could not be looked at',
};

/** The page on which a preprocessing is chosen; what it shows follows from the one state it is given, and from what is selected. */
export class PreflightView {
  readonly #title = h('h1');
  readonly #about = h('p', { class: 'muted' });
  /** Says what changed to those who do not see it. */
  readonly #announcement = h('p', { class: 'unseen', role: 'status' });
  readonly #status = h('div');
  readonly #pictures = h('div');
  readonly #candidates = h('div');
  readonly #actions = h('div');
  #state: PreflightPageState | undefined;
  /** The place of the candidate that is selected. */
  #selected: number | undefined;
  /** The candidates that are drawn, as JSON: drawn again, the one with the focus would lose it. */
  #drawn: string | undefined;

  constructor(
    root: HTMLElement,
    private readonly send: Send,
  ) {
    root.classList.add('model', 'preflight');
    root.replaceChildren(
      h('header', { class: 'top line' }, h('div', { class: 'about' }, this.#title, this.#about)),
      this.#announcement,
      this.#status,
      this.#pictures,
      this.#candidates,
      this.#actions,
    );
  }

  show(state: PreflightPageState): void {
    const { model, phase, preflight } = state;
    const candidates = preflight?.candidates ?? [];
    if (this.#state?.preflight?.candidates.length !== candidates.length) {
      this.#selected = preflight?.proposal ? 0 : undefined;
    }
    this.#state = state;
    const name = literal(modelName(model));
    this.#title.textContent = `How ${name} sees the images`;
    document.title = `Images: ${name}`;
    this.#about.textContent = aboutOf(preflight);
    if (this.#announcement.textContent !== said[phase]) this.#announcement.textContent = said[phase];
    this.#draw();
  }

  #draw(): void {
    const state = this.#state;
    if (!state) return;
    const { phase, preflight } = state;
    fill(this.#status, ...this.#statusOf(state));
    fill(this.#pictures, preflight && preflight.sampled > 0 && this.#picturesOf(preflight));
    const drawn = JSON.stringify(preflight?.candidates);
    if (drawn !== this.#drawn) {
      fill(this.#candidates, preflight && preflight.candidates.length > 0 && this.#list(preflight));
    }
    this.#drawn = drawn;
    this.#candidates.hidden = phase === 'replacing' || phase === 'unwritable';
    fill(this.#actions, this.#buttons(state));
  }

  #statusOf(state: PreflightPageState): (Node | null)[] {
    const { phase, purpose, preflight, failure } = state;
    switch (phase) {
      case 'looking':
        return [h('p', { class: 'muted waiting' }, 'Looking at a few of the images …')];
      case 'failed':
        return [
          box(
            'The images could not be looked at',
            literal(failure?.message ?? 'No reason was given.', 4000),
            this.#plain('Show Log', 'showLog'),
          ),
        ];
      case 'replacing':
        return [
          box(
            `${this.#sideFile(state)} is there already`,
            'What would change stands in the editor beside, the file as it is on the left. All that it says besides the preprocessing stays.',
          ),
        ];
      case 'unwritable':
        return [
          box(`${this.#sideFile(state)} cannot be written`, literal(failure?.message ?? '', 1000)),
          h('p', {}, 'Keep this under that name beside a copy of the model, or use it for this run alone.'),
          h('pre', {}, h('code', {}, this.#candidate()?.sideFile ?? '')),
        ];
      case 'fine':
        return [
          box(
            'Nothing is to be asked',
            purpose === 'run' ? 'The run starts when you have said how thorough it shall be.' : '',
          ),
        ];
      case 'trying':
      case 'asking':
        return preflight ? [this.#doubts(preflight, phase)] : [];
    }
  }

  #doubts(preflight: Preflight, phase: Phase): Node {
    const { doubts } = preflight;
    const proposal = proposalInWords(preflight);
    return h(
      'section',
      { class: doubts.some((doubt) => doubt !== 'unstated') ? 'status failed' : 'status', 'aria-labelledby': 'doubts' },
      h('h2', { id: 'doubts' }, doubts.length > 0 ? 'Please look before it runs' : 'Nothing is in doubt'),
      ...doubts.map((doubt) => h('p', {}, doubtInWords(doubt, preflight))),
      proposal !== '' && h('p', {}, h('strong', {}, proposal)),
      phase === 'trying' && h('p', { class: 'muted waiting' }, 'The usual preprocessings are being tried …'),
    );
  }

  #picturesOf(preflight: Preflight): Node {
    const candidate = this.#candidate() ?? preflight.current;
    const which = this.#candidate() ? `with “${candidate.name}”` : 'as things are';
    return h(
      'section',
      { class: 'seen', 'aria-labelledby': 'seen' },
      h('h2', { id: 'seen' }, `As the network sees them, ${which}`),
      h('p', { class: 'muted' }, `${candidate.formula}: ${resultInWords(preflight, candidate)}`),
      h('ul', {}, ...candidate.shown.map((_, i) => pictureOf(preflight, candidate, i))),
    );
  }

  #list(preflight: Preflight): Node {
    return h(
      'fieldset',
      { class: 'candidates' },
      h('legend', {}, 'The usual preprocessings on the same images, the best first'),
      ...preflight.candidates.map((candidate, i) => this.#row(preflight, candidate, i)),
    );
  }

  #row(preflight: Preflight, candidate: Candidate, i: number): Node {
    const change = (): void => {
      this.#selected = i;
      this.#draw();
    };
    const input = h('input', { type: 'radio', name: 'candidate', value: i, change, checked: this.#selected === i });
    const share = candidate.right === null ? candidate.confidence : candidate.right / Math.max(1, preflight.labelled);
    return h(
      'label',
      {},
      input,
      h('strong', {}, candidate.name),
      h('span', { class: 'muted' }, candidate.formula),
      h('meter', { min: 0, max: 1, value: share, 'aria-hidden': 'true' }),
      h('span', { class: 'result' }, resultInWords(preflight, candidate)),
    );
  }

  #buttons({ phase, purpose, preflight }: PreflightPageState): Node | null {
    const isRun = purpose === 'run';
    const once = isRun && this.#ofCandidate('Use Once', 'useOnce', 'secondary');
    const asItIs = isRun && this.#plain('Run as It Is', 'asItIs');
    const cancel = this.#plain('Cancel', 'cancel');
    const some = (...buttons: (Node | null | false)[]): Node =>
      group('actions', 'What to do', ...buttons.filter((one): one is Node => one instanceof Node));
    switch (phase) {
      case 'looking':
      case 'fine':
      case 'failed':
        return some(cancel);
      case 'trying':
        return some(asItIs, cancel);
      case 'replacing':
        return some(this.#plain('Replace the File', 'replace', 'primary'), once, this.#plain('Back', 'back'), cancel);
      case 'unwritable':
        return some(this.#ofCandidate('Copy the JSON', 'copy', 'primary'), once, this.#plain('Back', 'back'), cancel);
      case 'asking': {
        const hasChoice = preflight !== undefined && preflight.candidates.length > 0;
        const save = hasChoice && this.#ofCandidate(isRun ? 'Use and Save' : 'Save', 'save', 'primary');
        return some(save, hasChoice && once, asItIs, cancel);
      }
    }
  }

  /** A button about the selected candidate, which does nothing until there is one. */
  #ofCandidate(text: string, type: 'save' | 'useOnce' | 'copy', kind: 'primary' | 'secondary'): HTMLElement {
    const element = button(
      text,
      type,
      () => {
        if (this.#selected !== undefined) this.send({ type, candidate: this.#selected });
      },
      kind,
    );
    if (this.#selected === undefined) {
      element.setAttribute('disabled', '');
      element.title = 'Choose one of the list first';
    }
    return element;
  }

  #plain(text: string, type: Plain, kind: 'primary' | 'secondary' = 'secondary'): HTMLElement {
    return button(
      text,
      type,
      () => {
        this.send({ type });
      },
      kind,
    );
  }

  #candidate(): Candidate | undefined {
    return this.#selected === undefined ? undefined : this.#state?.preflight?.candidates[this.#selected];
  }

  #sideFile({ preflight }: PreflightPageState): string {
    return literal(baseName(preflight?.sideFile.path ?? 'boundary-lens.json'));
  }
}

function aboutOf(preflight: Preflight | undefined): string {
  if (!preflight) return '';
  return preflight.sampled === 0
    ? 'None of the images could be read.'
    : `As things are, ${predictionsInWords(preflight)}`;
}

/** An image as the network sees it, with what it is taken for, and for what it is known to be. */
function pictureOf({ predictions }: Preflight, { shown, pictures }: Candidate, i: number): Node {
  const { name = '', label = null } = predictions[i] ?? {};
  const { predicted = '', confidence = 0 } = shown[i] ?? {};
  const picture = pictures[i];
  const verdict = label === null ? '' : label === predicted ? 'right' : `wrong: it is ${literal(label, 60)}`;
  return h(
    'li',
    {},
    picture !== undefined && h('img', { src: picture, alt: literal(name), title: literal(name) }),
    h('strong', {}, literal(predicted, 60)),
    h('span', { class: 'muted' }, [percent(confidence, 0), verdict].filter(Boolean).join(', ')),
  );
}
