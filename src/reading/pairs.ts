import type { Item } from '../protocol/analyses';
import type { Report } from '../protocol/report';
import { percent, significant } from './format';
import { className, scenarioName } from './names';
import { type Field, numeric, type Table, table, words } from './table';

type Pair = Item<'paths'>;

export const pairsTitle = 'Pairs and their paths';

/** One row a pair of points: whether a path was found, and how long it is; those without a path first. */
export function pairTable(report: Report): Table {
  const fields: Field<Pair>[] = [
    { title: 'Ends', hint: 'What the two ends are', kind: 'text', cell: ({ scenario }) => ends(scenario) },
    { title: 'From', kind: 'text', cell: ({ from }) => words(from) },
    { title: 'To', kind: 'text', cell: ({ to }) => words(to) },
    { title: 'Class', kind: 'text', cell: ({ label }) => words(className(report, label)) },
    {
      title: 'Path',
      hint: 'Whether a path inside the region was found',
      kind: 'text',
      cell: ({ connected, straightInside, furthest }) => {
        if (connected) return { text: straightInside ? 'straight' : 'bent', value: straightInside ? 2 : 1 };
        const way = furthest === null ? '' : `, ${percent(furthest, 0)} of the way`;
        return { text: `none found${way}`, value: 0, bad: true };
      },
    },
    { title: 'Anchors', kind: 'number', cell: ({ anchors }) => numeric(anchors, significant) },
    {
      title: 'Length − 1',
      hint: 'Length of the path over the straight distance, less one',
      kind: 'number',
      cell: ({ relativeLength }) => numeric(relativeLength === null ? null : relativeLength - 1, significant),
    },
    { title: 'Forward passes', kind: 'number', cell: ({ forwards }) => numeric(forwards, significant) },
  ];
  return table(pairsTitle, 'Path', fields, report.analyses.paths?.pairs ?? []);
}

const ends = (scenario: number) => ({ text: scenarioName(scenario), value: scenario });
