import type { Report } from '../../../src/protocol/report';
import { number, percent } from '../../../src/reading/format';
import { className } from '../../../src/reading/names';
import { type Found, mostFragile } from '../../../src/reading/nearest';
import type { Reading } from '../../../src/reading/tabs';
import { h } from '../../parts/dom';
import { pictureOf } from '../../parts/images';
import { rove, stop } from '../../parts/roving';
import type { Part } from '../fold';
import type { Page } from '../page';

const most = 8;

/** The images that the smallest changes flip, as pictures: each with the class that it becomes and how little it takes. */
export class Fragile implements Part {
  readonly element: HTMLElement;
  readonly #list = h('ol', { class: 'cards' });
  #seen = '';

  constructor(private readonly page: Page) {
    this.element = h(
      'section',
      { class: 'fragile', 'aria-labelledby': 'fragile-title' },
      h('h2', { id: 'fragile-title', tabindex: -1 }, 'Most fragile images'),
      this.#list,
    );
    rove(this.#list, 'button');
  }

  update({ report, planned, running }: Reading): void {
    const found = report ? mostFragile(report).slice(0, most) : [];
    this.element.hidden = !planned.includes('boundary') || (found.length === 0 && !running);
    const seen = JSON.stringify([found, running, Object.keys(report?.thumbnails ?? {}).length]);
    if (this.element.hidden || seen === this.#seen) return;
    this.#seen = seen;
    const focused = document.activeElement?.closest<HTMLElement>('.fragile button')?.dataset['image'];
    const places = running ? Math.min(most, report?.manifest.images.count ?? most) : found.length;
    this.#list.replaceChildren(
      ...Array.from({ length: places }, (_, i) => {
        const item = found[i];
        return h(
          'li',
          {},
          item && report ? this.#card(report, item) : h('div', { class: 'card empty' }, 'still to come'),
        );
      }),
    );
    const again = [...this.#list.querySelectorAll('button')].find((button) => button.dataset['image'] === focused);
    stop(this.#list, 'button', again ?? null);
    if (focused !== undefined) again?.focus();
  }

  #card(report: Report, { name, label, target, relativeDistance, distance }: Found): HTMLElement {
    const click = (): void => {
      this.page.showImage(name);
    };
    return h(
      'button',
      { class: 'card', title: name, 'data-image': name, click },
      pictureOf(report, name),
      h('span', { class: 'becomes' }, `${className(report, label)} → ${className(report, target)}`),
      h('span', { class: 'muted' }, relativeDistance === null ? number(distance) : percent(relativeDistance)),
    );
  }
}
