import { alongAxis, copiedPixel, cubicKernel, linearKernel, weighedPixels } from '../../compound/resampling';
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
  return [height, width].reduce<Value>((image, to, i) => {
    const from = x.shape[i + 2];
    if (to === from) return image;
    const rows = Array.from({ length: to }, (_, at) => pixelWeights(from, (at + 0.5) * (from / to), interpolation));
    return alongAxis(b, image, i + 2, rows);
  }, x);
}

const clamped = { stretch: 1, excludeOutside: false, normalised: false };
const insideOnly = { stretch: 1, excludeOutside: true, normalised: true };
/** Keys' own: third-order accurate. */
const keys = cubicKernel(-0.5);

/** A row of the matrix that resamples pixels, for the place x counted from the edge of the image. */
function pixelWeights(from: number, x: number, interpolation: Interpolation): Float64Array {
  if (interpolation === 'nearest') return copiedPixel(from, Math.floor(x));
  const centre = x - 0.5;
  if (interpolation === 'bilinear') return weighedPixels(from, centre, linearKernel, clamped);
  // TensorFlow rounds places to a table of 1024 steps.
  const lower = Math.floor(centre);
  const rounded = lower + Math.round((centre - lower) * 1024) / 1024;
  return weighedPixels(from, rounded, keys, insideOnly);
}
