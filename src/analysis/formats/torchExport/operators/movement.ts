import { depthToSpace, spaceToDepth } from '../../../compound/blocks';
import { triangle as triangleOf } from '../../../compound/reductions';
import type { Dim, Shape, Value } from '../../../network/network';
import { elementCount } from '../../../network/shapes';
import { concatenated } from '../../batch/concatenated';
import type { Extent } from '../../batch/extents';
import { ofEachImage } from '../../batch/ofEachImage';
import { expandTarget, innerPartOfReshape, reshapeTarget } from '../../batch/reshape';
import type { AtenNode, Translation } from '../node';

const same: Translation = (node) => node.value('self');

/** A reshape whose shape the file gives, in which the batch is followed. */
function arranged(node: AtenNode, from: Value, entries: readonly Extent[]): Value {
  const asItLies = reshapeTarget(node, from, entries, true);
  const x = batchFirst(node, from, asItLies);
  const shape = x === from ? asItLies : reshapeTarget(node, x, entries, true);
  const result = node.builder.add('Reshape', [x], { shape }, node.label);
  if (shape.some((dim) => dim < -1)) node.reading.merged.set(result, innerPartOfReshape(node, x, shape));
  return result;
}

/**
 * What decomposing einsum for one image makes, [features…, n, features…] as a matrix or a stack of one: an extent of 1 may stand
 * anywhere, and behind the features the batch would become one of them, though one of 1 waits for it.
 */
function batchFirst({ builder, reading }: AtenNode, x: Value, shape: Shape): Value {
  const at = x.shape.indexOf(-1);
  const isMerged = shape.some((dim) => dim < -1);
  const isMisplaced = isMerged && ((shape.at(-1) ?? 0) < -1 || shape.includes(1));
  if (reading.fixedBatch !== 1 || at <= 0 || shape.length < 2 || !isMisplaced) return x;
  return builder.transpose(x, [at, ...x.shape.map((_, axis) => axis).filter((axis) => axis !== at)]);
}

const extentsOf = (dims: readonly Dim[]): Extent[] =>
  dims.map((dim) => (dim < 0 ? { fixed: 0, perBatch: -dim } : { fixed: dim, perBatch: 0 }));
const inferred: Extent = { fixed: -1, perBatch: 0 };

function flatten(node: AtenNode): Value {
  const x = node.value('self');
  const rank = x.shape.length;
  if (rank === 0) return node.builder.reshape(x, [1]);
  const first = node.axis(node.number('start_dim', 0), rank);
  const last = node.axis(node.number('end_dim', -1), rank);
  const merged = elementCount(x.shape.slice(first, last + 1));
  return arranged(node, x, extentsOf([...x.shape.slice(0, first), merged, ...x.shape.slice(last + 1)]));
}

function unflatten(node: AtenNode): Value {
  const x = node.value('self');
  const axis = node.axis(node.required('dim'), x.shape.length);
  const entries = [
    ...extentsOf(x.shape.slice(0, axis)),
    ...node.extents('sizes'),
    ...extentsOf(x.shape.slice(axis + 1)),
  ];
  return arranged(node, x, entries);
}

/** Another view of the memory, of which is known only that a single row is one. */
function strided(node: AtenNode): Value {
  const x = node.value('self');
  const isRow = x.shape.filter((dim) => dim !== 1 && dim !== -1).length <= 1;
  const sizes = node.extents('size');
  const strides = node.extents('stride');
  const isWhole = sizes.every(({ fixed }, i) => fixed <= 1 || strides[i].fixed === 1);
  if (!isRow || !isWhole || node.number('storage_offset', 0) !== 0) {
    throw node.unsupported('it looks at the memory of its input', 'Export the model without run_decompositions().');
  }
  return arranged(node, x, sizes);
}

function squeeze(node: AtenNode): Value {
  const x = node.value('self');
  const rank = x.shape.length;
  const axes = node.has('dim') ? node.axes('dim', rank) : x.shape.map((_, axis) => axis);
  if (axes.some((axis) => x.shape[axis] === -1) && node.reading.fixedBatch === 1 && node.has('dim')) {
    throw node.unsupported('it drops the dimension of the batch', 'Export the model with a dynamic batch.');
  }
  return node.builder.reshape(
    x,
    x.shape.filter((dim, axis) => !(axes.includes(axis) && dim === 1)),
  );
}

