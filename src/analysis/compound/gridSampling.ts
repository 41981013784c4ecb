import type { NetworkBuilder } from '../network/builder';
import type { Value } from '../network/network';

/** How an image is read at places between its pixels. */
export interface GridSampling {
  /** Whether −1 and 1 are the centres of the outermost pixels, or their outer edges. */
  readonly alignCorners: boolean;
  /** What stands beyond the image: 0, the pixel at its edge, or the image mirrored at its edges. */
  readonly outside: 'zeros' | 'border' | 'reflection';
  /** Cubic with the slope −0.75 at distance 1. */
  readonly mode: 'nearest' | 'linear' | 'cubic';
}

/** The shares of an axis's pixels in places along it. */
function sharesOf(b: NetworkBuilder, place: Value, extent: number, how: GridSampling): Value {
  const half = (how.alignCorners ? extent - 1 : extent) / 2;
  // In pixels, whose centres are the whole numbers, from −1 … 1.
  const pixels = b.plus(b.times(place, b.scalar(half)), b.scalar((extent - 1) / 2));
  if (how.mode === 'linear') return shares(b, inside(b, pixels, extent, how), extent);
  if (how.mode === 'cubic') return cubicShares(b, pixels, extent, how);
  return equalShares(b, inside(b, roundedHalfToEven(b, pixels), extent, how), extent);
}

/** Places beyond the image as the places within it that stand for them. */
function inside(b: NetworkBuilder, pixels: Value, extent: number, how: GridSampling): Value {
  if (how.outside === 'zeros') return pixels;
  const mirrored = how.outside === 'reflection' ? reflected(b, pixels, extent, how.alignCorners) : pixels;
  return b.add('Clip', [mirrored], { min: 0, max: extent - 1 });
}

/** Mirrored at the centres of the outermost pixels, or at their outer edges, as often as it takes. */
function reflected(b: NetworkBuilder, pixels: Value, extent: number, alignCorners: boolean): Value {
  const low = alignCorners ? 0 : -0.5;
  const range = alignCorners ? extent - 1 : extent;
  if (range === 0) return b.times(pixels, b.scalar(0));
  const from = b.minus(pixels, b.scalar(low));
  const periods = b.add('Floor', [b.over(from, b.scalar(2 * range))], {});
  const within = b.minus(from, b.times(periods, b.scalar(2 * range)));
  return b.plus(b.min(within, b.minus(b.scalar(2 * range), within)), b.scalar(low));
}

/** Its derivative is 0, as that of the nearest pixel is. */
function roundedHalfToEven(b: NetworkBuilder, x: Value): Value {
  const down = b.add('Floor', [x], {});
  const rest = b.minus(x, down);
  const half = b.scalar(0.5);
  const halfDown = b.times(down, half);
  const isOdd = b.greater(b.minus(halfDown, b.add('Floor', [halfDown], {})), b.scalar(0.25));
  const isUp = b.where(isOdd, b.add('GreaterOrEqual', [rest, half], {}), b.greater(rest, half));
  return b.plus(down, b.cast(isUp, 'float32'));
}

/** 1 for the pixel that a place is, 0 for the others. */
function equalShares(b: NetworkBuilder, places: Value, extent: number): Value {
  return b.cast(b.equal(b.reshape(places, [...places.shape, 1]), pixelsOf(b, extent)), 'float32');
}

/** Each of the four pixels around a place counts as the one that stands for it, with the cubic kernel's weight. */
function cubicShares(b: NetworkBuilder, places: Value, extent: number, how: GridSampling): Value {
  const down = b.add('Floor', [places], {});
  const rest = b.minus(places, down);
  const polynomial = (x: Value, coefficients: readonly number[]): Value =>
    coefficients.reduce<Value>((sum, c) => b.plus(b.times(sum, x), b.scalar(c)), b.scalar(0));
  const a = -0.75;
  const near = [a + 2, -(a + 3), 0, 1];
  const far = [a, -5 * a, 8 * a, -4 * a];
  const taps = [-1, 0, 1, 2].map((offset) => {
    const distance = offset <= 0 ? b.plus(rest, b.scalar(-offset)) : b.minus(b.scalar(offset), rest);
    const weight = polynomial(distance, offset === 0 || offset === 1 ? near : far);
    const pixel = inside(b, b.plus(down, b.scalar(offset)), extent, how);
    return b.times(equalShares(b, pixel, extent), b.reshape(weight, [...weight.shape, 1]));
  });
  return taps.reduce((sum, tap) => b.plus(sum, tap));
}

function pixelsOf(b: NetworkBuilder, extent: number): Value {
  return b.constant(
    Float32Array.from({ length: extent }, (_, i) => i),
    [extent],
  );
}

/**
 * How much of each pixel of an axis is in a place: 1 − |distance|, and nothing beyond 1. On a pixel its slope is that on
 * the right, as where the pixel below a place is found by rounding down.
 *
 * @param places [..., P]
 * @returns [..., P, extent]
 */
function shares(b: NetworkBuilder, places: Value, extent: number): Value {
  const distance = b.minus(b.reshape(places, [...places.shape, 1]), pixelsOf(b, extent));
  const atLeast = (least: number): Value => b.add('GreaterOrEqual', [distance, b.scalar(least)], {});
  const one = b.scalar(1);
  const right = b.where(b.greater(one, distance), b.minus(one, distance), b.scalar(0));
  return b.where(atLeast(0), right, b.where(atLeast(-1), b.plus(one, distance), b.scalar(0)));
}

/**
 * An image read at places between its pixels, by the same kernel in both directions: a matrix product whose matrix is made of the
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
  const across = sharesOf(b, along(0), width, how);
  const down = sharesOf(b, along(1), height, how);
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
