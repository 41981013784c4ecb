import { batchNormalisation } from '../../../compound/normalisation';
import { alongAxes, broadcast, type Tensor } from '../../../compound/tensor';
import { transposedPads, type Window } from '../../../compound/windows';
import type { ConstantValue, Value } from '../../../network/network';
import { elementCount } from '../../../network/shapes';
import type { TensorflowNode, Translation } from '../node';
import { activation, parametricRelu } from './elementwise';
import { type Image, imageOf, padsOf, windowOf } from './window';

/** (…window, in, out) to (out, in, …window). */
function outputThenInput(rank: number): number[] {
  return [rank + 1, rank, ...Array.from({ length: rank }, (_, axis) => axis)];
}

function kernelOf(node: TensorflowNode): ConstantValue {
  const kernel = node.constant(1, 'the weight of a convolution');
  if (kernel.shape.length < 3) throw node.unreadable('its weight must be [window, in, out]');
  return kernel;
}

/** Kernel (…window, C/groups, filters). */
function conv(node: TensorflowNode): Tensor {
  const image = imageOf(node, node.tensor(0));
  const kernel = kernelOf(node);
  const rank = kernel.shape.length - 2;
  const weight = node.builder.transpose(kernel, outputThenInput(rank));
  const window = windowOf(node, kernel.shape.slice(0, rank));
  return convolved(node, image, weight, window, image.value.shape[1] / kernel.shape[rank]);
}

/** Each channel on its own: kernel (…window, C, multiplier). */
function depthwise(node: TensorflowNode): Tensor {
  const { builder: b } = node;
  const image = imageOf(node, node.tensor(0));
  const kernel = kernelOf(node);
  const rank = kernel.shape.length - 2;
  const window = windowOf(node, kernel.shape.slice(0, rank));
  const [channels, multiplier] = kernel.shape.slice(rank);
  // Output channel c · multiplier + m is the m-th of input channel c: the row-major order of the kernel's last two axes.
  const merged = b.reshape(kernel, [...window.kernel, 1, channels * multiplier]);
  return convolved(node, image, b.transpose(merged, outputThenInput(rank)), window, channels);
}

function convolved(
  node: TensorflowNode,
  { value, order }: Image,
  weight: Value,
  window: Window,
  group: number,
): Tensor {
  const { strides, dilations } = window;
  const pads = padsOf(node, value.shape.slice(2), window);
  return { value: node.builder.add('Conv', [value, weight], { strides, dilations, pads, group }, node.label), order };
}

/** Inputs: the extents of the result, the kernel (…window, filters, C), the image. */
function transposedConv(node: TensorflowNode): Tensor {
  const { builder: b } = node;
  const { value, order } = imageOf(node, node.tensor(2));
  const kernel = kernelOf(node);
  const rank = kernel.shape.length - 2;
  const extents = node.shape(0);
  // Older files give the spatial extents only.
  const outputs = extents.length === rank ? extents : order.slice(2).map((axis) => extents[axis]);
  const window = windowOf(node, kernel.shape.slice(0, rank));
  const { strides, dilations } = window;
  const fitted = transposedPads(value.shape.slice(2), window, outputs, 'end');
  const explicit = node.string('padding', 'VALID') === 'EXPLICIT';
  if (explicit) throw node.unsupported('explicit padding of a transposed convolution is not followed');
  const weight = b.transpose(kernel, outputThenInput(rank));
  const attributes = { strides, dilations, ...fitted, group: 1 };
  return { value: b.add('ConvTranspose', [value, weight], attributes, node.label), order };
}

/** A vector of numbers per channel, added; that of a folded batch normalisation is written [1, 1, 1, C]. */
export function biased(node: TensorflowNode, x: Tensor, bias: Tensor): Tensor {
  const rank = x.order.length;
  const first = node.string('data_format', 'NHWC').startsWith('NC');
  const shape = new Array<number>(rank).fill(1);
  shape[first ? 1 : rank - 1] = elementCount(bias.value.shape);
  const vector = { value: node.builder.reshape(bias.value, shape), order: shape.map((_, axis) => axis) };
  return broadcast(node.builder, [x, vector], (p, q) => node.builder.plus(p, q));
}

/** What optimizers append to a product or a convolution: a bias or a batch normalisation, then an activation. */
export const fused =
  (product: (node: TensorflowNode) => Tensor): Translation =>
  (node) => {
    const operations = node.strings('fused_ops');
    let at = 2;
    return operations.reduce<Tensor>((x, operation) => {
      switch (operation) {
        case 'BiasAdd':
          return biased(node, x, node.tensor(at++));
        case 'FusedBatchNorm':
          return normalised(node, x, (at += 4) - 4);
        case 'Prelu':
          return parametricRelu(node.builder, x, node.tensor(at++));
        default: {
          const result = activation(node, operation, x, node.int('leakyrelu_alpha', 0.2));
          if (result === undefined) throw node.unsupported(`the fused operation ${operation} is not known`);
          return result;
        }
      }
    }, product(node));
  };

/** γ, β, mean and variance from input `first` on. */
export function normalised(node: TensorflowNode, x: Tensor, first: number): Tensor {
  const { builder: b } = node;
  const [gamma, beta, mean, variance] = ['scale', 'offset', 'mean', 'variance'].map(
    (what, i) => node.constant(first + i, `the ${what} of a batch normalisation`).data,
  );
  const { scale, shift } = batchNormalisation({ mean, variance, gamma, beta, epsilon: node.int('epsilon', 1e-4) });
  const axis = node.string('data_format', 'NHWC').startsWith('NC') ? 1 : -1;
  const [factors, terms] = [scale, shift].map((data) => alongAxes(b, data, x, [axis]));
  return { value: b.plus(b.times(x.value, factors), terms), order: x.order };
}

/** Convolutions. */
export const convolution: Readonly<Record<string, Translation>> = {
  Conv2D: conv,
  Conv3D: conv,
  DepthwiseConv2dNative: depthwise,
  Conv2DBackpropInput: transposedConv,
  Conv3DBackpropInputV2: transposedConv,
  _FusedConv2D: fused(conv),
  FusedConv2D: fused(conv),
  _FusedDepthwiseConv2dNative: fused(depthwise),
  FusedDepthwiseConv2dNative: fused(depthwise),
  BiasAdd: (node) => biased(node, node.tensor(0), node.tensor(1)),
  BiasAddV1: (node) => biased(node, node.tensor(0), node.tensor(1)),
};