function unsqueeze(node: AtenNode): Value {
  const x = node.value('self');
  const axis = node.axis(node.required('dim'), x.shape.length + 1);
  return node.builder.reshape(x, x.shape.toSpliced(axis, 0, 1));
}

function swapped(rank: number, a: number, b: number): number[] {
  const perm = Array.from({ length: rank }, (_, axis) => axis);
  [perm[a], perm[b]] = [perm[b], perm[a]];
  return perm;
}

/** The order in which a node puts the axes of a tensor; undefined where it does something else. */
export function permutation(node: AtenNode, x: Value): number[] | undefined {
  const rank = x.shape.length;
  if (rank === 0) return node.op === 'permute' || node.op === 't' ? [] : undefined;
  switch (node.op) {
    case 'permute':
      return (node.numbers('dims', undefined) ?? []).map((axis) => node.axis(axis, rank));
    case 'transpose':
      return swapped(rank, node.axis(node.required('dim0'), rank), node.axis(node.required('dim1'), rank));
    case 'swapaxes':
      return swapped(rank, node.axis(node.required('axis0'), rank), node.axis(node.required('axis1'), rank));
    case 't':
    case 'numpy_T':
      return Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
    case 'mT':
      return swapped(rank, rank - 2, rank - 1);
    case 'movedim':
      return moved(node, rank);
    default:
      return undefined;
  }
}

function moved(node: AtenNode, rank: number): number[] {
  const from = (node.numbers('source', undefined) ?? []).map((axis) => node.axis(axis, rank));
  const to = (node.numbers('destination', undefined) ?? []).map((axis) => node.axis(axis, rank));
  const rest = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !from.includes(axis));
  return Array.from({ length: rank }, (_, axis) => {
    const at = to.indexOf(axis);
    return at >= 0 ? from[at] : (rest.shift() ?? 0);
  });
}

/** The permutation that undoes another. */
export function inverse(perm: readonly number[]): number[] {
  return perm.map((_, axis) => perm.indexOf(axis));
}

function permuted(node: AtenNode): Value {
  const x = node.value('self');
  const perm = permutation(node, x);
  if (perm === undefined) throw node.unreadable('its order of axes is missing');
  return node.builder.add('Transpose', [x], { perm }, node.label);
}

function expand(node: AtenNode): Value {
  const x = node.value('self');
  const wanted = node.op === 'expand_as' ? node.value('other').shape : sizesToExpand(node, x);
  return node.builder.add('Expand', [x], { shape: node.bounded(expandTarget(node, x, wanted)) }, node.label);
}

/** The sizes, where −1 keeps an extent. */
function sizesToExpand(node: AtenNode, x: Value): Shape {
  const entries = node.extents('size');
  return entries.map(({ fixed, perBatch }, i): Dim => {
    if (perBatch !== 0) return -perBatch;
    return fixed === -1 ? x.shape[i - entries.length + x.shape.length] : fixed;
  });
}

/** Repetition of extents of 1 is broadcasting, of others concatenation. */
function repeat(node: AtenNode): Value {
  const { builder } = node;
  const x = node.value('self');
  const given = node.extents(node.op === 'tile' ? 'dims' : 'repeats');
  const rank = Math.max(given.length, x.shape.length);
  const repeats = [...new Array<Extent>(rank - given.length).fill({ fixed: 1, perBatch: 0 }), ...given];
  const shape = [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape];
  const single = shape.map((dim, axis) => {
    const { fixed, perBatch } = repeats[axis];
    return dim === 1 ? (perBatch > 0 ? -perBatch : fixed) : dim;
  });
  node.bounded(shape.map((dim, axis) => (repeats[axis].perBatch > 0 ? dim : dim * repeats[axis].fixed)));
  let result = builder.expand(builder.reshape(x, shape), single);
  repeats.forEach(({ fixed, perBatch }, axis) => {
    if (shape[axis] === 1 || (fixed === 1 && perBatch === 0)) return;
    result =
      perBatch > 0
        ? repeatedByBatch(node, result, axis, perBatch)
        : concatenated(builder, new Array<Value>(fixed).fill(result), axis);
  });
  return result;
}

function repeatedByBatch(node: AtenNode, x: Value, axis: number, perBatch: number): Value {
  const { builder } = node;
  const spread = builder.reshape(x, x.shape.toSpliced(axis, 0, 1));
  const repeated = builder.expand(spread, spread.shape.with(axis, -perBatch));
  return builder.reshape(repeated, x.shape.with(axis, -perBatch * node.fixedExtent(x.shape, axis)));
}

