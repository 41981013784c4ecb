import type { NetworkBuilder } from '../network/builder';
import type { Value } from '../network/network';

/** How an image is read at places between its pixels. */
export interface GridSampling {
  /** Whether −1 and 1 are the centres of the outermost pixels, or their outer edges. */
  readonly alignCorners: boolean;
  /** What stands beyond the image: 0, or the pixel at its edge. */
  readonly outside: 'zeros' | 'border';
}

/** Places in pixels, whose centres are the whole numbers, from places in −1 … 1. */
function inPixels(b: NetworkBuilder, place: Value, extent: number, { alignCorners, outside }: GridSampling): Value {
  const half = (alignCorners ? extent - 1 : extent) / 2;
  const pixels = b.plus(b.times(place, b.scalar(half)), b.scalar((extent - 1) / 2));
  return outside === 'border' ? b.add('Clip', [pixels], { min: 0, max: extent - 1 }) : pixels;
}

/**
 * How much of each pixel of an axis is in a place: 1 − |distance|, and nothing beyond 1. On a pixel its slope is that on
 * the right, as where the pixel below a place is found by rounding down.
 *
 * @param places [..., P]
 * @returns [..., P, extent]
 */
function shares(b: NetworkBuilder, places: Value, extent: number): Value {
  const pixels = b.constant(
    Float32Array.from({ length: extent }, (_, i) => i),
    [extent],
  );
  const distance = b.minus(b.reshape(places, [...places.shape, 1]), pixels);
  const atLeast = (least: number): Value => b.add('GreaterOrEqual', [distance, b.scalar(least)], {});
  const one = b.scalar(1);
  const right = b.where(b.greater(one, distance), b.minus(one, distance), b.scalar(0));
  return b.where(atLeast(0), right, b.where(atLeast(-1), b.plus(one, distance), b.scalar(0)));
}

/**
 * An image read at places between its pixels, linearly in both directions: a matrix product whose matrix is made of the
 * places, for each image [C, H·W] · [H·W, P].
 *
 * @param x [n, C, H, W]
 * @param grid [n, rows, columns, 2] (or 1 in place of n), across and down in −1 … 1
 * @returns [n, C, rows, columns]
 */
export function gridSampled(b: NetworkBuilder, x: Value, grid: Value, how: GridSampling): Value {
  const [n, channels, height, width] = x.shape;
  const [images, rows, columns] = grid.shape;
  const along = (i: number): Value => b.reshape(b.slice(grid, [3], [i], [i + 1]), [images, rows * columns]);
  const across = shares(b, inPixels(b, along(0), width, how), width);
  const down = shares(b, inPixels(b, along(1), height, how), height);
  const cells = rows * columns;
  const both = b.times(b.reshape(down, [images, cells, height, 1]), b.reshape(across, [images, cells, 1, width]));
  const matrix = b.transpose(b.reshape(both, [images, cells, height * width]), [0, 2, 1]);
  return b.reshape(b.matMul(b.reshape(x, [n, channels, height * width]), matrix), [n, channels, rows, columns]);
}

/**
 * The places that an affine map of the plane takes the pixels of an image to.
 *
 * @param theta [n, 2, 3]
 * @param extents height and width
 * @returns [n, height, width, 2], across and down in −1 … 1
 */
export function affineGrid(
  b: NetworkBuilder,
  theta: Value,
  extents: readonly [number, number],
  alignCorners: boolean,
): Value {
  const [height, width] = extents;
  const place = (at: number, extent: number): number => {
    if (alignCorners) return extent > 1 ? (2 * at) / (extent - 1) - 1 : 0;
    return (2 * at + 1) / extent - 1;
  };
  const places = Array.from({ length: height * width }, (_, at) => [
    place(at % width, width),
    place(Math.floor(at / width), height),
    1,
  ]).flat();
  const mapped = b.matMul(b.constant(places, [height * width, 3]), b.transpose(theta, [0, 2, 1]));
  return b.reshape(mapped, [theta.shape[0], height, width, 2]);
}
