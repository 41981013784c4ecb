import type { Report } from '../../src/protocol/report';
import { h } from './dom';
import type { Host } from './host';

/** The image's small picture; its name stands beside it. */
export function thumbnail(report: Report, image: string): Node | string {
  const source = report.thumbnails?.[image];
  return source === undefined ? '' : h('img', { src: source, alt: '' });
}

/** The image's name, a way to open it where there is somebody to ask. */
export function imageLink(image: string, host: Host): Node {
  if (!host.answers) return h('span', { class: 'name', title: image }, image);
  const open = () => {
    host.send({ type: 'openImage', name: image });
  };
  return h('button', { class: 'link name', title: image, 'data-key': `open ${image}`, click: open }, image);
}
