import { type ChannelOrder, depthToSpace, spaceToDepth } from '../../../compound/blocks';
import { triangle as triangleOf } from '../../../compound/reductions';
import type { Dim, Value } from '../../../network/network';
import { elementCount, formatShape } from '../../../network/shapes';
import { concatenated } from '../../batch/concatenated';
import type { Extent, Extents } from '../../batch/extents';
import { ofEachImage } from '../../batch/ofEachImage';
import { expandTarget, innerPartOfReshape, reshapeTarget } from '../../batch/reshape';
import { pieceCount } from '../../pieceCount';
import type { OnnxNode, Translation } from '../node';
import { inBatches, stackedBatches, unstackedBatches } from '../stackedBatches';

function flatten(node: OnnxNode): Value {
  const x = node.value(0);
  const given = node.int('axis', 1);
  const axis = given < 0 ? given + x.shape.length : given;
  return node.builder.reshape(x, [elementCount(x.shape.slice(0, axis)), elementCount(x.shape.slice(axis))]);
}

function squeeze(node: OnnxNode): Value {
  const x = node.value(0);
  const given = node.attributeOrInput('axes', 13, 1);
  const axes = given ? node.axes(given, x.shape.length) : undefined;
  if (axes?.some((axis) => x.shape[axis] < 0)) throw node.unsupported('it drops the dimension of the batch');
  return node.builder.reshape(
    x,
    x.shape.filter((dim, axis) => (axes ? !axes.includes(axis) : dim !== 1)),
  );
}

function unsqueeze(node: OnnxNode): Value {
  const x = node.value(0);
  const given = node.attributeOrInput('axes', 13, 1) ?? [];
  const rank = x.shape.length + given.length;
  const axes = node.axes(given, rank);
  const rest = [...x.shape];
  const shape = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() ?? 1)));
  return node.builder.reshape(x, shape);
}

function transpose(node: OnnxNode): Value {
  const x = node.value(0);
  const reversed = x.shape.map((_, axis) => x.shape.length - 1 - axis);
  return node.builder.add('Transpose', [x], { perm: node.ints('perm', reversed) }, node.label);
}

function concat(node: OnnxNode): Value {
  const values = node.values();
  const axis = node.axis(node.int('axis', 1), values[0].shape.length);
  if (values.length > 1 && values.every(({ shape }) => shape[axis] < 0)) return stackedBatches(node, values, axis);
  return concatenated(node.builder, ofEachImage(node, values), axis, node.label);
}

