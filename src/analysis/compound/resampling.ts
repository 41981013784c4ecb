import { AnalysisError } from '../base/errors';
import type { NetworkBuilder } from '../network/builder';
import type { Value } from '../network/network';

/** No image has a longer side. */
const LONGEST_SIDE = 2 ** 16;
/** 256 MiB of float32. */
const LARGEST_MATRIX = 2 ** 26;

/**
 * A linear map along one axis of fixed extent: a matrix product with a constant. Number r of the result is
 * Σᵢ row(r)[i] · x[i].
 *
 * @param to numbers that there are along the axis of the result
 * @throws AnalysisError 'limit-exceeded' where that is no image that a classifier makes
 */
export function alongAxis(
  b: NetworkBuilder,
  x: Value,
  axis: number,
  to: number,
  row: (r: number) => Float64Array,
): Value {
  const extent = x.shape[axis];
  const rank = x.shape.length;
  // Before anything is allocated. A number that is none is refused too.
  if (!(to <= LONGEST_SIDE && to * extent <= LARGEST_MATRIX)) {
    throw new AnalysisError(
      'limit-exceeded',
      `An image must be resized to sides of at most ${LONGEST_SIDE} pixels, got ${extent} to ${to}.`,
    );
  }
  const matrix = new Float32Array(to * extent);
  if (axis === rank - 1) {
    for (let r = 0; r < to; r++) row(r).forEach((weight, i) => (matrix[i * to + r] = weight));
    return b.matMul(x, b.constant(matrix, [extent, to]));
  }
  for (let r = 0; r < to; r++) matrix.set(row(r), r * extent);
  const constant = b.constant(matrix, [to, extent]);
  if (axis === rank - 2) return b.matMul(constant, x);
  const perm = x.shape.map((_, i) => i);
  [perm[axis], perm[rank - 2]] = [perm[rank - 2], perm[axis]];
  return b.transpose(b.matMul(constant, b.transpose(x, perm)), perm);
}

/** How much of a pixel a place in the image takes, by the distance between them in pixels; nothing beyond `reach`. */
export interface Kernel {
  readonly reach: number;
  readonly weight: (distance: number) => number;
}

/** Straight lines between neighbours. */
export const linearKernel: Kernel = { reach: 1, weight: (distance) => Math.max(0, 1 - Math.abs(distance)) };

/** Piecewise cubic; a is the slope at distance 1. @see Keys 1981, equation 4 */
export function cubicKernel(a: number): Kernel {
  return {
    reach: 2,
    weight: (distance) => {
      const d = Math.abs(distance);
      if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
      return d < 2 ? a * (d ** 3 - 5 * d ** 2 + 8 * d - 4) : 0;
    },
  };
}

const inside = (pixel: number, extent: number): number => Math.max(0, Math.min(extent - 1, pixel));

/** The row of a result that copies the pixel nearest to a place; beyond the image, the pixel at its edge. */
export function copiedPixel(extent: number, pixel: number): Float64Array {
  const row = new Float64Array(extent);
  row[inside(pixel, extent)] = 1;
  return row;
}

/** How weighedPixels treats the pixels around a place. */
export interface Weighing {
  /** Widens the kernel over all pixels that shrink into one (antialiasing); 1 leaves it. */
  readonly stretch: number;
  /** Whether what lies beyond the image is left out instead of taken from its edge. */
  readonly excludeOutside: boolean;
  /** Whether the weights are brought to the sum 1. */
  readonly normalised: boolean;
}

/** The row of a result that weighs the pixels around a place x, in pixels, whose centres are the whole numbers. */
export function weighedPixels(
  extent: number,
  x: number,
  { reach, weight }: Kernel,
  { stretch, excludeOutside, normalised }: Weighing,
): Float64Array {
  const row = new Float64Array(extent);
  for (let pixel = Math.floor(x - reach * stretch) + 1; pixel <= Math.floor(x + reach * stretch); pixel++) {
    const at = inside(pixel, extent);
    if (excludeOutside && at !== pixel) continue;
    row[at] += weight((x - pixel) / stretch);
  }
  const total = row.reduce((sum, entry) => sum + entry, 0);
  return normalised ? row.map((entry) => entry / total) : row;
}

/** What an image is continued with beyond its edges; its mirror image begins with the edge or, reflected, behind it. */
export type Continuation = 'edge' | 'wrap' | 'reflect' | 'symmetric';

/** The pixel that stands at a position beyond an axis. */
function continuedAt(how: Continuation, position: number, extent: number): number {
  if (how === 'edge') return inside(position, extent);
  if (how === 'wrap') return ((position % extent) + extent) % extent;
  const edgeTwice = how === 'symmetric' ? 1 : 0;
  const period = Math.max(1, 2 * (extent - 1 + edgeTwice));
  const within = ((position % period) + period) % period;
  return within < extent ? within : period - edgeTwice - within;
}

/** An axis of fixed extent continued by some pixels at either end. */
export function continued(
  b: NetworkBuilder,
  x: Value,
  axis: number,
  [begin, end]: readonly [number, number],
  how: Continuation,
): Value {
  if (begin + end === 0) return x;
  const extent = x.shape[axis];
  return alongAxis(b, x, axis, begin + extent + end, (at) => copiedPixel(extent, continuedAt(how, at - begin, extent)));
}

/** Each place k times along an axis. */
export function repeated(b: NetworkBuilder, x: Value, axis: number, k: number): Value {
  if (k === 1) return x;
  const before = x.shape.slice(0, axis);
  const extent = x.shape[axis];
  const after = x.shape.slice(axis + 1);
  const spread = b.expand(b.reshape(x, [...before, extent, 1, ...after]), [...before, extent, k, ...after]);
  return b.reshape(spread, [...before, extent * k, ...after]);
}
