import type { FromSeriesPage, SeriesPoint, SeriesState } from '../../src/protocol/seriesPage';
import { baseName, count, literal, moment, percent } from '../../src/reading/format';
import { modelName } from '../../src/reading/model';
import { pointName, saves } from '../figures/saves';
import { FigureView } from '../figures/shown/figureView';
import { button, group } from '../parts/controls';
import { fill, h } from '../parts/dom';

const said: Readonly<Record<SeriesState['phase'], string>> = {
  waiting: 'Waiting for the next save',
  running: 'Analysing',
  stopped: 'Stopped',
  done: 'Done',
};

const marks: Readonly<Record<SeriesPoint['state'], string>> = {
  running: 'running',
  done: '',
  cancelled: 'cancelled',
  failed: 'failed',
};

/** The page of a series: a table of its points, the last one first where they are saves, and one figure. */
export class SeriesView {
  readonly #title = h('h1');
  readonly #about = h('p', { class: 'muted' });
  readonly #actions = group('actions', 'What to do with this series');
  /** Says what changed to those who do not see it. */
  readonly #announcement = h('p', { class: 'unseen', role: 'status' });
  readonly #picture = h('div');
  readonly #table = h('div');
  #figure: FigureView | undefined;

  constructor(
    root: HTMLElement,
    private readonly send: (message: FromSeriesPage) => void,
  ) {
    root.classList.add('series');
    root.replaceChildren(
      h('header', { class: 'top line' }, h('div', { class: 'about' }, this.#title, this.#about), this.#actions),
      this.#announcement,
      this.#picture,
      this.#table,
    );
  }

  show(state: SeriesState): void {
    const { kind, path, images, phase, points } = state;
    const name = literal(modelName(path));
    this.#title.textContent = name;
    document.title = name;
    const many = count(points.length, kind === 'watch' ? 'save' : 'model');
    this.#about.textContent = `${said[phase]} · ${many} · quick, on ${literal(baseName(images))}`;
    if (this.#announcement.textContent !== said[phase]) this.#announcement.textContent = said[phase];
    fill(this.#actions, this.#action(state));
    this.#draw(state);
    // Its buttons are new with every state, so that it is drawn where it says something else.
    const table = this.#rows(state);
    if (table.outerHTML !== this.#table.innerHTML) this.#table.replaceChildren(table);
  }

  /** Draws the figure again, in the colours of now. */
  redraw(): void {
    this.#figure?.draw();
  }

  #action({ phase, kind }: SeriesState): Node | null {
    const act = (text: string, type: 'start' | 'stop'): Node => {
      const click = (): void => {
        this.send({ type });
      };
      return button(text, type, click, 'secondary');
    };
    if (phase === 'waiting' || phase === 'running') return act(kind === 'watch' ? 'Stop Watching' : 'Stop', 'stop');
    if (phase === 'done') return null;
    return act(kind === 'watch' ? 'Watch Again' : 'Go On', 'start');
  }

  #draw(state: SeriesState): void {
    const figure = saves(state);
    if (!figure) {
      this.#figure = undefined;
      fill(this.#picture);
      return;
    }
    if (this.#figure) {
      this.#figure.update(figure);
      return;
    }
    const host = {
      save: (name: string, data: string): void => {
        this.send({ type: 'saveFigure', name, data });
      },
    };
    const queue = (draw: () => void): void => {
      setTimeout(draw);
    };
    const model = (): string => modelName(state.path);
    this.#figure = new FigureView(figure, { host, queue, model });
    this.#picture.replaceChildren(this.#figure.element);
    this.#figure.update(figure);
  }

  #rows({ kind, points, now, phase }: SeriesState): HTMLElement {
    if (points.length === 0) {
      const what =
        kind === 'watch' ? 'The first results come with the first analysis of the file.' : 'Nothing is found yet.';
      return h('p', { class: 'muted' }, phase === 'running' ? 'The first analysis is going on.' : what);
    }
    const order = kind === 'watch' ? points.toReversed() : points;
    const columns = [kind === 'watch' ? 'Save' : 'Checkpoint', 'Saved', 'Predicted right', 'Half flip at'];
    return h(
      'div',
      { class: 'scroller', tabindex: 0, role: 'region', 'aria-label': 'Results of each' },
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h('tr', {}, ...columns.map((title, i) => h('th', { scope: 'col', class: i < 2 ? 'text' : 'number' }, title))),
        ),
        h(
          'tbody',
          {},
          ...order.map((point) => {
            return h(
              'tr',
              {},
              h('td', {}, this.#link(point, literal(pointName(kind, points, point)))),
              h('td', { class: 'when' }, point.saved === null ? '–' : moment(point.saved, now)),
              ...(point.state === 'failed'
                ? [h('td', { colspan: 2, class: 'reason' }, literal(point.reason ?? 'failed', 300))]
                : [
                    h('td', { class: 'number' }, marks[point.state] || percent(point.accuracy)),
                    h('td', { class: 'number' }, percent(point.distance)),
                  ]),
            );
          }),
        ),
      ),
    );
  }

  #link({ key, state }: SeriesPoint, name: string): Node {
    const click = (): void => {
      this.send({ type: 'showResults', id: key });
    };
    const what = state === 'failed' ? 'Show why' : 'Show results of';
    return h('button', { class: 'link', 'data-result': key, 'aria-label': `${what} ${name}`, click }, name);
  }
}
