import type { Item, Section } from '../../src/protocol/analyses';
import type { Report } from '../../src/protocol/report';
import { className } from '../../src/reading/classes';
import { number, percent } from '../../src/reading/format';
import { contour, levels, signedMargins } from './contours';
import type { Figure } from './figure';

/** The classification regions on a plane through the input space, one figure a plane. */
export function slices(section: Section<'slice'>, report: Report): Figure[] {
  const { planes = [], labels, margins, axes, origin, extent, anchors } = section;
  const all: Item<'slice'>[] =
    planes.length === 0 && labels && margins && axes && origin !== undefined && extent && anchors
      ? [{ title: 'Classification regions on a plane', labels, margins, axes, origin, extent, anchors }]
      : planes;
  return all.map((plane, i) => slice(plane, i, report));
}

function slice(
  { title, labels, margins, axes, origin, extent, anchors }: Item<'slice'>,
  i: number,
  report: Report,
): Figure {
  const counts = new Map<number, number>();
  for (const row of labels) for (const label of row) counts.set(label, (counts.get(label) ?? 0) + 1);
  const total = labels.length * (labels[0]?.length ?? 0);
  const classes = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([label, n]) => ({ label, name: className(report, label), share: n / total }));
  return {
    id: `slice-${i + 1}`,
    title,
    paper: 'the paper’s cross-sections',
    summary:
      `A plane through ${anchors.map(({ name }) => name).join(', ')}: ` +
      `${classes.map(({ name, share }) => `${name} ${percent(share)}`).join(', ')} of the picture.`,
    note: `Colours are the winning class, lines equal margins of the winner. The origin is ${origin}.`,
    table: {
      columns: ['Point or class', 'Horizontal', 'Vertical', 'Share of the plane'],
      rows: [
        ...anchors.map(({ name, x, y }) => [name, x, y, null]),
        ...classes.map(({ name, share }) => [name, null, null, number(share)]),
      ],
    },
    drawing: {
      kind: 'map',
      map: {
        axes,
        extent,
        labels,
        margins,
        classes,
        boundaries: classes.flatMap(({ label }) => contour(signedMargins(labels, margins, label), extent, 0)),
        anchors,
        contours: levels(margins).map((level) => ({ level, segments: contour(margins, extent, level) })),
      },
    },
  };
}
