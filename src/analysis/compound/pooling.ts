import type { NetworkBuilder } from '../network/builder';
import type { Shape, Value } from '../network/network';
import { alongAxis } from './resampling';
import type { PaddedWindow } from './windows';

/** How many cells of each window lie in [from, to), a number for each place along one dimension. */
function cellsWithin(
  dimension: number,
  { kernel, strides, dilations, pads }: PaddedWindow,
  places: number,
  [from, to]: readonly [number, number],
): number[] {
  return Array.from({ length: places }, (_, place) => {
    const start = place * strides[dimension] - pads[dimension];
    // The first cell at or behind a position.
    const cellAt = (position: number): number => Math.ceil((position - start) / dilations[dimension]);
    return Math.max(0, Math.min(kernel[dimension], cellAt(to)) - Math.max(0, cellAt(from)));
  });
}

const product = (extents: readonly number[]): number => extents.reduce((all, extent) => all * extent, 1);

/**
 * Means over windows of an image [n, C, …].
 *
 * @param counted the cells along each dimension that count in the mean: where [0, extent), padding does not
 * @param label the node's name in the model's file, for messages
 * @throws AnalysisError 'model-unreadable' where the windows do not fit the image
 */
export function averagePooled(
  b: NetworkBuilder,
  x: Value,
  window: PaddedWindow,
  counted: readonly (readonly [number, number])[],
  label?: string,
): Value {
  const mean = b.add('AveragePool', [x], window, label);
  const places = mean.shape.slice(2);
  const size = product(window.kernel);
  let counts = [1];
  counted.forEach((range, dimension) => {
    const cells = cellsWithin(dimension, window, places[dimension], range);
    counts = counts.flatMap((count) => cells.map((further) => count * further));
  });
  const factors = counts.map((count) => size / count);
  return b.times(mean, b.constant(factors, [1, 1, ...places]));
}

/** The cells of the image itself, for averagePooled. */
export function imageCells(spatial: Shape): (readonly [number, number])[] {
  return spatial.map((extent) => [0, extent]);
}

/** (Σ |x|^p)^(1/p) over the cells of each window of [n, C, …]; padding counts as 0. */
export function lpPooled(b: NetworkBuilder, x: Value, window: PaddedWindow, p: number, label?: string): Value {
  const mean = b.add('AveragePool', [b.power(b.abs(x), b.scalar(p))], window, label);
  return b.power(b.times(mean, b.scalar(product(window.kernel))), b.scalar(1 / p));
}

/**
 * The largest number of each channel, [n, C, 1…]: a pool whose one window is the whole image, so that ties go to the first
 * cell as in every pool.
 */
export function globallyMaxPooled(b: NetworkBuilder, x: Value, label?: string): Value {
  const kernel = x.shape.slice(2);
  const ones = kernel.map(() => 1);
  return b.add('MaxPool', [x], { kernel, strides: ones, dilations: ones, pads: [...kernel, ...kernel].fill(0) }, label);
}

/**
 * Means over as many windows along each dimension of [n, C, …] as are wanted: the i-th of m over an extent e holds the cells
 * from ⌊i e/m⌋ to ⌈(i + 1) e/m⌉.
 */
export function adaptivelyAveraged(b: NetworkBuilder, x: Value, outputs: readonly number[]): Value {
  const extents = x.shape.slice(2);
  if (outputs.every((places) => places === 1)) {
    return b.mean(
      x,
      extents.map((_, i) => i + 2),
      true,
    );
  }
  return outputs.reduce((result, places, i) => {
    const extent = extents[i];
    if (places === extent) return result;
    return alongAxis(b, result, i + 2, places, (place) => {
      const [from, to] = [Math.floor((place * extent) / places), Math.ceil(((place + 1) * extent) / places)];
      return new Float64Array(extent).fill(1 / (to - from), from, to);
    });
  }, x);
}

/**
 * The largest number along an axis, which stays as an extent of 1; ties go to the first. Where the batch is not the outermost
 * axis, ties are shared.
 */
export function largestAlong(b: NetworkBuilder, x: Value, axis: number): Value {
  const { shape } = x;
  if (axis === 0 || shape[0] >= 0) return b.add('ReduceMax', [x], { axes: [axis], keepdims: true });
  const last = shape.length - 1;
  const perm = shape.map((_, i) => i);
  [perm[axis], perm[last]] = [perm[last], perm[axis]];
  const turned = b.transpose(x, perm);
  const rows = b.reshape(turned, [shape[0], product(turned.shape.slice(1, -1)), shape[axis]]);
  const largest = globallyMaxPooled(b, rows);
  return b.transpose(b.reshape(largest, turned.shape.with(last, 1)), perm);
}
