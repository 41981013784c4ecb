import type { Tensor, Tensor4D, Tensor5D } from '@tensorflow/tfjs-core';

import type { NodeOf } from '../../network/network';
import { elementCount } from '../../network/shapes';
import { type Kernel, list, type Tfjs } from './kernel';
import { asImage, atLeastTwo, deep, flat, padded } from './windows';

type Pool = NodeOf<'MaxPool'> | NodeOf<'AveragePool'>;
type Two = [number, number];
type Three = [number, number, number];

/** What one kind of pool makes of windows. */
interface Pooling {
  /** What an image is padded with. */
  readonly padding: number;
  readonly images: (x: Tensor4D, kernel: Two, strides: Two) => Tensor;
  readonly volumes: (x: Tensor5D, kernel: Three, strides: Three) => Tensor;
  /** Of the cells of all windows, cell by cell. */
  readonly cells: (cells: readonly Tensor[]) => Tensor;
}

const maxPool: Kernel<'MaxPool'> = (tf, [image], node, shape) =>
  pooled(tf, image, node, shape, {
    padding: -Infinity,
    images: (x, kernel, strides) => tf.maxPool(x, kernel, strides, 'valid'),
    volumes: (x, kernel, strides) => tf.maxPool3d(x, kernel, strides, 'valid'),
    cells: (cells) => cells.reduce((a, b) => tf.maximum(a, b)),
  });

const averagePool: Kernel<'AveragePool'> = (tf, [image], node, shape) =>
  pooled(tf, image, node, shape, {
    padding: 0,
    images: (x, kernel, strides) => tf.avgPool(x, kernel, strides, 'valid'),
    volumes: (x, kernel, strides) => tf.avgPool3d(x, kernel, strides, 'valid'),
    cells: (cells) =>
      tf.div(
        cells.reduce((a, b) => tf.add(a, b)),
        cells.length,
      ),
  });

/** Padding is done before: tfjs-node's pools take none that is explicit, and TensorFlow's average leaves it out. */
function pooled(
  tf: Tfjs,
  image: Tensor,
  { attributes }: Pool,
  shape: readonly number[],
  { padding, images, volumes, cells }: Pooling,
): Tensor {
  const { strides, pads } = atLeastTwo(attributes);
  const isSignal = attributes.kernel.length === 1;
  const [kernel, dilations] = [attributes.kernel, attributes.dilations].map((one) => (isSignal ? [1, ...one] : one));
  const x = padded(tf, asImage(tf, image), pads, padding);
  let y: Tensor;
  if (dilations.some((dilation) => dilation !== 1)) {
    y = cells(cellsOf(tf, x, { kernel, strides, dilations }, shape));
  } else {
    const [a, b, c] = kernel;
    const [p, q, r] = strides;
    y = kernel.length === 2 ? images(flat(x), [a, b], [p, q]) : volumes(deep(x), [a, b, c], [p, q, r]);
  }
  return tf.reshape(y, list(shape));
}

type Window = Readonly<Record<'kernel' | 'strides' | 'dilations', readonly number[]>>;

/** Windows with holes, which TensorFlow's pools do not have: for each cell of a window, that cell of all of them. */
function cellsOf(tf: Tfjs, x: Tensor, { kernel, strides, dilations }: Window, shape: readonly number[]): Tensor[] {
  const [n, channels] = [shape[0], shape[shape.length - 1]];
  const windows = shape.length === 3 ? [1, shape[1]] : shape.slice(1, -1);
  return Array.from({ length: elementCount(kernel) }, (_, cell) => {
    const starts = kernel.map((extent, i) => {
      return (Math.floor(cell / elementCount(kernel.slice(i + 1))) % extent) * dilations[i];
    });
    const ends = starts.map((start, i) => start + (windows[i] - 1) * strides[i] + 1);
    return tf.stridedSlice(x, [0, ...starts, 0], [n, ...ends, channels], [1, ...strides, 1]);
  });
}

/** Pools of one, two and three dimensions. */
export const pools = { MaxPool: maxPool, AveragePool: averagePool };
