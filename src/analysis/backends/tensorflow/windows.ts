import type { Tensor, Tensor4D, Tensor5D } from '@tensorflow/tfjs-core';

import type { Tfjs } from './kernel';

/*
 * TensorFlow's convolutions and pools on the processor want the channels last, where channelsLast has put them. One spatial
 * dimension is taken as two, of which the first has the extent 1.
 */

/** The parts of a window that do not depend on the operator, [begin…, end…] for the pads. */
export interface Window {
  readonly strides: readonly number[];
  readonly pads: readonly number[];
}

/** [n, width, C] as [n, 1, width, C]. */
export function asImage(tf: Tfjs, x: Tensor): Tensor {
  const [n, width, channels] = x.shape;
  return x.rank === 3 ? tf.reshape(x, [n, 1, width, channels]) : x;
}

/** A window of one spatial dimension as one of two. A window of extent 1 moves nowhere, whatever its stride. */
export function atLeastTwo({ strides, pads }: Window): Window {
  if (strides.length > 1) return { strides, pads };
  return { strides: [strides[0], strides[0]], pads: [0, pads[0], 0, pads[1]] };
}

/** [n, …image, C] with so much around the image. */
export function padded(tf: Tfjs, x: Tensor, pads: readonly number[], value: number): Tensor {
  if (pads.every((pad) => pad === 0)) return x;
  const rank = x.rank - 2;
  const spatial = Array.from({ length: rank }, (_, i): [number, number] => [pads[i], pads[i + rank]]);
  return tf.pad(x, [[0, 0], ...spatial, [0, 0]], value);
}

/** A tensor of images, to the compiler too. */
export function flat(x: Tensor): Tensor4D {
  const is = (tensor: Tensor): tensor is Tensor4D => tensor.rank === 4;
  if (is(x)) return x;
  throw new Error(`expected a tensor of images, got rank ${x.rank}`);
}

/** A tensor of volumes, to the compiler too. */
export function deep(x: Tensor): Tensor5D {
  const is = (tensor: Tensor): tensor is Tensor5D => tensor.rank === 5;
  if (is(x)) return x;
  throw new Error(`expected a tensor of volumes, got rank ${x.rank}`);
}
