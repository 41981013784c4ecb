import type { NetworkBuilder } from '../builder';
import type { OperatorValue, Value } from '../network';
import type { Operator } from '../operators';
import { convAdjoint } from './linear';
import type { Pullback, Rule } from './pullback';

type Pool = OperatorValue<'MaxPool' | 'AveragePool'>;

/** Rules of pools. */
export const poolRules = {
  MaxPool: (pull, y, cotangent) => {
    if (isSideBySide(y)) return atFirstMaximum(pull, y, cotangent);
    const { builder } = pull;
    const cells = cellCount(y);
    const windows = builder.reshape(cotangent, cotangent.shape.toSpliced(2, 0, 1));
    const shares = pull.times(windows, firstMaximum(pull, y));
    // A channel for each cell of the window, to be put in the cell's place.
    const [images, channels, ...extents] = cotangent.shape;
    const byCell = builder.reshape(shares, [images, channels * cells, ...extents]);
    return scatter(pull, y, byCell, oneHot(cells));
  },
  AveragePool: (pull, y, cotangent) => {
    const { builder } = pull;
    const { kernel, strides } = y.attributes;
    const [, , ...places] = y.shape;
    const share = builder.times(cotangent, builder.scalar(1 / cellCount(y)));
    if (isSideBySide(y)) return uncropped(builder, spread(builder, share, kernel), y);
    if (strides.every((stride) => stride === 1) || places.some((extent) => extent > MOST_PLACES)) {
      return scatter(pull, y, share, Array<number>(cellCount(y)).fill(1));
    }
    return places.reduce<Value>((image, _, i) => sumAlong(builder, image, y, i), share);
  },
} satisfies { [O in Operator]?: Rule<O> };

/** Windows along an axis up to which a product with the matrix of all of them is faster than a transposed convolution. */
const MOST_PLACES = 32;

/** The number of cells in a window. */
function cellCount(y: Pool): number {
  return y.attributes.kernel.reduce((product, extent) => product * extent, 1);
}

/** The identity matrix, row-major. */
function oneHot(extent: number): number[] {
  return Array.from({ length: extent * extent }, (_, i) => (i % (extent + 1) === 0 ? 1 : 0));
}

/** Adds to the cells of each window the cotangents times kernels, the same ones for each channel of the image. */
function scatter(pull: Pullback, y: Pool, cotangent: Value, kernels: readonly number[]): Value {
  const { kernel, ...windows } = y.attributes;
  const [{ shape }] = y.inputs;
  const channels = shape[1];
  const repeated = Array.from({ length: channels }, () => kernels).flat();
  const weight = pull.builder.constant(repeated, [cotangent.shape[1], 1, ...kernel]);
  return convAdjoint(pull, shape, weight, { ...windows, group: channels }, cotangent);
}

/**
 * [n, C, cells, …windows]: 1 at the first cell of a window, in row-major order, that has its maximum, else 0. Of the
 * constructions measured on onnxruntime (windows by one-hot Conv; the winner's number; shifted sums; masks at the image's
 * size) this was the fastest or within a tenth of it, for one cotangent and for several.
 */
function firstMaximum({ builder }: Pullback, y: OperatorValue<'MaxPool'>): Value {
  const { kernel, strides, pads, dilations } = y.attributes;
  const [x] = y.inputs;
  const rank = kernel.length;
  const axes = kernel.map((_, i) => i + 2);
  const padded = builder.pad(x, [0, 0, ...pads.slice(0, rank), 0, 0, ...pads.slice(rank)], -Infinity);
  const firsts: Value[] = [];
  let undecided: Value | undefined;
  for (let cell = 0; cell < cellCount(y); cell++) {
    const starts = placeInWindow(cell, kernel).map((offset, i) => offset * dilations[i]);
    const ends = starts.map((start, i) => start + (y.shape[i + 2] - 1) * strides[i] + 1);
    const isMaximum = builder.equal(builder.slice(padded, axes, starts, ends, strides), y);
    const isLess = builder.add('Not', [isMaximum], {});
    firsts.push(undecided === undefined ? isMaximum : builder.add('And', [undecided, isMaximum], {}));
    undecided = undecided === undefined ? isLess : builder.add('And', [undecided, isLess], {});
  }
  const stacked = firsts.map((first) => builder.reshape(first, y.shape.toSpliced(2, 0, 1)));
  return builder.cast(builder.concat(stacked, 2), 'float32');
}

