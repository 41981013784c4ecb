import type { NetworkBuilder } from '../../network/builder';
import type { Value } from '../../network/network';

/** How numbers between pixels are found. */
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic';

/** Whether this program knows an interpolation of TensorFlow's. */
export function isInterpolation(name: string): name is Interpolation {
  return name === 'nearest' || name === 'bilinear' || name === 'bicubic';
}

/**
 * Images [n, C, H, W] at another size, as products with constant matrices.
 *
 * @see tf.image.resize without antialiasing: pixel centres at halves
 */
export function resized(
  b: NetworkBuilder,
  x: Value,
  [height, width]: readonly number[],
  interpolation: Interpolation,
): Value {
  const [, , h, w] = x.shape;
  const rows = height === h ? x : b.matMul(b.constant(resampling(h, height, interpolation), [height, h]), x);
  if (width === w) return rows;
  return b.matMul(rows, b.transpose(b.constant(resampling(w, width, interpolation), [width, w]), [1, 0]));
}

/** The matrix (to, from) that resamples a row of pixels. */
function resampling(from: number, to: number, interpolation: Interpolation): Float32Array {
  const matrix = new Float32Array(to * from);
  const scale = from / to;
  const clamp = (i: number) => Math.min(Math.max(i, 0), from - 1);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale - 0.5;
    const lower = Math.floor(centre);
    if (interpolation === 'nearest') {
      matrix[i * from + clamp(Math.floor((i + 0.5) * scale))] = 1;
    } else if (interpolation === 'bilinear') {
      matrix[i * from + clamp(lower)] += 1 - (centre - lower);
      matrix[i * from + clamp(lower + 1)] += centre - lower;
    } else {
      const weights = cubicWeights(centre - lower);
      // Pixels outside the image do not count.
      const inside = weights.map((weight, k) => (lower - 1 + k === clamp(lower - 1 + k) ? weight : 0));
      const total = inside.reduce((sum, weight) => sum + weight, 0);
      inside.forEach((weight, k) => (matrix[i * from + clamp(lower - 1 + k)] += weight / total));
    }
  }
  return matrix;
}

/** Keys' kernel with a = −1/2 at 1 + t, t, 1 − t, 2 − t, where TensorFlow rounds t to a table of 1024 steps. */
function cubicWeights(t: number): readonly number[] {
  const a = -0.5;
  const near = (x: number) => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number) => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  const rounded = Math.round(t * 1024) / 1024;
  return [far(1 + rounded), near(rounded), near(1 - rounded), far(2 - rounded)];
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
