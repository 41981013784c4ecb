import type { Item } from '../src/protocol/analyses';
import type { Report } from '../src/protocol/report';
import { className } from '../src/reading/classes';
import { percent, significant } from '../src/reading/format';
import { h } from './dom';
import { scenarios } from './figures/paths';
import type { Column } from './grid';

type Pair = Item<'paths'>;

/** One row a pair of points: whether a path was found, and how long it is. */
export function pathColumns(report: Report): Column<Pair>[] {
  return [
    {
      title: 'Ends',
      hint: 'What the two ends are',
      show: ({ scenario }) => scenarios[scenario] ?? String(scenario),
      sortBy: ({ scenario }) => scenario,
    },
    { title: 'From', show: ({ from }) => from, sortBy: ({ from }) => from },
    { title: 'To', show: ({ to }) => to, sortBy: ({ to }) => to },
    { title: 'Class', show: ({ label }) => className(report, label), sortBy: ({ label }) => className(report, label) },
    {
      title: 'Path',
      hint: 'Whether a path inside the region was found',
      show: ({ connected, straightInside, furthest }) =>
        connected
          ? straightInside
            ? 'straight'
            : 'bent'
          : h('span', { class: 'bad' }, `none found${furthest === null ? '' : `, ${percent(furthest, 0)} of the way`}`),
      sortBy: ({ connected, straightInside }) => Number(connected) + Number(straightInside),
    },
    { title: 'Anchors', kind: 'number', show: ({ anchors }) => significant(anchors), sortBy: ({ anchors }) => anchors },
    {
      title: 'Length − 1',
      hint: 'Length of the path over the straight distance, less one',
      kind: 'number',
      show: ({ relativeLength }) => significant(relativeLength === null ? null : relativeLength - 1),
      sortBy: ({ relativeLength }) => relativeLength,
    },
    {
      title: 'Forward passes',
      kind: 'number',
      show: ({ forwards }) => significant(forwards),
      sortBy: ({ forwards }) => forwards,
    },
  ];
}
