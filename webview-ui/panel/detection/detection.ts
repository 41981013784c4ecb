import { detectability } from '../../../src/reading/detectability';
import { chapter } from '../../../src/reading/findings';
import { capital } from '../../../src/reading/format';
import type { Reading } from '../../../src/reading/tabs';
import { verdictTable } from '../../../src/reading/verdicts';
import { figuresOf } from '../../figures';
import { titles } from '../../figures/titles';
import { h } from '../../parts/dom';
import { FigureSet } from '../figureSet';
import { Fold, type Part } from '../fold';
import { Browser } from '../images/browser';
import { verdictFilters } from '../images/filters';
import type { Page } from '../page';

/** Whether perturbed images can be told, and what is said of those that were checked. */
export class Detection implements Part {
  readonly element: HTMLElement;
  readonly images: Browser;
  readonly #answer = h('p', { class: 'sentence' });
  readonly #caught: FigureSet;
  readonly #how: Fold;
  readonly #calibration: HTMLElement;
  readonly #title = h('h2', { id: 'detect-title', tabindex: -1 }, 'Checked images');
  readonly #checked: HTMLElement;
  readonly #worth: Fold;

  constructor(page: Page) {
    this.#caught = new FigureSet(page);
    this.#how = new Fold('calibration-more', 'ROC curves, scores and recovered labels', page);
    this.#worth = new Fold('detect-more', 'What the verdicts are worth', page);
    this.images = new Browser(page, { tab: 'detection', table: verdictTable, filters: verdictFilters });
    this.#calibration = h(
      'section',
      { id: 'calibration', class: 'block', 'aria-labelledby': 'calibration-title' },
      h('h2', { id: 'calibration-title', tabindex: -1 }, 'Can it be told here?'),
      this.#answer,
      this.#caught.element,
      this.#how.element,
    );
    this.#checked = h(
      'section',
      { id: 'detect', class: 'block', 'aria-labelledby': 'detect-title' },
      this.#title,
      this.images.element,
      this.#worth.element,
    );
    this.element = h('div', { class: 'detection' }, this.#calibration, this.#checked);
  }

  update(reading: Reading): void {
    const { report, planned, running } = reading;
    this.#calibration.hidden = !planned.includes('calibration');
    this.#checked.hidden = !planned.includes('detect');
    const { calibration, detect } = report?.analyses ?? {};
    const found = calibration && detectability(calibration);
    this.#answer.replaceChildren(
      ...(found ? [h('strong', {}, `${capital(found.answer)}.`), ` ${found.because}`] : ['Still to come.']),
    );
    const figures = report ? figuresOf('calibration', report) : [];
    this.#caught.update(
      figures.filter(({ id }) => id === 'caught'),
      running ? { caught: titles.caught } : {},
    );
    const sentences = (name: 'calibration' | 'detect'): string[] =>
      ((report && chapter(name, report))?.findings ?? []).map(({ text }) => text);
    this.#how.update(
      sentences('calibration'),
      figures.filter(({ id }) => id !== 'caught'),
    );
    // A single image's verdict needs no heading: it is the answer.
    const checked = running ? (report?.manifest.images.count ?? 1) : (detect?.images?.length ?? 0);
    const single = !planned.includes('calibration') && checked <= 1;
    this.#title.classList.toggle('unseen', single);
    this.#title.textContent = single ? 'The verdict' : 'Checked images';
    this.images.update(reading);
    this.#worth.update(sentences('detect'), report ? figuresOf('detect', report) : []);
  }
}
