import type { Tensor } from '@tensorflow/tfjs-core';

import type { NodeOf } from '../../network/network';
import { type Kernel, product, type Tfjs } from './kernel';
import { atLeastTwo, channelsFirst, channelsLast, deep, flat, padded } from './windows';

type Pool = NodeOf<'MaxPool'> | NodeOf<'AveragePool'>;

/** Padding is done before: tfjs-node's pools take none that is explicit, and TensorFlow's average leaves it out. */
const maxPool: Kernel<'MaxPool'> = (tf, [image], node, shape) => {
  const { x, kernel, strides } = prepared(tf, image, node, -Infinity);
  if (isDilated(node)) {
    return channelsFirst(
      tf,
      overCells(tf, x, node, shape, (a, b) => tf.maximum(a, b)),
      shape,
    );
  }
  const [a, b, c] = kernel;
  const [p, q, r] = strides;
  const y =
    kernel.length === 2
      ? tf.maxPool(flat(x), [a, b], [p, q], 'valid')
      : tf.maxPool3d(deep(x), [a, b, c], [p, q, r], 'valid');
  return channelsFirst(tf, y, shape);
};

const averagePool: Kernel<'AveragePool'> = (tf, [image], node, shape) => {
  const { x, kernel, strides } = prepared(tf, image, node, 0);
  if (isDilated(node)) {
    const sum = overCells(tf, x, node, shape, (a, b) => tf.add(a, b));
    return channelsFirst(tf, tf.div(sum, product(kernel)), shape);
  }
  const [a, b, c] = kernel;
  const [p, q, r] = strides;
  const y =
    kernel.length === 2
      ? tf.avgPool(flat(x), [a, b], [p, q], 'valid')
      : tf.avgPool3d(deep(x), [a, b, c], [p, q, r], 'valid');
  return channelsFirst(tf, y, shape);
};

/** The padded image with channels last, and the window in as many dimensions. */
function prepared(tf: Tfjs, image: Tensor, node: Pool, fill: number) {
  const { strides, pads } = atLeastTwo(node.attributes);
  const { kernel } = node.attributes;
  return {
    x: padded(tf, channelsLast(tf, image), pads, fill),
    kernel: kernel.length === 1 ? [1, kernel[0]] : kernel,
    strides,
  };
}

function isDilated({ attributes: { dilations } }: Pool): boolean {
  return dilations.some((dilation) => dilation !== 1);
}

/** Windows with holes, which TensorFlow's pools do not have: the cells of all windows, taken together one by one. */
function overCells(
  tf: Tfjs,
  x: Tensor,
  { attributes }: Pool,
  shape: readonly number[],
  together: (a: Tensor, b: Tensor) => Tensor,
): Tensor {
  const wide = (numbers: readonly number[]): readonly number[] => (numbers.length === 1 ? [1, ...numbers] : numbers);
  const [kernel, strides, dilations] = [attributes.kernel, attributes.strides, attributes.dilations].map(wide);
  const windows = shape.length === 3 ? [1, shape[2]] : shape.slice(2);
  let result: Tensor | undefined;
  for (let cell = 0; cell < product(kernel); cell++) {
    const starts = kernel.map((extent, i) => (Math.floor(cell / product(kernel.slice(i + 1))) % extent) * dilations[i]);
    const ends = starts.map((start, i) => start + (windows[i] - 1) * strides[i] + 1);
    const [n] = shape;
    const cells = tf.stridedSlice(x, [0, ...starts, 0], [n, ...ends, shape[1]], [1, ...strides, 1]);
    result = result === undefined ? cells : together(result, cells);
  }
  if (result === undefined) throw new Error('a window must have a cell');
  return result;
}

/** Pools of one, two and three dimensions. */
export const pools = { MaxPool: maxPool, AveragePool: averagePool };
