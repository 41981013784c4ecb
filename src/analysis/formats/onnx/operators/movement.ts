import type { Dim, Value } from '../../../network/network';
import { elementCount } from '../../../network/shapes';
import { concatenated } from '../../batch/concatenated';
import type { Extents } from '../../batch/extents';
import { expandTarget, innerPartOfReshape, reshapeTarget } from '../../batch/reshape';
import type { OnnxNode, Translation } from '../node';

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
  return concatenated(node.builder, values, node.axis(node.int('axis', 1), values[0].shape.length), node.label);
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
  const starts = node.opset >= 10 ? node.numbers(1, 'starts') : node.ints('starts', []);
  const ends = list('ends', 2)?.elements ?? [];
  const axes = node.axes(
    (list('axes', 3)?.elements ?? starts.map((_, fixed) => ({ fixed }))).map(({ fixed }) => fixed),
    x.shape.length,
  );
  const steps = node.opset >= 10 && node.has(4) ? node.numbers(4, 'steps') : starts.map(() => 1);
  const parts = starts.flatMap((start, i) => {
    const end = ends[i].perBatch > 0 && ends[i].fixed === 0 ? -ends[i].perBatch : ends[i].fixed;
    return sliceAxis(node, x.shape[axes[i]], axes[i], start, end, steps[i]) ?? [];
  });
  if (parts.length === 0) return x;
  return node.builder.add(
    'Slice',
    [x],
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
  const given = node.attributeOrInput('split', 13, 1);
  if (given) return pieces(node, x, axis, given);
  const extent = node.fixedExtent(x.shape, axis);
  const number = node.int('num_outputs', node.proto.output.length);
  const length = Math.ceil(extent / number);
  return pieces(
    node,
    x,
    axis,
    Array.from({ length: number }, (_, i) => Math.min(length, extent - i * length)),
  );
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

function depthToSpace(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  const block = node.int('blocksize', 1);
  const [n, channels, height, width] = x.shape;
  const depth = channels / block ** 2;
  const columnsFirst = node.string('mode', 'DCR') === 'CRD';
  const split = columnsFirst ? [n, depth, block, block, height, width] : [n, block, block, depth, height, width];
  const perm = columnsFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  return builder.reshape(builder.transpose(builder.reshape(x, split), perm), [n, depth, height * block, width * block]);
}

function spaceToDepth(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  const block = node.int('blocksize', 1);
  const [n, channels, height, width] = x.shape;
  const split = builder.reshape(x, [n, channels, height / block, block, width / block, block]);
  const perm = node.string('mode', 'DCR') === 'CRD' ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4];
  const moved = builder.transpose(split, perm);
  return builder.reshape(moved, [n, channels * block ** 2, height / block, width / block]);
}

/** Keeps one side of the k-th diagonal of every matrix. */
function triangle(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  const [rows, columns] = x.shape.slice(-2);
  const diagonal = node.number(1, 'the diagonal', 0);
  const upper = node.int('upper', 1) === 1;
  const kept = Uint8Array.from({ length: rows * columns }, (_, at) => {
    const beyond = (at % columns) - Math.floor(at / columns) - diagonal;
    return Number(upper ? beyond >= 0 : beyond <= 0);
  });
  const zero = builder.cast(builder.scalar(0), x.type);
  return builder.where(builder.constant(kept, [rows, columns]), x, zero);
}

/** The batch in a shape vector is told apart from −1. */
function reshape(node: OnnxNode): Value {
  const x = node.value(0);
  const { elements } = node.extents(1, 'the shape');
  const shape = reshapeTarget(node, x, elements, node.int('allowzero', 0) === 1);
  const result = node.builder.add('Reshape', [x], { shape }, node.label);
  if (shape.some((dim) => dim < -1)) node.reading.mergedBatch(result, innerPartOfReshape(node, x, shape));
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
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Trilu: triangle,
};
