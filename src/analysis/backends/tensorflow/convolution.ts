import type { Tensor } from '@tensorflow/tfjs-core';

import type { NodeOf } from '../../network/network';
import { type Kernel, list, type Tfjs } from './kernel';
import { asImage, atLeastTwo, deep, flat, padded } from './windows';

type Convolution = NodeOf<'Conv'> | NodeOf<'ConvTranspose'>;

/**
 * The weight of a convolution as TensorFlow takes it: the kernel's extents first, two at least, with dilations written as
 * zeros, since TensorFlow's kernels on the processor take them with some strides, ranks and groups only.
 * Conv: [M, C/group, …kernel] → [group, …kernel, C/group, M/group]; ConvTranspose: [C, M/group, …kernel] →
 * [group, …kernel, M/group, C/group]; depthwise ones without the group: [h, w, group, the other extent].
 */
export function filter(tf: Tfjs, weight: Tensor, node: Convolution): Tensor {
  const { group, dilations } = node.attributes;
  const shape: readonly number[] = weight.shape;
  const [outer, inner] = shape;
  const rank = shape.length - 2;
  let dilated = weight;
  for (let i = 0; i < rank; i++) dilated = spread(tf, dilated, i + 2, dilations[i]);
  const extents: readonly number[] = dilated.shape.slice(2);
  const kernel = rank === 1 ? [1, ...extents] : extents;
  const grouped = tf.reshape(dilated, [group, outer / group, inner, ...kernel]);
  const spatial = kernel.map((_, i) => i + 3);
  if (!isDepthwise(node, shape)) return tf.transpose(grouped, [0, ...spatial, 2, 1]);
  return tf.reshape(tf.transpose(grouped, [...spatial, 0, 1, 2]), [...kernel, group, outer / group]);
}

/** Zeros between the entries along an axis, so that neighbours are `step` apart. */
function spread(tf: Tfjs, x: Tensor, axis: number, step: number): Tensor {
  const extent = x.shape[axis];
  if (step === 1 || extent === 1) return x;
  const before = x.shape.slice(0, axis);
  const after = x.shape.slice(axis + 1);
  const apart = tf.reshape(x, [...before, extent, 1, ...after]);
  const none = (axes: readonly number[]): [number, number][] => axes.map(() => [0, 0]);
  const wide = tf.pad(apart, [...none(before), [0, 0], [0, step - 1], ...none(after)]);
  const joined = tf.reshape(wide, [...before, extent * step, ...after]);
  return tf.slice(joined, list(joined.shape.map(() => 0)), [...before, (extent - 1) * step + 1, ...after]);
}

/** Whether each group has one channel on the image's side, and TensorFlow a kernel for it: equal strides, no volume. */
function isDepthwise(
  { attributes: { group, strides } }: Convolution,
  [, inner, ...kernel]: readonly number[],
): boolean {
  return group > 1 && inner === 1 && kernel.length < 3 && strides.every((stride) => stride === strides[0]);
}

/** The groups of channels, computed one by one and put together; [n, …image, C]. */
function byGroup(tf: Tfjs, x: Tensor, filters: Tensor, compute: (x: Tensor, filter: Tensor) => Tensor): Tensor {
  const [group, ...one] = filters.shape;
  if (group === 1) return compute(x, tf.reshape(filters, one));
  const xs = tf.split(x, group, x.rank - 1);
  const parts = tf.split(filters, group, 0).map((part, i) => compute(xs[i], tf.reshape(part, one)));
  return tf.concat(parts, x.rank - 1);
}

const conv: Kernel<'Conv'> = (tf, [image, filters, bias], node, shape) => {
  const { strides, pads } = atLeastTwo(node.attributes);
  const x = asImage(tf, image);
  let y: Tensor;
  if (isDepthwise(node, node.inputs[1].shape)) {
    const [stride] = strides;
    y = tf.depthwiseConv2d(flat(padded(tf, x, pads, 0)), flat(filters), stride, 'valid');
  } else {
    y = byGroup(tf, padded(tf, x, pads, 0), filters, (part, kernel) => {
      const [a, b, c] = strides;
      return strides.length === 2
        ? tf.conv2d(flat(part), flat(kernel), [a, b], 'valid')
        : tf.conv3d(deep(part), deep(kernel), [a, b, c], 'valid');
    });
  }
  return tf.reshape(node.inputs.length > 2 ? tf.add(y, bias) : y, list(shape));
};

/** All that the kernel reaches, of which the pads are then cut off; beyond its reach, zeros. */
const convTranspose: Kernel<'ConvTranspose'> = (tf, [image, filters, bias], node, shape) => {
  const { strides, pads } = atLeastTwo(node.attributes);
  const x = asImage(tf, image);
  const [n, ...rest] = x.shape;
  const depthwise = isDepthwise(node, node.inputs[1].shape);
  const kernel = depthwise ? filters.shape : filters.shape.slice(1);
  const reach = strides.map((stride, i) => (rest[i] - 1) * stride + kernel[i]);
  let y: Tensor;
  if (depthwise) {
    const inputShape = [n, ...reach, node.attributes.group];
    // The adjoint of a depthwise convolution, which has no function of its own but in gradients.
    y = tf
      .engine()
      .runKernel(
        tf.DepthwiseConv2dNativeBackpropInput,
        { dy: x, filter: filters },
        { strides: list(strides), pad: 'valid', dilations: [1, 1], inputShape },
      );
  } else {
    y = byGroup(tf, x, filters, (part, one) => {
      const channels = one.shape[one.rank - 2];
      const [a, b, c] = strides;
      return strides.length === 2
        ? tf.conv2dTranspose(flat(part), flat(one), [n, reach[0], reach[1], channels], [a, b], 'valid')
        : tf.conv3dTranspose(deep(part), deep(one), [n, reach[0], reach[1], reach[2], channels], [a, b, c], 'valid');
    });
  }
  const extents = shape.length === 3 ? [1, shape[1]] : shape.slice(1, -1);
  const begin = extents.map((_, i) => pads[i]);
  const missing = extents.map((extent, i) => Math.max(0, begin[i] + extent - reach[i]));
  const whole = padded(tf, y, [...missing.map(() => 0), ...missing], 0);
  const cut = tf.slice(whole, [0, ...begin, 0], [n, ...extents, shape[shape.length - 1]]);
  return tf.reshape(node.inputs.length > 2 ? tf.add(cut, bias) : cut, list(shape));
};

/** Convolutions of one, two and three dimensions. */
export const convolutions = { Conv: conv, ConvTranspose: convTranspose };
