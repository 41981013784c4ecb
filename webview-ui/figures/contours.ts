import type { Segment } from './figure';

type Grid = readonly (readonly number[])[];
type Extent = readonly [number, number, number, number];

/**
 * The lines on which a grid has a value, by marching squares: one or two segments a cell, their ends interpolated along
 * the cell's edges. Grid values stand at the corners of cells, which span the extent.
 */
export function contour(grid: Grid, [left, right, bottom, top]: Extent, level: number): Segment[] {
  const rows = grid.length;
  const columns = grid[0]?.length ?? 0;
  const x = (column: number) => left + ((right - left) * column) / (columns - 1);
  const y = (row: number) => bottom + ((top - bottom) * row) / (rows - 1);
  const value = (row: number, column: number) => (grid[row]?.[column] ?? 0) - level;
  const segments: Segment[] = [];
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const corners = [
        [column, row, value(row, column)],
        [column + 1, row, value(row, column + 1)],
        [column + 1, row + 1, value(row + 1, column + 1)],
        [column, row + 1, value(row + 1, column)],
      ] as const;
      const crossings = corners.flatMap(([c0, r0, v0], i) => {
        const [c1, r1, v1] = corners[(i + 1) % 4] ?? corners[0];
        if (v0 < 0 === v1 < 0) return [];
        const t = v0 / (v0 - v1);
        return [[x(c0 + t * (c1 - c0)), y(r0 + t * (r1 - r0))] as const];
      });
      const [a, b, c, d] = crossings;
      if (!a || !b) continue;
      if (!c || !d) {
        segments.push([...a, ...b]);
        continue;
      }
      // A saddle: the mean of the corners says which two of them belong together.
      const together = corners.reduce((sum, [, , v]) => sum + v, 0) < 0 === corners[0][2] < 0;
      segments.push(
        ...(together
          ? ([
              [...a, ...b],
              [...c, ...d],
            ] as const)
          : ([
              [...a, ...d],
              [...b, ...c],
            ] as const)),
      );
    }
  }
  return segments;
}

/** The margins, positive where a class wins and negative elsewhere: 0 on its boundary. */
export function signedMargins(labels: Grid, margins: Grid, label: number): number[][] {
  return margins.map((row, y) => row.map((margin, x) => (labels[y]?.[x] === label ? margin : -margin)));
}

/**
 * The class that wins between grid points, at column u and row v: of the classes at the four corners around, the one whose
 * signed margins, interpolated, are largest.
 */
export function winner(labels: Grid, margins: Grid, u: number, v: number): number {
  const column = Math.min(Math.floor(u), (labels[0]?.length ?? 1) - 2);
  const row = Math.min(Math.floor(v), labels.length - 2);
  const [s, t] = [u - column, v - row];
  const corners = [
    [row, column, (1 - s) * (1 - t)],
    [row, column + 1, s * (1 - t)],
    [row + 1, column, (1 - s) * t],
    [row + 1, column + 1, s * t],
  ] as const;
  const first = labels[row]?.[column] ?? 0;
  if (corners.every(([r, c]) => labels[r]?.[c] === first)) return first;
  const scores = new Map<number, number>();
  for (const [r, c] of corners) {
    const candidate = labels[r]?.[c] ?? 0;
    if (scores.has(candidate)) continue;
    const score = corners.reduce((sum, [y, x, weight]) => {
      const margin = margins[y]?.[x] ?? 0;
      return sum + weight * (labels[y]?.[x] === candidate ? margin : -margin);
    }, 0);
    scores.set(candidate, score);
  }
  return [...scores].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

/** Up to three round levels inside the range of a grid of margins, ascending. */
export function levels(grid: Grid): number[] {
  const largest = grid.reduce((most, row) => row.reduce((a, b) => Math.max(a, b), most), 0);
  if (!(largest > 0)) return [];
  const power = 10 ** Math.floor(Math.log10(largest / 3));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((round) => largest / round <= 4) ?? 10 * power;
  return [1, 2, 3].map((i) => Number((i * step).toPrecision(6))).filter((level) => level < largest);
}