interface SliceAxis {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** One axis of a Slice in range, by NumPy's rules; undefined where it takes everything. */
function sliceAxis(node: OnnxNode, dim: Dim, axis: number, start: Dim, end: Dim, step: number): SliceAxis | undefined {
  if (dim < 0) {
    const everything = step === 1 && start === 0 && (end === dim || end >= 2 ** 31 - 1);
    if (everything || (start === 0 && step === 1 && end === node.reading.fixedBatch)) return undefined;
    throw node.unsupported('it picks images out of the batch');
  }
  const fromFront = (position: number): number => (position < 0 ? position + dim : position);
  const [lowest, highest] = step > 0 ? [0, dim] : [-1, dim - 1];
  const inRange = (position: number): number => Math.max(lowest, Math.min(highest, fromFront(position)));
  const first = inRange(start);
  const stop = inRange(end);
  return { axis, start: first, end: step > 0 ? Math.max(first, stop) : Math.min(first, stop), step };
}

function slice(node: OnnxNode): Value {
  const x = node.value(0);
  let whole = x;
  const list = (name: string, index: number): Extents | undefined => {
    if (node.opset >= 10) return node.has(index) ? node.extents(index, name) : undefined;
    const numbers = node.ints(name, undefined);
    return (
      numbers && {
        op: 'Extents',
        type: 'int64',
        shape: [numbers.length],
        elements: numbers.map((fixed) => ({ fixed, perBatch: 0 })),
      }
    );
  };
  const starts = list('starts', 1)?.elements ?? [];
  const ends = list('ends', 2)?.elements ?? [];
  const axes = node.axes(
    (list('axes', 3)?.elements ?? starts.map((_, fixed) => ({ fixed }))).map(({ fixed }) => fixed),
    x.shape.length,
  );
  const steps = node.opset >= 10 && node.has(4) ? node.numbers(4, 'steps') : starts.map(() => 1);
  const parts = starts.flatMap((start, i) => {
    const axis = axes[i];
    // Of batches stacked upon each other, a Slice may take some.
    if (x.shape[axis] < -1 && steps[i] === 1) {
      const [first, last] = [start, ends[i]].map((at) => inBatches(node, at));
      const number = -x.shape[axis];
      const isOpen = ends[i].perBatch === 0 && ends[i].fixed >= 2 ** 31 - 1;
      if (first === 0 && (isOpen || last === number)) return [];
      whole = unstackedBatches(node, whole, axis, first, isOpen ? number : last);
      return [];
    }
    if (start.perBatch !== 0) throw node.unsupported('starts must not depend on the batch size');
    const end = ends[i].perBatch > 0 && ends[i].fixed === 0 ? -ends[i].perBatch : ends[i].fixed;
    return sliceAxis(node, x.shape[axis], axis, start.fixed, end, steps[i]) ?? [];
  });
  if (parts.length === 0) return whole;
  return node.builder.add(
    'Slice',
    [whole],
    {
      axes: parts.map(({ axis }) => axis),
      starts: parts.map(({ start }) => start),
      ends: parts.map(({ end }) => end),
      steps: parts.map(({ step }) => step),
    },
    node.label,
  );
}

/** Consecutive pieces along an axis. */
export function pieces(node: OnnxNode, x: Value, axis: number, lengths: readonly number[]): Value[] {
  let start = 0;
  return lengths.map((length) => {
    const piece = node.builder.slice(x, [axis], [start], [start + length]);
    start += length;
    return piece;
  });
}

function split(node: OnnxNode): Value[] {
  const x = node.value(0);
  const axis = node.axis(node.int('axis', 0), x.shape.length);
  if (x.shape[axis] < 0) return splitBatches(node, x, axis);
  const given = node.attributeOrInput('split', 13, 1);
  if (given) return pieces(node, x, axis, given);
  const extent = node.fixedExtent(x.shape, axis);
  const number = pieceCount(node.int('num_outputs', node.proto.output.length));
  const length = Math.ceil(extent / number);
  return pieces(
    node,
    x,
    axis,
    Array.from({ length: number }, (_, i) => Math.min(length, extent - i * length)),
  );
}

/** Batches stacked upon each other, taken apart. */
function splitBatches(node: OnnxNode, x: Value, axis: number): Value[] {
  const attribute = node.opset < 13 ? node.ints('split', undefined) : undefined;
  const given = node.has(1)
    ? node.extents(1, 'the lengths').elements
    : attribute?.map((fixed): Extent => ({ fixed, perBatch: 0 }));
  const number = pieceCount(node.int('num_outputs', node.proto.output.length));
  const lengths =
    given?.map((length) => inBatches(node, length)) ?? new Array<number>(number).fill(-x.shape[axis] / number);
  let first = 0;
  return lengths.map((length) => {
    first += length;
    return unstackedBatches(node, x, axis, first - length, first);
  });
}

/** Repetition of extents of 1 is broadcasting, of others concatenation. */
function tile(node: OnnxNode): Value {
  const { builder } = node;
  let x = node.value(0);
  const repeats = node.extents(1, 'the repeats').elements;
  const single = x.shape.map((dim, axis): Dim => {
    const { fixed, perBatch } = repeats[axis];
    return dim === 1 ? (perBatch > 0 ? -perBatch : fixed) : dim;
  });
  const original = x.shape;
  node.bounded(original.map((dim, axis) => dim * repeats[axis].fixed));
  x = builder.expand(x, single);
  repeats.forEach(({ fixed, perBatch }, axis) => {
    if (original[axis] === 1 || fixed === 1) return;
    if (perBatch !== 0) throw node.unsupported('it repeats by the batch size');
    x = builder.concat(
      Array.from({ length: fixed }, () => x),
      axis,
    );
  });
  return x;
}

function expand(node: OnnxNode): Value {
  const x = node.value(0);
  const wanted = node.extents(1, 'the shape').elements.map(({ fixed, perBatch }) => (perBatch > 0 ? -perBatch : fixed));
  const shape = node.bounded(expandTarget(node, x, wanted));
  return node.builder.add('Expand', [x], { shape }, node.label);
}

function channelOrder(node: OnnxNode): ChannelOrder {
  return node.string('mode', 'DCR') === 'CRD' ? 'depth-first' : 'block-first';
}

/** Keeps one side of the k-th diagonal of every matrix. */
function triangle(node: OnnxNode): Value {
  const side = node.int('upper', 1) === 1 ? 'upper' : 'lower';
  const x = node.value(0);
  for (const axis of [-2, -1]) node.fixedExtent(x.shape, x.shape.length + axis);
  return triangleOf(node.builder, x, node.number(1, 'the diagonal', 0), side);
}

/** The batch in a shape vector is told apart from −1. */
function reshape(node: OnnxNode): Value {
  const x = node.value(0);
  const { elements } = node.extents(1, 'the shape');
  const shape = reshapeTarget(node, x, elements, node.int('allowzero', 0) === 1);
  const result = node.builder.add('Reshape', [x], { shape }, node.label);
  const merged = shape.find((dim) => dim < 0);
  if (merged === undefined) return result;
  const innerPart = innerPartOfReshape(node, x, shape);
  if (!Number.isInteger(merged / innerPart) || !Number.isInteger(innerPart)) {
    throw node.unsupported(
      `it deals the numbers of ${formatShape(x.shape)} out to other images, as ${formatShape(shape)}`,
    );
  }
  if (merged < -1) node.reading.merged.set(result, innerPart);
  return result;
}

/** Operators that move elements without computing. */
export const movement: Readonly<Record<string, Translation>> = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Concat: concat,
  Slice: slice,
  Split: split,
  Tile: tile,
  Expand: expand,
  DepthToSpace: (node) => depthToSpace(node.builder, node.value(0), node.int('blocksize', 1), channelOrder(node)),
  SpaceToDepth: (node) => spaceToDepth(node.builder, node.value(0), node.int('blocksize', 1), channelOrder(node)),
  Trilu: triangle,
};
