import type { Item, Section } from '../protocol/analyses';

/**
 * The planes of a cross-section in their order: that of the closing fields, then the further ones in `planes`. Reports of
 * version 0.1.0 repeat the first in `planes`; a report that is still being made may have no closing fields yet.
 */
export function slicePlanes(section: Section<'slice'>): readonly Item<'slice'>[] {
  const { planes = [], title, labels, margins, axes, origin, extent, anchors } = section;
  if (!labels || !margins || !axes || origin === undefined || !extent || !anchors) return planes;
  const repeated = planes[0] !== undefined && JSON.stringify(planes[0].labels) === JSON.stringify(labels);
  if (title === undefined && repeated) return planes;
  return [
    { title: title ?? 'Classification regions on a plane', axes, origin, extent, labels, margins, anchors },
    ...planes,
  ];
}
