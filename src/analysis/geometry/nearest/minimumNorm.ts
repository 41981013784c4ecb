import { addScaled, dot, type Vector } from '../../math/vector';

/** A half-space {r: normal · r ≥ offset}. */
export interface HalfSpace {
  /** Of length 1, shape (D,). */
  readonly normal: Vector;
  readonly offset: number;
}

/** Pivots of Gram matrices of unit normals below this are rounding errors of parallel ones. */
const singular = 1e-10;

/**
 * The point of smallest norm in the intersection of a few half-spaces: r = Σ λ_i normal_i with λ ≥ 0 that maximises
 * hᵀλ − ½ λᵀ G λ, G the normals' Gram matrix. Among the 2ᵐ sets of half-spaces whose planes r may lie on, those with λ ≥ 0 are
 * compared by that value, which for them is ½ hᵀλ: the largest is the maximum.
 *
 * @returns null where it is the origin. Where nothing lies in all of them, a point that satisfies most.
 * @see Lawson & Hanson 1974, Solving Least Squares Problems, §23.4 (LDP)
 */
export function minimumNormPoint(halfSpaces: readonly HalfSpace[]): Vector | null {
  let best: {
    readonly value: number;
    readonly active: readonly HalfSpace[];
    readonly lambda: readonly number[];
  } | null = null;
  for (let set = 1; set < 2 ** halfSpaces.length; set++) {
    const active = halfSpaces.filter((_, i) => (set >> i) & 1);
    const lambda = multipliers(active);
    if (!lambda?.every((one) => one >= 0)) continue;
    const value = active.reduce((sum, { offset }, i) => sum + offset * lambda[i], 0);
    if (value > (best?.value ?? 0)) best = { value, active, lambda };
  }
  if (!best) return null;
  const { active, lambda } = best;
  const zero: Vector = new Float64Array(active[0].normal.length);
  return active.reduce((sum, { normal }, i) => addScaled(sum, lambda[i], normal), zero);
}

/** λ with G λ = h, by Cholesky's elimination; null where normals are parallel. */
function multipliers(active: readonly HalfSpace[]): number[] | null {
  const rows = active.map(({ normal, offset }) => [...active.map((other) => dot(normal, other.normal)), offset]);
  const size = rows.length;
  for (let pivot = 0; pivot < size; pivot++) {
    if (!(rows[pivot][pivot] > singular)) return null;
    for (let row = pivot + 1; row < size; row++) {
      const factor = rows[row][pivot] / rows[pivot][pivot];
      for (let column = pivot; column <= size; column++) rows[row][column] -= factor * rows[pivot][column];
    }
  }
  const lambda = new Array<number>(size).fill(0);
  for (let row = size - 1; row >= 0; row--) {
    const known = lambda.reduce((sum, value, column) => sum + (column > row ? rows[row][column] * value : 0), 0);
    lambda[row] = (rows[row][size] - known) / rows[row][row];
  }
  return lambda;
}
