import type { Section } from '../../src/protocol/analyses';
import type { Figure } from './figure';

/** The first shared directions as pictures. */
export function directionTiles({ tiles, singularValues = [] }: Section<'subspace'>): Figure | undefined {
  if (!tiles || tiles.length === 0) return undefined;
  const names = tiles.map((_, i) => `u${subscript(i + 1)}`);
  return {
    id: 'direction-tiles',
    title: 'What the shared directions look like',
    summary: `The first ${tiles.length} shared directions of high curvature, each drawn as a picture of the input’s size.`,
    note: 'Each picture is scaled to its own largest entry; grey is 0. The sign of a direction means nothing.',
    table: {
      columns: ['Direction', 'Singular value'],
      rows: names.map((name, i) => [name, singularValues[i] ?? null]),
    },
    drawing: { kind: 'tiles', tiles: tiles.map((source, i) => ({ source, name: names[i] ?? '' })) },
  };
}

function subscript(n: number): string {
  return String(n).replace(/\d/g, (digit) => '₀₁₂₃₄₅₆₇₈₉'[Number(digit)] ?? '');
}
