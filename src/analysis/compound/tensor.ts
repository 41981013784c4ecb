import type { NetworkBuilder } from '../network/builder';
import type { Shape, Value } from '../network/network';

/**
 * A tensor as Keras speaks of it, kept in the axis order in which it was computed, so that a channels-last model runs
 * channels first without a Transpose around every convolution: axis j of the value is axis order[j] of the tensor.
 */
export interface Tensor {
  readonly value: Value;
  readonly order: readonly number[];
}

/** Where the channels stand. */
export type DataFormat = 'channels_last' | 'channels_first';

/** A tensor whose value lies in the tensor's own order. */
export function plain(value: Value): Tensor {
  return { value, order: value.shape.map((_, axis) => axis) };
}

/** The extents in the tensor's own order. */
export function shapeOf({ value, order }: Tensor): Shape {
  const shape = new Array<number>(order.length);
  order.forEach((axis, j) => (shape[axis] = value.shape[j]));
  return shape;
}

/** Which axis of the value is axis a of the tensor; negative a count from the end, as in Python. */
export function valueAxis({ order }: Tensor, a: number): number {
  return order.indexOf(a < 0 ? a + order.length : a);
}

/** Which axes of the value, in order, are those axes of the tensor. */
export function valueAxes(tensor: Tensor, axes: readonly number[]): number[] {
  return axes.map((axis) => valueAxis(tensor, axis)).sort((p, q) => p - q);
}

/** The numbers in another order of axes: axis j of the result is axis order[j] of the tensor. */
export function inOrder(b: NetworkBuilder, tensor: Tensor, order: readonly number[]): Value {
  const perm = order.map((axis) => tensor.order.indexOf(axis));
  const { shape } = tensor.value;
  const moved = perm.filter((axis) => shape[axis] !== 1);
  // Axes of extent 1 move without moving a number.
  const still = moved.every((axis, i) => i === 0 || moved[i - 1] < axis);
  if (!still) return b.transpose(tensor.value, perm);
  return b.reshape(
    tensor.value,
    perm.map((axis) => shape[axis]),
  );
}

/** The numbers in the tensor's own order. */
export function inOwnOrder(b: NetworkBuilder, tensor: Tensor): Value {
  return inOrder(b, tensor, [...tensor.order.keys()]);
}

/** The order of a batch of images with channels first, for inOrder. */
export function channelsFirst(rank: number, format: DataFormat): readonly number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return format === 'channels_first' ? axes : [0, rank - 1, ...axes.slice(1, -1)];
}

/** f of each element. */
export function map(tensor: Tensor, f: (value: Value) => Value): Tensor {
  return { value: f(tensor.value), order: tensor.order };
}

/** f of elements that stand at the same place, after broadcasting as NumPy does. */
export function broadcast(b: NetworkBuilder, tensors: readonly Tensor[], f: (...values: Value[]) => Value): Tensor {
  const rank = Math.max(...tensors.map(({ order }) => order.length));
  const { order } = tensors.reduce((lead, other) => (weight(other, rank) > weight(lead, rank) ? other : lead));
  return { value: f(...tensors.map((tensor) => inOrder(b, ofRank(b, tensor, rank), order))), order };
}

/** The largest tensor stays as it is, and of equally large ones that which has been rearranged already. */
function weight({ value, order }: Tensor, rank: number): number {
  if (order.length < rank) return -1;
  const count = value.shape.reduce((product, extent) => product * Math.abs(extent), 1);
  return 2 * count + (order.every((axis, j) => axis === j) ? 0 : 1);
}

function ofRank(b: NetworkBuilder, tensor: Tensor, rank: number): Tensor {
  const missing = rank - tensor.order.length;
  if (missing === 0) return tensor;
  return plain(b.reshape(inOwnOrder(b, tensor), [...new Array<number>(missing).fill(1), ...shapeOf(tensor)]));
}

/** A constant that varies along some axes of a tensor only, to be broadcast against its value. */
export function alongAxes(b: NetworkBuilder, data: Float32Array, tensor: Tensor, axes: readonly number[]): Value {
  const shape = shapeOf(tensor);
  const wanted = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
  const constant = b.constant(
    data,
    shape.map((extent, axis) => (wanted.includes(axis) ? extent : 1)),
  );
  return inOrder(b, plain(constant), tensor.order);
}

/** A reduction over axes of the tensor. */
export function reduce(
  b: NetworkBuilder,
  op: 'ReduceSum' | 'ReduceMean' | 'ReduceMax',
  tensor: Tensor,
  axes: readonly number[],
  keepdims: boolean,
): Tensor {
  const reduced = valueAxes(tensor, axes);
  const value = b.add(op, [tensor.value], { axes: reduced, keepdims });
  if (keepdims) return { value, order: tensor.order };
  const left = tensor.order.filter((_, j) => !reduced.includes(j));
  return { value, order: left.map((axis) => left.filter((other) => other < axis).length) };
}

/** Another shape for the same numbers in row-major order. */
export function reshape(b: NetworkBuilder, tensor: Tensor, shape: Shape): Tensor {
  return plain(b.reshape(inOwnOrder(b, tensor), shape));
}

/** Tensors one behind the other along an axis of theirs. */
export function concatenated(b: NetworkBuilder, tensors: readonly Tensor[], axis: number): Tensor {
  // What has been rearranged already stays so.
  const lead = tensors.find(({ order }) => order.some((a, j) => a !== j)) ?? tensors[0];
  const values = tensors.map((tensor) => inOrder(b, tensor, lead.order));
  return { value: b.concat(values, valueAxis(lead, axis)), order: lead.order };
}
