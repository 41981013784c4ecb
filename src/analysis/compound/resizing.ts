import type { NetworkBuilder } from '../network/builder';
import type { Value } from '../network/network';
import { alongAxis, copiedPixel, cubicKernel, linearKernel, weighedPixels } from './resampling';

/** How numbers between pixels are found. */
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic';

/**
 * What of the two images lies at the same place: the centres of their pixels, spread evenly (half_pixel_centers); the centres
 * of their corner pixels (align_corners); or the edges where they begin, pixels being taken for points there.
 */
export type PixelPlaces = 'centres' | 'corners' | 'edges';

/** Whether this program knows an interpolation of TensorFlow's. */
export function isInterpolation(name: string): name is Interpolation {
  return name === 'nearest' || name === 'bilinear' || name === 'bicubic';
}

/**
 * Images [n, C, H, W] at another size, as products with constant matrices.
 *
 * @see tf.image.resize and tf.compat.v1.image.resize without antialiasing
 */
export function resized(
  b: NetworkBuilder,
  x: Value,
  [height, width]: readonly number[],
  interpolation: Interpolation,
  places: PixelPlaces = 'centres',
): Value {
  return [height, width].reduce<Value>((image, to, i) => {
    const from = x.shape[i + 2];
    if (to === from) return image;
    return alongAxis(b, image, i + 2, to, (at) => pixelWeights(from, to, at, interpolation, places));
  }, x);
}

const clamped = { stretch: 1, excludeOutside: false, normalised: false };
const insideOnly = { stretch: 1, excludeOutside: true, normalised: true };
/** Keys' own: third-order accurate. */
const keys = cubicKernel(-0.5);

/** The row for pixel `at` of the matrix that makes `to` pixels of `from`. */
function pixelWeights(
  from: number,
  to: number,
  at: number,
  interpolation: Interpolation,
  places: PixelPlaces,
): Float64Array {
  const scale = places === 'corners' && to > 1 ? (from - 1) / (to - 1) : from / to;
  if (interpolation === 'nearest') {
    // In single precision as there, since what lies on an edge goes to the pixel that rounding picks.
    const place = Math.fround((places === 'centres' ? at + 0.5 : at) * Math.fround(scale));
    return copiedPixel(from, places === 'corners' ? Math.floor(place + 0.5) : Math.floor(place));
  }
  const centre = places === 'centres' ? (at + 0.5) * scale - 0.5 : at * scale;
  if (interpolation === 'bilinear') return weighedPixels(from, centre, linearKernel, clamped);
  // TensorFlow rounds places to a table of 1024 steps.
  const lower = Math.floor(centre);
  const rounded = lower + Math.round((centre - lower) * 1024) / 1024;
  return weighedPixels(from, rounded, keys, insideOnly);
}