/** Whether no cell is in two windows and none in the padding. */
function isSideBySide({ attributes: { kernel, strides, pads, dilations }, shape }: Pool): boolean {
  return kernel.every((extent, i) => {
    const isAlone = shape[i + 2] === 1;
    return (strides[i] === extent || isAlone) && dilations[i] === 1 && pads[i] === 0 && pads[i + kernel.length] === 0;
  });
}

/**
 * The cotangents of windows side by side, each at the first cell, in row-major order, that has its window's maximum. All of
 * it at the image's size: windows taken apart and put together again took two to four times as long.
 */
function atFirstMaximum(pull: Pullback, y: OperatorValue<'MaxPool'>, cotangent: Value): Value {
  const { builder } = pull;
  const [x] = y.inputs;
  const { kernel } = y.attributes;
  const axes = kernel.map((_, i) => i + 2);
  const covered = kernel.map((extent, i) => extent * y.shape[i + 2]);
  const starts = axes.map(() => 0);
  const isMaximum = builder.equal(builder.slice(x, axes, starts, covered), spread(builder, y, kernel));
  const candidates = builder.times(builder.cast(isMaximum, 'float32'), countdown(builder, kernel, covered));
  const first = builder.add('MaxPool', [candidates], y.attributes);
  const mask = builder.cast(builder.equal(candidates, spread(builder, first, kernel)), 'float32');
  return uncropped(builder, pull.times(spread(builder, cotangent, kernel), mask), y);
}

/** With zeros for the rest of a pool's image that no window side by side covers. */
function uncropped(builder: NetworkBuilder, image: Value, y: Pool): Value {
  const [{ shape }] = y.inputs;
  const zeros = shape.map(() => 0);
  return builder.pad(image, [...zeros, ...zeros.map((_, axis) => (axis < 2 ? 0 : shape[axis] - image.shape[axis]))]);
}

/** Each entry of [n, C, …windows] over all cells of its window. */
function spread(builder: NetworkBuilder, x: Value, kernel: readonly number[]): Value {
  const [images, channels, ...places] = x.shape;
  const behindEach = (cells: (i: number) => number): number[] => {
    return [images, channels, ...places.flatMap((extent, i) => (kernel[i] === 1 ? [extent] : [extent, cells(i)]))];
  };
  const column = builder.reshape(
    x,
    behindEach(() => 1),
  );
  const wide = builder.expand(
    column,
    behindEach((i) => kernel[i]),
  );
  return builder.reshape(wide, [images, channels, ...places.map((extent, i) => extent * kernel[i])]);
}

/** Of each cell of an image in windows side by side, how many of its window come after it in row-major order, and 1. */
function countdown(builder: NetworkBuilder, kernel: readonly number[], extents: readonly number[]): Value {
  let counts = [0];
  extents.forEach((extent, i) => {
    counts = counts.flatMap((count) => {
      return Array.from({ length: extent }, (_, at) => count * kernel[i] + kernel[i] - 1 - (at % kernel[i]));
    });
  });
  return builder.constant(
    counts.map((count) => count + 1),
    extents,
  );
}

/** Sums the windows over the cells of one axis of the image: the product with the matrix that has how often each has it. */
function sumAlong(builder: NetworkBuilder, x: Value, y: Pool, dimension: number): Value {
  const { kernel, strides, pads, dilations } = y.attributes;
  const [axis, last] = [dimension + 2, x.shape.length - 1];
  const extent = y.inputs[0].shape[axis];
  const places = x.shape[axis];
  const matrix = new Float32Array(places * extent);
  for (let place = 0; place < places; place++) {
    for (let cell = 0; cell < kernel[dimension]; cell++) {
      const at = place * strides[dimension] - pads[dimension] + cell * dilations[dimension];
      if (at >= 0 && at < extent) matrix[place * extent + at]++;
    }
  }
  const sums = builder.constant(matrix, [places, extent]);
  if (axis === last) return builder.matMul(x, sums);
  const inner = x.shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const columns = builder.reshape(x, [...x.shape.slice(0, axis + 1), inner]);
  return builder.reshape(builder.matMul(builder.transpose(sums, [1, 0]), columns), x.shape.with(axis, extent));
}

/** The index in a window of its cell of that number, row-major. */
function placeInWindow(cell: number, kernel: readonly number[]): number[] {
  return kernel.map((extent, i) => {
    const below = kernel.slice(i + 1).reduce((product, inner) => product * inner, 1);
    return Math.floor(cell / below) % extent;
  });
}
