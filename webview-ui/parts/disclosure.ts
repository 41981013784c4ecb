import { h } from './dom';
import type { Host } from './host';

/**
 * What is folded until it is asked for, and stays open over a reload once it was.
 *
 * @param id - by which the page remembers it.
 */
export function disclosure(
  id: string,
  title: string,
  host: Host,
  ...children: readonly (Node | null)[]
): HTMLDetailsElement {
  const details = h('details', { 'data-fold': id }, h('summary', {}, title), ...children);
  details.open = host.place.open?.includes(id) ?? false;
  details.addEventListener('toggle', () => {
    const others = (host.place.open ?? []).filter((open) => open !== id);
    host.remember({ open: details.open ? [...others, id] : others });
  });
  return details;
}
