import type { OperatorValue, Value } from '../network';
import type { Operator } from '../operators';
import { convAdjoint } from './linear';
import type { Pullback, Rule } from './pullback';

type Pool = OperatorValue<'MaxPool' | 'AveragePool'>;

/** Rules of pools. */
export const poolRules = {
  MaxPool: (pull, y, cotangent) => {
    const { builder } = pull;
    const { kernel, pads } = y.attributes;
    const [x] = y.inputs;
    const cells = cellCount(y);
    const isWholeImage = kernel.every((extent, i) => extent === x.shape[i + 2] && y.shape[i + 2] === 1);
    if (isWholeImage && pads.every((pad) => pad === 0)) return pull.times(cotangent, firstMaximumOfImage(pull, y));
    const windows = builder.reshape(cotangent, cotangent.shape.toSpliced(2, 0, 1));
    const shares = pull.times(windows, firstMaximum(pull, y));
    // A channel for each cell of the window, to be put in the cell's place.
    const [images, channels, ...extents] = cotangent.shape;
    const byCell = builder.reshape(shares, [images, channels * cells, ...extents]);
    return scatter(pull, y, byCell, oneHot(cells));
  },
  AveragePool: (pull, y, cotangent) => {
    const cells = cellCount(y);
    return scatter(pull, y, cotangent, Array<number>(cells).fill(1 / cells));
  },
} satisfies { [O in Operator]?: Rule<O> };

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

/** x = y at the first cell, in row-major order, where that holds, if a window is the whole image; of the image's shape. */
function firstMaximumOfImage({ builder }: Pullback, y: OperatorValue<'MaxPool'>): Value {
  const [x] = y.inputs;
  const { kernel } = y.attributes;
  const cells = cellCount(y);
  const axes = kernel.map((_, i) => i + 2);
  const countdown = builder.constant(
    Array.from({ length: cells }, (_, cell) => cells - cell),
    kernel,
  );
  const candidates = builder.where(builder.equal(x, y), countdown, builder.scalar(0));
  const first = builder.add('ReduceMax', [candidates], { axes, keepdims: true });
  return builder.cast(builder.equal(candidates, first), 'float32');
}

/** The index in a window of its cell of that number, row-major. */
function placeInWindow(cell: number, kernel: readonly number[]): number[] {
  return kernel.map((extent, i) => {
    const below = kernel.slice(i + 1).reduce((product, inner) => product * inner, 1);
    return Math.floor(cell / below) % extent;
  });
}
