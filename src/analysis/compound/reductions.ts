import type { NetworkBuilder } from '../network/builder';
import type { Value } from '../network/network';

/** More factors are refused: each is a node of its own. */
export const LONGEST_PRODUCT = 256;

/** The product along an axis of known extent, 1 or more, which stays as an extent of 1. */
export function multipliedAlong(b: NetworkBuilder, x: Value, axis: number): Value {
  const factors = Array.from({ length: x.shape[axis] }, (_, i) => b.slice(x, [axis], [i], [i + 1]));
  return factors.reduce((p, q) => b.times(p, q));
}

/** log Σ e^x along axes, by what is left of x beyond its largest. */
export function logSumExp(
  b: NetworkBuilder,
  x: Value,
  axes: readonly number[],
  keepdims: boolean,
  label?: string,
): Value {
  const largest = b.add('ReduceMax', [x], { axes, keepdims: true }, label);
  const rest = b.log(b.sum(b.exp(b.minus(x, largest)), axes, true));
  const result = b.plus(rest, largest);
  return keepdims ? result : b.sum(result, axes, false);
}

/** How numbers add up along an axis. */
export interface Summing {
  /** Whether each sum leaves out the number at its own place. */
  readonly exclusive?: boolean;
  /** Whether it is of what comes behind. */
  readonly reverse?: boolean;
}

/** The sums of what comes before along an axis of known extent: a product with a triangle of ones, in float32. */
export function cumulativeSum(
  b: NetworkBuilder,
  x: Value,
  axis: number,
  { exclusive = false, reverse = false }: Summing = {},
): Value {
  const extent = x.shape[axis];
  const triangle = new Float32Array(extent * extent);
  for (let from = 0; from < extent; from++) {
    for (let to = 0; to < extent; to++) {
      const [early, late] = reverse ? [to, from] : [from, to];
      if (early < late || (early === late && !exclusive)) triangle[from * extent + to] = 1;
    }
  }
  const last = x.shape.length - 1;
  const perm = x.shape.map((_, i) => i);
  [perm[axis], perm[last]] = [perm[last], perm[axis]];
  const floats = b.cast(b.transpose(x, perm), 'float32');
  return b.transpose(b.matMul(floats, b.constant(triangle, [extent, extent])), perm);
}

/** One side of a diagonal of every matrix [… rows, columns] of known extents, itself included; 0 on the other. */
export function triangle(b: NetworkBuilder, x: Value, diagonal: number, side: 'lower' | 'upper'): Value {
  const [rows, columns] = x.shape.slice(-2);
  const kept = Uint8Array.from({ length: rows * columns }, (_, at) => {
    const beyond = (at % columns) - Math.floor(at / columns) - diagonal;
    return Number(side === 'upper' ? beyond >= 0 : beyond <= 0);
  });
  return b.where(b.constant(kept, [rows, columns]), x, b.cast(b.scalar(0), x.type));
}
