import type { AnalysisName } from '../../../src/protocol/analyses';
import { openings } from '../../../src/reading/answers';
import { chapter, chapterTitle } from '../../../src/reading/findings';
import { type Reading, tabOf } from '../../../src/reading/tabs';
import { figuresOf } from '../../figures';
import { titles } from '../../figures/titles';
import { fill, h } from '../../parts/dom';
import { FigureSet } from '../figureSet';
import { Fold, type Part } from '../fold';
import type { Page } from '../page';
import { Fragile } from './fragile';

/** The figures that show the first sentences; the rest is folded. */
const shown = ['distances', 'nearest-classes', 'distance-pairs', 'differences', 'predictions'];

/** What is called what while it is still to come. */
const pending: Readonly<Partial<Record<AnalysisName, Readonly<Record<string, string>>>>> = {
  boundary: { distances: titles.distances, 'nearest-classes': titles['nearest-classes'] },
  compare: {
    'distance-pairs': titles['distance-pairs'],
    differences: 'What changes between the two',
  },
};

/** What a colleague would say, and the figures that show it. */
export class Overview implements Part {
  readonly element = h('div', { class: 'overview' });
  readonly #answers = h('ol', { class: 'answers', 'aria-label': 'In short' });
  readonly #fragile: Fragile;
  readonly #figures: FigureSet;
  readonly #folds = h('div');
  readonly #known = new Map<string, Fold>();

  constructor(private readonly page: Page) {
    this.#fragile = new Fragile(page);
    this.#figures = new FigureSet(page);
    this.element.append(this.#answers, this.#fragile.element, this.#figures.element, this.#folds);
  }

  update(reading: Reading): void {
    const { report, running } = reading;
    const first = openings(reading);
    fill(
      this.#answers,
      ...first.map(({ about, answer }) => {
        if (!answer) return h('li', { class: 'pending muted' }, `${about} …`);
        const { text, tab, figure } = answer;
        return h('li', {}, h('button', { class: 'answer', 'data-tab': tab, 'data-figure': figure }, text));
      }),
    );
    for (const button of this.#answers.querySelectorAll('button')) {
      const { tab, figure } = button.dataset;
      const found = first.find(({ answer }) => answer?.tab === tab && answer?.figure === figure)?.answer;
      button.onclick = () => {
        if (found) this.page.lead(found.tab, found.figure);
      };
    }
    this.#fragile.update(reading);
    const planned = reading.planned.filter((name) => tabOf[name] === 'overview');
    const figures = report ? planned.flatMap((name) => figuresOf(name, report)) : [];
    this.#figures.update(
      shown.flatMap((id) => figures.find((figure) => figure.id === id) ?? []),
      running ? Object.fromEntries(planned.flatMap((name) => Object.entries(pending[name] ?? {}))) : {},
    );
    for (const name of planned) {
      const sentences = ((report && chapter(name, report))?.findings ?? []).map(({ text }) => text);
      let fold = this.#known.get(name);
      if (!fold) {
        fold = new Fold(name, chapterTitle(name), this.page);
        this.#known.set(name, fold);
        this.#folds.append(fold.element);
      }
      fold.update(sentences, report ? figuresOf(name, report).filter(({ id }) => !shown.includes(id)) : []);
    }
  }
}
