import { depthToSpace, spaceToDepth } from '../../../compound/blocks';
import { continued } from '../../../compound/resampling';
import { rolled } from '../../../compound/rolling';
import { concatenated, inOwnOrder, map, plain, shapeOf, type Tensor, valueAxis } from '../../../compound/tensor';
import { broadcastShape } from '../../../network/shapes';
import { pieceCount } from '../../pieceCount';
import { isExtents, type TensorflowNode, type Translation } from '../node';
import { batchToSpace, spaceToBatch } from './batchBlocks';
import { reshaped, squeezed, withAxis, without } from './reshape';
import { plainSlice, stridedSlice } from './strides';
import { imageOf } from './window';

/** Only the names of the axes change. */
function transposed(node: TensorflowNode): Tensor {
  const { value, order } = node.tensor(0);
  const perm = node.numbers(1, 'the permutation').map((axis) => node.axis(axis, order.length));
  if (perm.length !== order.length || new Set(perm).size !== order.length) {
    throw node.unreadable(`[${perm.join(', ')}] must be a permutation of ${order.length} axes`);
  }
  return { value, order: order.map((axis) => perm.indexOf(axis)) };
}

/** Tensors one behind the other; a batch among them makes constants of extent 1, such as class tokens, as long as it. */
function concatenatedAlong(node: TensorflowNode, tensors: readonly Tensor[], at: number): Tensor {
  const rank = tensors[0].order.length;
  if (tensors.some(({ order }) => order.length !== rank)) throw node.unreadable('its inputs must be of one rank');
  const axis = node.axis(at, rank);
  const batch = tensors.map(shapeOf).find((shape) => shape.some((dim) => dim < 0));
  const fitting = tensors.map((tensor) => {
    const shape = shapeOf(tensor);
    const wanted = shape.map((dim, i) => (i !== axis && dim === 1 && batch && batch[i] < 0 ? batch[i] : dim));
    return wanted.every((dim, i) => dim === shape[i])
      ? tensor
      : plain(node.builder.expand(inOwnOrder(node.builder, tensor), wanted));
  });
  const filled = fitting.filter((tensor) => shapeOf(tensor)[axis] !== 0);
  return concatenated(node.builder, filled.length > 0 ? filled : fitting, axis);
}

function concat(node: TensorflowNode): Tensor {
  const tensors = node.inputs.slice(0, -1).map((_, i) => node.tensor(i));
  if (tensors.length === 0) throw node.unreadable('it must have an input');
  return concatenatedAlong(node, tensors, node.number(-1, 'the axis'));
}

function pack(node: TensorflowNode): Tensor {
  const tensors = node.tensors();
  if (tensors.length === 0) throw node.unreadable('it must have an input');
  const axis = node.axis(node.int('axis', 0), tensors[0].order.length + 1);
  return concatenatedAlong(
    node,
    tensors.map((tensor) => withAxis(node, tensor, axis)),
    axis,
  );
}

/** Consecutive pieces along an axis. */
function pieces(node: TensorflowNode, x: Tensor, axis: number, lengths: readonly number[]): Tensor[] {
  const along = valueAxis(x, axis);
  let start = 0;
  return lengths.map((length) => {
    const piece = map(x, (value) => node.builder.slice(value, [along], [start], [start + length]));
    start += length;
    return piece;
  });
}

function unpack(node: TensorflowNode): Tensor[] {
  const x = node.tensor(0);
  const axis = node.axis(node.int('axis', 0), x.order.length);
  const parts = pieces(node, x, axis, new Array<number>(pieceCount(node.fixedExtent(shapeOf(x), axis))).fill(1));
  return parts.map((part) => without(node, part, [axis]));
}

function split(node: TensorflowNode): Tensor[] {
  const x = node.tensor(1);
  const axis = node.axis(node.number(0, 'the axis'), x.order.length);
  const count = node.int('num_split', 1);
  const extent = node.fixedExtent(shapeOf(x), axis);
  if (count < 1 || extent % count !== 0) throw node.unreadable(`it cannot split ${extent} into ${count} equal parts`);
  return pieces(node, x, axis, new Array<number>(pieceCount(count)).fill(extent / count));
}

function splitBySizes(node: TensorflowNode): Tensor[] {
  const x = node.tensor(0);
  const axis = node.axis(node.number(2, 'the axis'), x.order.length);
  const sizes = node.numbers(1, 'the sizes');
  const rest = node.fixedExtent(shapeOf(x), axis) - sizes.reduce((sum, size) => sum + Math.max(0, size), 0);
  return pieces(
    node,
    x,
    axis,
    sizes.map((size) => (size === -1 ? rest : size)),
  );
}

/** Constant indices of any rank; a run of neighbours is a Slice. */
function gather(node: TensorflowNode): Tensor {
  const { builder: b } = node;
  const x = node.tensor(0);
  if (node.int('batch_dims', 0) !== 0) throw node.unsupported('batch dimensions are not followed');
  const axis = node.op === 'Gather' ? 0 : node.axis(node.number(2, 'the axis'), x.order.length);
  const extent = node.fixedExtent(shapeOf(x), axis);
  const { shape: counts } = node.value(1);
  const indices = node.numbers(1, 'the indices');
  if (indices.some((index) => index < 0 || index >= extent)) {
    throw node.unreadable(`the indices must be in 0…${extent - 1}`);
  }
  const along = valueAxis(x, axis);
  const run = indices.every((index, i) => index === indices[0] + i);
  const picked = map(x, (value) =>
    run && indices.length > 0
      ? b.slice(value, [along], [indices[0]], [indices[0] + indices.length])
      : b.add('Gather', [value, b.integers(indices)], { axis: along }, node.label),
  );
  if (counts.length === 1) return picked;
  if (counts.length === 0) return without(node, picked, [axis]);
  const shape = shapeOf(x);
  return plain(b.reshape(inOwnOrder(b, picked), [...shape.slice(0, axis), ...counts, ...shape.slice(axis + 1)]));
}

