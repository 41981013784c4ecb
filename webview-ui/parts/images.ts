import type { Report } from '../../src/protocol/report';
import { h } from './dom';

/** The image's small picture, nothing where the report has none; its name stands beside it. */
export function thumbnail(report: Report, image: string): Node | null {
  const source = report.thumbnails?.[image];
  return source === undefined ? null : h('img', { src: source, alt: '' });
}

/** A picture with a place of its own, also where the report has none. */
export function pictureOf(report: Report, image: string): HTMLElement {
  return h('span', { class: 'pictured' }, thumbnail(report, image));
}
