import { channelsFirst, inOrder, type Tensor } from '../../../compound/tensor';
import { type PaddedWindow, samePads, type Window } from '../../../compound/windows';
import type { Shape, Value } from '../../../network/network';
import type { TensorflowNode } from '../node';

/** An image with channels first, and the order that says so of a result. */
export interface Image {
  readonly value: Value;
  readonly order: readonly number[];
}

/** Whether a node's tensors are [n, C, …]; [n, …, C] unless it says so. */
function channelsStandFirst(node: TensorflowNode): boolean {
  return node.string('data_format', 'NHWC').startsWith('NC');
}

/** A tensor as an image with channels first, whichever way the node has them. */
export function imageOf(node: TensorflowNode, tensor: Tensor): Image {
  const rank = tensor.order.length;
  if (rank < 3) throw node.unreadable(`it needs images, got a tensor of rank ${rank}`);
  const order = channelsFirst(rank, channelsStandFirst(node) ? 'channels_first' : 'channels_last');
  return { value: inOrder(node.builder, tensor, order), order };
}

/** What a list with an entry for each axis of [n, …, C], or of [n, C, …], says of the spatial axes. */
function spatial(node: TensorflowNode, name: string, rank: number): readonly number[] {
  const entries = node.ints(name) ?? new Array<number>(rank + 2).fill(1);
  if (entries.length !== rank + 2) throw node.unreadable(`the attribute "${name}" must have ${rank + 2} entries`);
  const [first, kept] = channelsStandFirst(node) ? [2, entries[1]] : [1, entries[rank + 1]];
  if (entries[0] !== 1 || kept !== 1) throw node.unsupported(`"${name}" must be 1 along the batch and the channels`);
  return entries.slice(first, first + rank);
}

/** A window without its padding. */
export function windowOf(node: TensorflowNode, kernel: readonly number[]): Window {
  const rank = kernel.length;
  return { kernel, strides: spatial(node, 'strides', rank), dilations: spatial(node, 'dilations', rank) };
}

/** The window of a pool, whose size is an attribute. */
export function poolWindow(node: TensorflowNode, extents: Shape): PaddedWindow {
  const window = windowOf(node, spatial(node, 'ksize', extents.length));
  return { ...window, pads: padsOf(node, extents, window) };
}

/** What is put around an image, [begin…, end…]. */
export function padsOf(node: TensorflowNode, extents: Shape, window: Window): readonly number[] {
  const rank = extents.length;
  const padding = node.string('padding', 'VALID');
  if (padding === 'SAME') return samePads(extents, window, 'end');
  if (padding === 'VALID') return new Array<number>(2 * rank).fill(0);
  const pairs = node.ints('explicit_paddings') ?? [];
  if (padding !== 'EXPLICIT' || pairs.length !== 2 * (rank + 2)) {
    throw node.unreadable(`the padding must be SAME, VALID or EXPLICIT with ${2 * (rank + 2)} numbers`);
  }
  const first = channelsStandFirst(node) ? 2 : 1;
  const sides = (side: number) => Array.from({ length: rank }, (_, i) => pairs[2 * (first + i) + side]);
  return [...sides(0), ...sides(1)];
}