/** Repetition of extents of 1 is broadcasting, of others concatenation. */
function tile(node: TensorflowNode): Tensor {
  const { builder: b } = node;
  const x = node.value(0);
  const repeats = node.shape(1);
  if (repeats.length !== x.shape.length) throw node.unreadable('it must have a number for each axis');
  node.bounded(x.shape.map((dim, axis) => dim * repeats[axis]));
  const spread = b.expand(
    x,
    x.shape.map((dim, axis) => (dim === 1 ? repeats[axis] : dim)),
  );
  return plain(
    repeats.reduce((value, times, axis) => {
      if (x.shape[axis] === 1 || times === 1) return value;
      if (times < 1) throw node.unsupported('it repeats by the batch size, or not at all');
      return b.concat(new Array<typeof value>(times).fill(value), axis);
    }, spread),
  );
}

function broadcastTo(node: TensorflowNode): Tensor {
  const x = node.value(0);
  const { fixedBatch } = node.reading;
  const wanted = node.shape(1);
  const offset = wanted.length - x.shape.length;
  // A file with a fixed batch names it where the network's varies.
  const shape = wanted.map((dim, axis) => {
    const own = axis >= offset ? x.shape[axis - offset] : 1;
    return own < 0 && fixedBatch !== null && dim === -own * fixedBatch ? own : dim;
  });
  return plain(node.builder.add('Expand', [x], { shape: node.bounded(broadcastShape(x.shape, shape)) }, node.label));
}

/** [before, after] of each axis. */
function margins(node: TensorflowNode, x: Tensor): (readonly [number, number])[] {
  const flat = node.numbers(1, 'the padding');
  if (flat.length !== 2 * x.order.length) throw node.unreadable('it must have a pair of numbers for each axis');
  if (flat.some((size) => size < 0)) throw node.unreadable('padding must not be negative');
  const pairs = x.order.map((_, axis): [number, number] => [flat[2 * axis], flat[2 * axis + 1]]);
  node.bounded(shapeOf(x).map((dim, axis) => Math.abs(dim) + pairs[axis][0] + pairs[axis][1]));
  return pairs;
}

function pad(node: TensorflowNode): Tensor {
  const x = node.tensor(0);
  const pairs = margins(node, x);
  const value = node.inputs.length > 2 ? node.number(2, 'what it is padded with') : 0;
  const pads = [0, 1].flatMap((side) => x.order.map((axis) => pairs[axis][side]));
  return map(x, (inside) => node.builder.pad(inside, pads, value));
}

function mirrorPad(node: TensorflowNode): Tensor {
  const x = node.tensor(0);
  const how = node.string('mode', 'REFLECT') === 'SYMMETRIC' ? 'symmetric' : 'reflect';
  return margins(node, x).reduce<Tensor>((inside, margin, axis) => {
    if (margin[0] + margin[1] > 0) node.fixedExtent(shapeOf(x), axis);
    return map(inside, (value) => continued(node.builder, value, valueAxis(x, axis), margin, how));
  }, x);
}

const blocks =
  (move: typeof depthToSpace): Translation =>
  (node) => {
    const { value, order } = imageOf(node, node.tensor(0));
    return { value: move(node.builder, value, node.int('block_size', 1), 'block-first'), order };
  };

function reversed(node: TensorflowNode): Tensor {
  const x = node.tensor(0);
  const axes = node.numbers(1, 'the axes').map((axis) => node.axis(axis, x.order.length));
  const extents = axes.map((axis) => node.fixedExtent(shapeOf(x), axis));
  return map(x, (value) =>
    node.builder.slice(
      value,
      axes.map((axis) => valueAxis(x, axis)),
      extents.map((extent) => extent - 1),
      extents.map(() => -1),
      extents.map(() => -1),
    ),
  );
}

function roll(node: TensorflowNode): Tensor {
  const x = node.tensor(0);
  const shifts = node.numbers(1, 'the shifts');
  const axes = node.numbers(2, 'the axes').map((axis) => node.axis(axis, x.order.length));
  if (axes.length !== shifts.length) throw node.unreadable('it must have as many shifts as axes');
  for (const axis of axes) node.fixedExtent(shapeOf(x), axis);
  return map(x, (value) =>
    axes.reduce((result, axis, i) => rolled(node.builder, result, valueAxis(x, axis), shifts[i]), value),
  );
}

/** Operators that move numbers without computing. */
export const movement: Readonly<Record<string, Translation>> = {
  Reshape: reshaped,
  Squeeze: squeezed,
  ExpandDims: (node) => withAxis(node, node.tensor(0), node.number(1, 'the axis')),
  Transpose: transposed,
  ConcatV2: concat,
  Pack: pack,
  Unpack: unpack,
  Split: split,
  SplitV: splitBySizes,
  Slice: plainSlice,
  StridedSlice: stridedSlice,
  Gather: gather,
  GatherV2: gather,
  Tile: tile,
  BroadcastTo: broadcastTo,
  Pad: pad,
  PadV2: pad,
  MirrorPad: mirrorPad,
  ReverseV2: reversed,
  Roll: roll,
  DepthToSpace: blocks(depthToSpace),
  SpaceToDepth: blocks(spaceToDepth),
  SpaceToBatchND: spaceToBatch,
  BatchToSpaceND: batchToSpace,
  EnsureShape: (node) => (isExtents(node.inputs[0]) ? node.inputs[0] : node.tensor(0)),
};
