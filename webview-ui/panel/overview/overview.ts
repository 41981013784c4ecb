import type { Report } from '../../../src/protocol/report';
import { openings } from '../../../src/reading/answers';
import { chapter, chapterTitle } from '../../../src/reading/findings';
import { plannedAnalyses, tabOf } from '../../../src/reading/tabs';
import { figuresOf } from '../../figures';
import { fill, h } from '../../parts/dom';
import { FigureSet } from '../figureSet';
import { Fold, type Part } from '../fold';
import type { Page } from '../page';
import { Fragile } from './fragile';

/** The figures that show the first sentences; the rest is folded. */
const shown = ['distances', 'nearest-classes', 'distance-pairs', 'differences', 'predictions'];

/** What is called what while it is still to come. */
const pending = { distances: 'How much change flips an image', 'nearest-classes': 'Which class is nearest' };

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

  update(report: Report): void {
    fill(
      this.#answers,
      ...openings(report).map(({ about, answer }) => {
        if (!answer) return h('li', { class: 'pending muted' }, `${about} …`);
        const { text, tab, figure } = answer;
        return h('li', {}, h('button', { class: 'answer', 'data-tab': tab, 'data-figure': figure }, text));
      }),
    );
    for (const button of this.#answers.querySelectorAll('button')) {
      const { tab, figure } = button.dataset;
      const found = openings(report).find(({ answer }) => answer?.tab === tab && answer?.figure === figure)?.answer;
      button.onclick = () => {
        if (found) this.page.lead(found.tab, found.figure);
      };
    }
    const running = report.manifest.state === 'running';
    this.#fragile.update(report);
    const planned = plannedAnalyses(report).filter((name) => tabOf[name] === 'overview');
    const figures = planned.flatMap((name) => figuresOf(name, report));
    const first = shown.flatMap((id) => figures.find((figure) => figure.id === id) ?? []);
    this.#figures.update(first, running && planned.includes('boundary') ? pending : {});
    for (const name of planned) {
      const sentences = (chapter(name, report)?.findings ?? []).map(({ text }) => text);
      let fold = this.#known.get(name);
      if (!fold) {
        fold = new Fold(name, chapterTitle(name), this.page);
        this.#known.set(name, fold);
        this.#folds.append(fold.element);
      }
      fold.update(
        sentences,
        figuresOf(name, report).filter(({ id }) => !shown.includes(id)),
      );
    }
  }
}
