import { addScaled, between, dot, norm, scale, type Vector } from '../../math/vector';

/** A half-space {r: normal · r ≥ offset}. */
export interface HalfSpace {
  /** Of length 1, shape (D,). */
  readonly normal: Vector;
  readonly offset: number;
}

/** {r: lower ≤ r ≤ upper}, shape (D,) each; the origin is in it. */
export interface Box {
  readonly lower: Vector;
  readonly upper: Vector;
}

/** The point of a box that is nearest to r. */
export function insideBox(r: Vector, { lower, upper }: Box): Vector {
  return between(r, lower, upper);
}

/** Pivots of Gram matrices of unit normals below this are rounding errors of parallel ones. */
const singular = 1e-10;
/** Normals with no more than this in the values that are not held are not followed further. */
const negligible = 1e-5;
/** So many sets of held values are tried at most. */
const mostSets = 40;

/**
 * The point of smallest norm in the intersection of a few half-spaces: r = Σ λ_i normal_i with λ ≥ 0 that maximises
 * hᵀλ − ½ λᵀ G λ, G the normals' Gram matrix. Among the 2ᵐ sets of half-spaces whose planes r may lie on, those with λ ≥ 0 are
 * compared by that value, which for them is ½ hᵀλ: the largest is the maximum.
 *
 * @returns null where it is the origin. Where nothing lies in all of them, a point that satisfies most.
 * @see Lawson & Hanson 1974, Solving Least Squares Problems, §23.4 (LDP)
 */
export function minimumNormPoint(halfSpaces: readonly HalfSpace[]): Vector | null {
  const lambda = largestMultipliers(halfSpaces);
  return lambda && combined(halfSpaces, lambda);
}

/**
 * The same in a box: r is Σ λ_i normal_i with every value put into its bounds. Those that come to a bound are held there, and λ
 * is solved for the others alone with what is left of h, until the same values are held again: Newton's method on the dual,
 * hᵀλ − Σ_j r_j ((Σ λ_i normal_i)_j − r_j / 2), which is concave and piecewise quadratic. Steps that lower it are halved.
 *
 * @returns null where it is the origin. Where nothing lies in the box and in all of them, some point of the box.
 */
export function minimumNormPointInBox(halfSpaces: readonly HalfSpace[], box: Box): Vector | null {
  const first = largestMultipliers(halfSpaces);
  if (!first) return null;
  let at = dualAt(halfSpaces, first, box);
  for (let set = 1; set < mostSets; set++) {
    const { lambda } = at;
    const solved = multipliersOfFree(halfSpaces, at);
    let next = dualAt(halfSpaces, solved, box);
    for (let t = 0.5; next.value < at.value && t > 1e-3; t /= 2) {
      next = dualAt(
        halfSpaces,
        lambda.map((one, i) => one + t * (solved[i] - one)),
        box,
      );
    }
    if (!(next.value > at.value)) break;
    at = next;
  }
  return norm(at.r) > 0 ? at.r : null;
}

/** The dual of the problem in a box at some λ. */
interface Dual {
  readonly lambda: readonly number[];
  readonly r: Vector;
  /** By value, whether a bound holds it. */
  readonly isHeld: readonly boolean[];
  readonly value: number;
}

function dualAt(halfSpaces: readonly HalfSpace[], lambda: readonly number[], box: Box): Dual {
  const sum = combined(halfSpaces, lambda);
  const r = insideBox(sum, box);
  const gained = halfSpaces.reduce((total, { offset }, i) => total + offset * lambda[i], 0);
  const isHeld = Array.from(r, (value, j) => value !== sum[j]);
  return { lambda, r, isHeld, value: gained - dot(r, sum) + dot(r, r) / 2 };
}

/** λ for the values that are not held; that of a half-space with next to none of them stays. */
function multipliersOfFree(halfSpaces: readonly HalfSpace[], { lambda, r, isHeld }: Dual): number[] {
  const held = r.map((value, j) => (isHeld[j] ? value : 0));
  const free = halfSpaces.flatMap(({ normal, offset }, i) => {
    const part = normal.map((value, j) => (isHeld[j] ? 0 : value));
    const length = norm(part);
    const left = offset - dot(normal, held);
    return length > negligible ? [{ i, length, normal: scale(part, 1 / length), offset: left / length }] : [];
  });
  const solved = largestMultipliers(free);
  const all = [...lambda];
  free.forEach(({ i, length }, place) => {
    all[i] = (solved?.[place] ?? 0) / length;
  });
  return all;
}

/** λ ≥ 0 that maximises hᵀλ − ½ λᵀ G λ; null where it is zero. */
function largestMultipliers(halfSpaces: readonly HalfSpace[]): number[] | null {
  const gram = halfSpaces.map(({ normal }, i) => halfSpaces.slice(0, i + 1).map((other) => dot(normal, other.normal)));
  let best: { readonly value: number; readonly lambda: number[] } | null = null;
  for (let set = 1; set < 2 ** halfSpaces.length; set++) {
    const active = Array.from(halfSpaces.keys()).filter((i) => (set >> i) & 1);
    const offsets = active.map((i) => halfSpaces[i].offset);
    const solved = multipliers(
      active.map((i) => active.map((j) => gram[Math.max(i, j)][Math.min(i, j)])),
      offsets,
    );
    if (!solved?.every((one) => one >= 0)) continue;
    const value = offsets.reduce((sum, offset, i) => sum + offset * solved[i], 0);
    if (!(value > (best?.value ?? 0))) continue;
    let next = 0;
    best = { value, lambda: halfSpaces.map((_, i) => ((set >> i) & 1 ? solved[next++] : 0)) };
  }
  return best?.lambda ?? null;
}

/** Σ λ_i normal_i. */
function combined(halfSpaces: readonly HalfSpace[], lambda: readonly number[]): Vector {
  const zero: Vector = new Float64Array(halfSpaces[0].normal.length);
  return halfSpaces.reduce((sum, { normal }, i) => (lambda[i] === 0 ? sum : addScaled(sum, lambda[i], normal)), zero);
}

/** λ with G λ = h, by Cholesky's elimination; null where normals are parallel. */
function multipliers(gram: readonly (readonly number[])[], offsets: readonly number[]): number[] | null {
  const rows = gram.map((row, i) => [...row, offsets[i]]);
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
