import { h } from './dom';
import type { Memory } from './host';

/**
 * What is folded until it is asked for, and stays open over a reload once it was.
 *
 * @param id - by which the page remembers it.
 * @param memory - a page without one forgets it.
 */
export function disclosure(
  id: string,
  title: string,
  memory: Partial<Memory>,
  ...children: readonly (Node | null)[]
): HTMLDetailsElement {
  const details = h('details', { 'data-fold': id }, h('summary', {}, title), ...children);
  details.open = memory.place?.open?.includes(id) ?? false;
  details.addEventListener('toggle', () => {
    const others = (memory.place?.open ?? []).filter((open) => open !== id);
    memory.remember?.({ open: details.open ? [...others, id] : others });
  });
  return details;
}
