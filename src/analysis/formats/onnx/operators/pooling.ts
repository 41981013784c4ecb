import type { Shape, Value } from '../../../network/network';
import type { OnnxNode, Translation } from '../node';
import { roundedUp, type Windows, windows } from './window';

function poolWindows(node: OnnxNode, x: Value): { exact: Windows; padded: Windows } {
  const kernel = node.ints('kernel_shape', undefined);
  if (kernel === undefined) throw node.unreadable('the attribute kernel_shape is missing');
  const spatial = x.shape.slice(2);
  const exact = windows(node, kernel, spatial);
  return { exact, padded: node.int('ceil_mode', 0) === 1 ? roundedUp(exact, spatial) : exact };
}

function maxPool(node: OnnxNode): Value {
  if ((node.proto.output[1] ?? '') !== '') {
    throw node.unsupported('the positions of the maxima (its second output) are not computed here');
  }
  const x = node.value(0);
  return node.builder.add('MaxPool', [x], poolWindows(node, x).padded, node.label);
}

/** How many cells of each window lie in [from, to), as numbers per result along one dimension. */
function cellsWithin(
  axis: number,
  { kernel, strides, dilations }: Windows,
  begin: number,
  results: number,
  from: number,
  to: number,
): number[] {
  return Array.from({ length: results }, (_, result) => {
    let count = 0;
    for (let cell = 0; cell < kernel[axis]; cell++) {
      const position = result * strides[axis] - begin + cell * dilations[axis];
      if (position >= from && position < to) count++;
    }
    return count;
  });
}

/**
 * The factor between a window's mean over all its cells and the mean that counts only those of the image, or of the
 * image with its explicit padding: [1, 1, …results]. Windows that `ceil_mode` adds reach beyond both.
 */
function countCorrection(node: OnnxNode, spatial: Shape, result: Shape, exact: Windows): Value | undefined {
  const rank = spatial.length;
  const includePad = node.int('count_include_pad', 0) === 1;
  let factors = [1];
  spatial.forEach((extent, axis) => {
    const [begin, end] = [exact.pads[axis], exact.pads[axis + rank]];
    const [from, to] = includePad ? [-begin, extent + end] : [0, extent];
    const cells = cellsWithin(axis, exact, begin, result[axis], from, to);
    factors = factors.flatMap((factor) => cells.map((count) => (factor * exact.kernel[axis]) / count));
  });
  return factors.every((factor) => factor === 1) ? undefined : node.builder.constant(factors, [1, 1, ...result]);
}

function averagePool(node: OnnxNode): Value {
  const x = node.value(0);
  const { exact, padded } = poolWindows(node, x);
  const mean = node.builder.add('AveragePool', [x], padded, node.label);
  const correction = countCorrection(node, x.shape.slice(2), mean.shape.slice(2), exact);
  return correction === undefined ? mean : node.builder.times(mean, correction);
}

function spatialAxes(x: Value): number[] {
  return x.shape.map((_, axis) => axis).slice(2);
}

/** A pool whose one window is the whole image, so that ties go to the first cell as in every pool. */
function globalMaxPool(node: OnnxNode): Value {
  const x = node.value(0);
  const kernel = x.shape.slice(2);
  const ones = kernel.map(() => 1);
  const pads = [...kernel, ...kernel].fill(0);
  return node.builder.add('MaxPool', [x], { kernel, strides: ones, dilations: ones, pads }, node.label);
}

/** (Σ |x|^p)^(1/p) over the cells of each window; padding counts as 0. */
function lpPool(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  const { padded } = poolWindows(node, x);
  const p = node.int('p', 2);
  const powers = builder.power(builder.abs(x), builder.scalar(p));
  const mean = builder.add('AveragePool', [powers], padded, node.label);
  const cells = padded.kernel.reduce((product, extent) => product * extent, 1);
  return builder.power(builder.times(mean, builder.scalar(cells)), builder.scalar(1 / p));
}

/** Pools over windows and over the whole image. */
export const pooling: Readonly<Record<string, Translation>> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  LpPool: lpPool,
  GlobalAveragePool: (node) => node.builder.mean(node.value(0), spatialAxes(node.value(0)), true),
  GlobalMaxPool: globalMaxPool,
};
