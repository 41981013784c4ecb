import type { Report } from '../../../src/protocol/report';
import { checkScript } from '../../../src/reading/checkScript';
import { type ImageDetail, imageDetail, type Line } from '../../../src/reading/detail';
import { capital, number, signed } from '../../../src/reading/format';
import { slicePlanes } from '../../../src/reading/slicePlanes';
import { button } from '../../parts/controls';
import { disclosure } from '../../parts/disclosure';
import { h } from '../../parts/dom';
import type { Page } from '../page';
import { place } from './place';

/** All that is known of one image: what is said of it first, then what it rests on. */
export function detail(report: Report, name: string, page: Page): HTMLElement {
  const said = imageDetail(report, name);
  const { verdict, lines = [], more = [], curvatures = [] } = said ?? {};
  return h(
    'article',
    { class: 'detail', 'aria-label': name },
    h('div', { class: 'pictures' }, ...pictures(report, name, said)),
    h(
      'div',
      { class: 'said' },
      verdict &&
        h(
          'p',
          { class: 'verdict' },
          h('strong', { class: `badge ${verdict.verdict}` }, capital(verdict.name)),
          verdict.because,
        ),
      h('h3', { tabindex: -1 }, name),
      facts(lines),
      place(report, name),
      bars(curvatures),
      slices(report, name, page),
      h('div', { class: 'actions' }, page.host.answers && open(name, page), copyScript(report, name, page)),
      more.length > 0 && disclosure('detail-more', 'More numbers', page.host, facts(more)),
    ),
  );
}

function open(name: string, { host }: Page): HTMLElement {
  return button(
    'Open File',
    'openImage',
    () => {
      host.send({ type: 'openImage', name });
    },
    'secondary',
  );
}

/** Copies lines that reproduce the image's class and margin with the user's own framework, where they are known. */
function copyScript(report: Report, name: string, { host }: Page): HTMLElement | false {
  const script = checkScript(report, name);
  if (script === undefined) return false;
  return button(
    'Copy Check Script',
    'copyScript',
    () => {
      host.copy(script);
    },
    'secondary',
  );
}

function pictures(report: Report, name: string, said: ImageDetail | undefined): Node[] {
  const shown = report.pictures?.[name];
  const small = shown?.seen ?? report.thumbnails?.[name];
  const entry = (source: string, text: string): Node =>
    h('figure', {}, h('img', { src: source, alt: '' }), h('figcaption', {}, text));
  return [
    ...(small === undefined ? [] : [entry(small, 'Image')]),
    ...(shown
      ? [entry(shown.boundary, said?.target == null ? 'At the boundary' : `At the boundary to ${said.target}`)]
      : []),
    ...(shown ? [entry(shown.difference, `Difference, × ${number(127.5 / shown.largest, 2)}`)] : []),
  ];
}

function facts(lines: readonly Line[]): HTMLElement {
  return h('dl', { class: 'facts' }, ...lines.flatMap(({ name, text }) => [h('dt', {}, name), h('dd', {}, text)]));
}

/** Mean curvature of the boundary towards each class: bars to either side of 0. */
function bars(curvatures: ImageDetail['curvatures']): HTMLElement | null {
  const most = Math.max(...curvatures.map(({ value }) => Math.abs(value)));
  if (curvatures.length === 0 || most === 0) return null;
  const row = ({ name, value }: ImageDetail['curvatures'][number]): HTMLElement => {
    const bar = h('span', { class: value < 0 ? 'bar below' : 'bar' });
    bar.style.width = `${(50 * Math.abs(value)) / most}%`;
    return h(
      'li',
      {},
      h('span', { class: 'name', title: name }, name),
      h('span', { class: 'track', 'aria-hidden': 'true' }, bar),
      h('span', { class: 'value' }, signed(value, 2)),
    );
  };
  return h(
    'div',
    { class: 'curvatures' },
    h('h4', {}, 'Curvature of the boundary to each class'),
    h('ul', {}, ...curvatures.map(row)),
  );
}

/** The cross-sections that the image is in. */
function slices(report: Report, name: string, page: Page): HTMLElement | null {
  const planes = report.analyses.slice ? slicePlanes(report.analyses.slice) : [];
  const own = planes.flatMap(({ title, anchors }, i) =>
    anchors.some((anchor) => anchor.name === name) ? [{ title, i }] : [],
  );
  if (own.length === 0) return null;
  const link = ({ title, i }: (typeof own)[number]): HTMLElement => {
    const click = (): void => {
      page.lead('geometry', `slice-${i + 1}`);
    };
    return h('li', {}, h('button', { class: 'link', click }, title));
  };
  return h('ul', { class: 'slices', 'aria-label': 'Cross-sections with this image' }, ...own.map(link));
}
