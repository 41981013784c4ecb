import { rolled } from '../../../compound/rolling';
import type { Value } from '../../../network/network';
import { concatenated } from '../../batch/concatenated';
import type { Extent } from '../../batch/extents';
import { pieceCount } from '../../pieceCount';
import type { AtenNode, Translation } from '../node';

/** A range of places along an axis. */
export interface AxisSlice {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** What a slice or narrow takes, in range, by NumPy's rules. */
export function sliceOf(node: AtenNode, x: Value): AxisSlice {
  const axis = node.axis(node.number('dim', 0), x.shape.length);
  const extent = x.shape[axis];
  const zero: Extent = { fixed: 0, perBatch: 0 };
  const start = node.extent('start', zero);
  const length = node.extent('length', undefined);
  const end = length ? plus(start, length) : node.extent('end', undefined);
  const step = node.number('step', 1);
  if (extent < 0) {
    const whole = end === undefined || end.fixed >= 2 ** 31 - 1 || (end.fixed === 0 && end.perBatch === -extent);
    const fixed = end?.perBatch === 0 && end.fixed === -extent * (node.reading.fixedBatch ?? 0);
    if (start.fixed === 0 && start.perBatch === 0 && step === 1 && (whole || fixed)) {
      return { axis, start: 0, end: extent, step: 1 };
    }
    throw node.unsupported('it picks images out of the batch');
  }
  if (start.perBatch !== 0 || (end?.perBatch ?? 0) !== 0) throw node.unsupported('it slices by the batch size');
  const inRange = (position: number): number =>
    Math.max(0, Math.min(extent, position < 0 ? position + extent : position));
  const first = inRange(start.fixed);
  return { axis, start: first, end: Math.max(first, inRange(end?.fixed ?? extent)), step };
}

const plus = (a: Extent, b: Extent): Extent => ({ fixed: a.fixed + b.fixed, perBatch: a.perBatch + b.perBatch });

function sliced(node: AtenNode, x: Value, { axis, start, end, step }: AxisSlice): Value {
  return x.shape[axis] < 0
    ? x
    : node.builder.add('Slice', [x], { axes: [axis], starts: [start], ends: [end], steps: [step] }, node.label);
}

/** The one place that a select takes. */
export function selectedSlice(node: AtenNode, x: Value): AxisSlice {
  const axis = node.axis(node.required('dim'), x.shape.length);
  const extent = x.shape[axis];
  if (extent < 0) throw node.unsupported('it picks one image out of the batch');
  const index = node.required('index');
  const place = index < 0 ? index + extent : index;
  return { axis, start: place, end: place + 1, step: 1 };
}

function select(node: AtenNode): Value {
  const x = node.value('self');
  const slice = selectedSlice(node, x);
  return node.builder.reshape(sliced(node, x, slice), x.shape.toSpliced(slice.axis, 1));
}

/** A tensor with other content in a range of places. */
export function withSlice(node: AtenNode, base: Value, slice: AxisSlice, part: Value): Value {
  const { builder } = node;
  const { axis, start, end, step } = slice;
  const extent = base.shape[axis];
  const wanted = sliced(node, base, slice).shape;
  const fitting = builder.cast(builder.expand(part, wanted), base.type);
  if (extent < 0 || (start === 0 && end === extent && step === 1)) return fitting;
  if (step !== 1) throw node.unsupported('it writes into every few places only');
  const before = builder.slice(base, [axis], [0], [start]);
  const behind = builder.slice(base, [axis], [end], [extent]);
  const parts = [before, fitting, behind].filter(({ shape }) => shape[axis] !== 0);
  return concatenated(builder, parts, axis);
}

/** Consecutive pieces along an axis. */
function pieces(node: AtenNode, x: Value, axis: number, lengths: readonly number[]): Value[] {
  let start = 0;
  return lengths.map((length) => {
    const piece = sliced(node, x, { axis, start, end: start + length, step: 1 });
    start += length;
    return piece;
  });
}

/** Lengths of pieces of `size`, the last one shorter where it must be. */
function even(extent: number, size: number): number[] {
  return Array.from({ length: pieceCount(Math.max(1, Math.ceil(extent / size))) }, (_, i) =>
    Math.min(size, extent - i * size),
  );
}

const divided =
  (lengths: (node: AtenNode, extent: number) => readonly number[]): Translation =>
  (node) => {
    const x = node.value('self');
    const axis = node.axis(node.number('dim', 0), x.shape.length);
    return pieces(node, x, axis, lengths(node, node.fixedExtent(x.shape, axis)));
  };

function unbind(node: AtenNode): Value[] {
  const x = node.value('self');
  const axis = node.axis(node.number('dim', 0), x.shape.length);
  const ones = new Array<number>(pieceCount(node.fixedExtent(x.shape, axis))).fill(1);
  return pieces(node, x, axis, ones).map((piece) => node.builder.reshape(piece, x.shape.toSpliced(axis, 1)));
}

function roll(node: AtenNode): Value {
  const x = node.value('self');
  const shifts = node.numbers('shifts', []);
  const axes = node.numbers('dims', []).map((axis) => node.axis(axis, x.shape.length));
  if (axes.length !== shifts.length) throw node.unsupported('it rolls a tensor as if it were flat');
  for (const axis of axes) node.fixedExtent(x.shape, axis);
  return axes.reduce((result, axis, i) => rolled(node.builder, result, axis, shifts[i]), x);
}

function flip(node: AtenNode): Value {
  const x = node.value('self');
  const axes = node.axes('dims', x.shape.length);
  const extents = axes.map((axis) => node.fixedExtent(x.shape, axis));
  const steps = axes.map(() => -1);
  return node.builder.slice(
    x,
    axes,
    extents.map((extent) => extent - 1),
    steps,
    steps,
  );
}

/** Operators that take a tensor apart along its axes, or write into a part of it. */
export const slicing: Readonly<Record<string, Translation>> = {
  slice: (node) => sliced(node, node.value('self'), sliceOf(node, node.value('self'))),
  narrow: (node) => sliced(node, node.value('self'), sliceOf(node, node.value('self'))),
  select,
  slice_scatter: (node) => withSlice(node, node.value('self'), sliceOf(node, node.value('self')), node.value('src')),
  select_scatter: (node) => {
    const x = node.value('self');
    const slice = selectedSlice(node, x);
    return withSlice(node, x, slice, node.builder.reshape(node.value('src'), x.shape.with(slice.axis, 1)));
  },
  split: divided((node, extent) => {
    const sizes = node.numbers('split_size', undefined) ?? node.numbers('split_sizes', []);
    return sizes.length === 1 ? even(extent, sizes[0]) : sizes;
  }),
  split_with_sizes: divided((node) => node.numbers('split_sizes', [])),
  chunk: divided((node, extent) => even(extent, Math.ceil(extent / node.required('chunks')))),
  unsafe_chunk: divided((node, extent) => even(extent, Math.ceil(extent / node.required('chunks')))),
  unbind,
  roll,
  flip,
};
