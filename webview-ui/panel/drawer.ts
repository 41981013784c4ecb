import type { Report } from '../../src/protocol/report';
import { facts } from '../../src/reading/about';
import { glossary } from '../../src/reading/glossary';
import { disclosure } from '../parts/disclosure';
import { fill, h } from '../parts/dom';
import { factList, noteList } from '../parts/facts';
import type { Host } from '../parts/host';
import { failures } from './status';

/** What was analysed, with what, at which cost and what went wrong: at the bottom, for who looks it up. */
export class Drawer {
  readonly element = h('div', { class: 'drawer' });
  readonly #content = h('div', { class: 'about' });
  readonly #title: HTMLElement;

  constructor(host: Host) {
    const about = disclosure('about', 'About these results', host, this.#content);
    const words = glossary.map(({ term, meaning }) => ({ name: term, text: meaning }));
    this.element.append(disclosure('words', 'What the words mean', host, factList(words)), about);
    this.#title = about.querySelector('summary') ?? about;
  }

  update(report: Report): void {
    const { failures: failed, manifest } = report;
    const lacking = failed.length === 0 ? '' : `, ${failed.length} failed`;
    this.#title.textContent = `About these results: model, preprocessing, cost, command${lacking}`;
    fill(
      this.#content,
      failed.length > 0 &&
        h(
          'section',
          { id: 'failures', 'aria-labelledby': 'failures-title' },
          h('h2', { id: 'failures-title' }, `Failed: ${failed.length}`),
          failures(failed),
        ),
      factList(facts(report)),
      noteList(manifest.notes),
    );
  }
}
