import type { Item } from '../protocol/analyses';
import type { Report } from '../protocol/report';

/* What the nearest boundary points of all images say together. */

/** An image whose boundary was found. */
export type Found = Item<'boundary'> & { readonly target: number; readonly distance: number };

/** The images whose boundary was found, the most fragile first. */
export function mostFragile({ analyses: { boundary } }: Report): Found[] {
  const size = ({ relativeDistance, distance }: Found): number => relativeDistance ?? distance;
  return (boundary?.images ?? []).filter(isFound).sort((a, b) => size(a) - size(b));
}

function isFound(item: Item<'boundary'>): item is Found {
  return item.target !== null && item.distance !== null;
}

/** Distances as shares of each image's norm, ascending. */
export function relativeDistances({ analyses: { boundary } }: Report): number[] {
  const shares = (boundary?.images ?? []).flatMap(({ relativeDistance }) => relativeDistance ?? []);
  return shares.sort((a, b) => a - b);
}

/** A class, the class nearest to some of its images, and how many of all its images those are. */
export interface NearestPair {
  readonly label: number;
  readonly target: number;
  readonly images: number;
  readonly of: number;
  /** Median of the relative distances of those images; null where they have none. */
  readonly distance: number | null;
}

/** Which class lies beyond the nearest boundary, the most frequent pair first, the nearer first among equals. */
export function nearestPairs(report: Report): NearestPair[] {
  const found = mostFragile(report);
  const pairs = new Map(found.map(({ label, target }) => [`${label} ${target}`, { label, target }]));
  const rows = Array.from(pairs.values(), ({ label, target }): NearestPair => {
    const own = found.filter((item) => item.label === label);
    const items = own.filter((item) => item.target === target);
    const distance = medianOf(items.flatMap(({ relativeDistance }) => relativeDistance ?? []));
    return { label, target, images: items.length, of: own.length, distance };
  });
  return rows.sort((a, b) => b.images - a.images || (a.distance ?? Infinity) - (b.distance ?? Infinity));
}

/** The median of ascending values; null of none. */
export function medianOf(ascending: readonly number[]): number | null {
  const [low, high] = [ascending[(ascending.length - 1) >> 1], ascending[ascending.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