function repeatInterleave(node: AtenNode): Value {
  const { builder } = node;
  const x = node.value('self');
  const axis = node.axis(node.required('dim'), x.shape.length);
  const times = node.required('repeats');
  node.fixedExtent(x.shape, axis);
  const spread = builder.reshape(x, x.shape.toSpliced(axis + 1, 0, 1));
  const shape = node.bounded(spread.shape.with(axis + 1, times));
  return builder.reshape(builder.expand(spread, shape), x.shape.with(axis, x.shape[axis] * times));
}

function concat(node: AtenNode): Value {
  const values = alike(node, node.values('tensors')).filter(({ shape }) => shape.length !== 1 || shape[0] !== 0);
  const [first] = values;
  if ((first as unknown) === undefined) throw node.unreadable('it has no tensors');
  const axis = node.axis(node.number('dim', 0), first.shape.length);
  return concatenated(node.builder, ofEachImage(node, values), axis, node.label);
}

function stack(node: AtenNode): Value {
  const values = alike(node, node.values('tensors'));
  if (values.length === 0) throw node.unreadable('it has no tensors');
  const axis = node.axis(node.number('dim', 0), values[0].shape.length + 1);
  const spread = values.map((value) => node.builder.reshape(value, value.shape.toSpliced(axis, 0, 1)));
  return concatenated(node.builder, spread, axis, node.label);
}

/** Values of one type: where the file mixes numbers, floats win. */
function alike(node: AtenNode, values: readonly Value[]): readonly Value[] {
  if (values.every(({ type }) => type === values[0].type)) return values;
  return values.map((value) => node.builder.cast(value, 'float32'));
}

const pixelShuffle: Translation = (node) =>
  depthToSpace(node.builder, node.value('self'), node.required('upscale_factor'), 'depth-first');

const pixelUnshuffle: Translation = (node) =>
  spaceToDepth(node.builder, node.value('self'), node.required('downscale_factor'), 'depth-first');

function channelShuffle(node: AtenNode): Value {
  const { builder } = node;
  const x = node.value('self');
  const groups = node.required('groups');
  const [n, channels, ...spatial] = x.shape;
  const split = builder.reshape(x, [n, groups, channels / groups, ...spatial]);
  return builder.reshape(builder.transpose(split, swapped(split.shape.length, 1, 2)), x.shape);
}

/** Keeps one side of the k-th diagonal of every matrix. */
const triangle =
  (side: 'lower' | 'upper'): Translation =>
  (node) => {
    const x = node.value('self');
    for (const axis of [-2, -1]) node.fixedExtent(x.shape, x.shape.length + axis);
    return triangleOf(node.builder, x, node.number('diagonal', 0), side);
  };

/** Operators that move elements without computing. */
export const movement: Readonly<Record<string, Translation>> = {
  clone: same,
  contiguous: same,
  detach: same,
  alias: same,
  lift: same,
  lift_fresh: same,
  lift_fresh_copy: same,
  view: (node) =>
    // view.dtype reads the bytes of one type as another.
    node.has('size') ? arranged(node, node.value('self'), node.extents('size')) : node.value('self'),
  _unsafe_view: (node) => arranged(node, node.value('self'), node.extents('size')),
  reshape: (node) => arranged(node, node.value('self'), node.extents('shape')),
  view_as: (node) => arranged(node, node.value('self'), extentsOf(node.value('other').shape)),
  reshape_as: (node) => arranged(node, node.value('self'), extentsOf(node.value('other').shape)),
  as_strided: strided,
  ravel: (node) => arranged(node, node.value('self'), [inferred]),
  flatten,
  unflatten,
  squeeze,
  unsqueeze,
  permute: permuted,
  transpose: permuted,
  swapaxes: permuted,
  t: permuted,
  numpy_T: permuted,
  mT: permuted,
  movedim: permuted,
  expand,
  expand_as: expand,
  repeat,
  tile: repeat,
  repeat_interleave: repeatInterleave,
  cat: concat,
  concat,
  stack,
  pixel_shuffle: pixelShuffle,
  pixel_unshuffle: pixelUnshuffle,
  channel_shuffle: channelShuffle,
  native_channel_shuffle: channelShuffle,
  tril: triangle('lower'),
  triu: triangle('upper'),
};
