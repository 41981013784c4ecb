import type { Value } from '../../../network/network';
import { elementCount, sameShape } from '../../../network/shapes';
import { count } from '../../batch/extents';
import { type BatchIndices, batchIndices } from '../batchIndices';
import type { OnnxNode, Translation } from '../node';
import { flatPositions } from './picking';

/** How often one place may be written to: each time is a pass of its own. */
const MOST_WRITES = 64;

/**
 * Rows of a tensor along an axis, with others written over or joined to them: update i goes to row positions[i], a later
 * one after an earlier one.
 */
function written(node: OnnxNode, rows: Value, axis: number, positions: readonly number[], updates: Value): Value {
  const { builder } = node;
  const extent = node.fixedExtent(rows.shape, axis);
  if (positions.some((position) => position < 0 || position >= extent)) {
    throw node.unreadable(`it writes outside of the ${extent} places there are`);
  }
  const reduction = node.string('reduction', 'none');
  const passes = reduction === 'none' ? [lastWrites(positions)] : separateWrites(positions);
  if (passes.length > MOST_WRITES) throw node.unsupported(`it writes to one place ${passes.length} times`);
  return passes.reduce((result, pass) => {
    // Untouched rows are taken from the tensor, others from the updates behind it.
    const from = Array.from({ length: extent }, (_, row) => (pass.has(row) ? extent + (pass.get(row) ?? 0) : row));
    const both = builder.concat([result, updates], axis);
    const incoming = builder.add('Gather', [both, builder.integers(from)], { axis }, node.label);
    if (reduction === 'none') return incoming;
    const shape = rows.shape.map((_, i) => (i === axis ? extent : 1));
    const touched = builder.constant(
      Uint8Array.from(from, (at) => Number(at >= extent)),
      shape,
    );
    return builder.where(touched, joined(node, reduction, result, incoming), result);
  }, rows);
}

function joined(node: OnnxNode, reduction: string, a: Value, b: Value): Value {
  const operators = { add: 'Add', mul: 'Mul', max: 'Max', min: 'Min' } as const;
  if (!Object.hasOwn(operators, reduction)) throw node.unsupported(`the reduction ${reduction} is not known`);
  return node.builder.add(operators[reduction as keyof typeof operators], [a, b], {}, node.label);
}

/** The update that a place keeps. */
function lastWrites(positions: readonly number[]): ReadonlyMap<number, number> {
  return new Map(positions.map((position, update) => [position, update]));
}

/** Updates in passes that write to each place at most once. */
function separateWrites(positions: readonly number[]): ReadonlyMap<number, number>[] {
  const passes: Map<number, number>[] = [];
  const writes = new Map<number, number>();
  positions.forEach((position, update) => {
    const pass = writes.get(position) ?? 0;
    writes.set(position, pass + 1);
    passes[pass] ??= new Map<number, number>();
    passes[pass].set(position, update);
  });
  return passes;
}

/** Index tuples [.., r] into the first r axes, where slices of the rest are written. */
function scatterNd(node: OnnxNode): Value {
  const { builder } = node;
  const [data, tuples, updates] = [node.value(0), node.value(1), node.value(2)];
  const depth = tuples.shape.at(-1) ?? 0;
  const [indexed, rest] = [data.shape.slice(0, depth), data.shape.slice(depth)];
  if (!indexed.some((dim) => dim < 0)) {
    const positions = flatPositions(node.constant(1, 'the indices').data, indexed);
    const rows = builder.reshape(data, [count(indexed), ...rest]);
    const news = builder.reshape(likeData(node, updates, rest), [positions.length, ...rest]);
    return builder.reshape(written(node, rows, 0, positions, news), data.shape);
  }
  const { images } = batchIndices(node, tuples);
  const extents = indexed.map(Math.abs);
  const merged = count(extents);
  const [positions, ...others] = images.map((image) => flatPositions(image, extents));
  const follows = others.every((other, i) => other.every((at, k) => at === positions[k] + (i + 1) * merged));
  if (!follows || node.reading.merged.innerPart(data) !== -elementCount(indexed.filter((dim) => dim < 0))) {
    throw node.unsupported('it writes from one image of the batch into another');
  }
  const rows = builder.reshape(data, [-1, merged, ...rest]);
  const news = builder.reshape(ofEachImage(node, updates), [-1, positions.length, ...rest]);
  return builder.reshape(written(node, rows, 1, positions, news), data.shape);
}

/** Updates for a tensor whose batch is among the axes that are not indexed; constants are the same for all images. */
function likeData(node: OnnxNode, updates: Value, rest: readonly number[]): Value {
  const behind = updates.shape.length - rest.length;
  const wanted = [...updates.shape.slice(0, behind), ...rest];
  return sameShape(updates.shape, wanted) ? updates : ofFixedBatch(node, updates, wanted);
}

function ofEachImage(node: OnnxNode, updates: Value): Value {
  return updates.shape.some((dim) => dim < 0) ? updates : ofFixedBatch(node, updates, updates.shape.with(0, -1));
}

/** A constant of a file with a fixed batch of 1, repeated for the batch. */
function ofFixedBatch(node: OnnxNode, updates: Value, wanted: readonly number[]): Value {
  if (node.reading.fixedBatch === 1) return node.builder.expand(updates, wanted);
  throw node.unsupported('what it writes is not one thing for every image', 'Export the model with a dynamic batch.');
}

/** The places in an image that elementwise indices along an axis mean. */
function elementPositions(node: OnnxNode, x: Value, axis: number, { shape, images }: BatchIndices): number[] {
  const [first, ...others] = images;
  if (axis === 0 || !others.every((other) => Array.from(other).every((at, i) => at === first[i]))) {
    throw node.unsupported('it mixes the images of a batch');
  }
  return flatElements(first, shape, x.shape.slice(1), axis - 1);
}

/** Where in a tensor of `extents` the elements are that indices of `shape` along an axis mean. */
function flatElements(
  indices: ArrayLike<number>,
  shape: readonly number[],
  extents: readonly number[],
  axis: number,
): number[] {
  return Array.from(indices, (index, at) => {
    let [position, stride, rest] = [0, 1, at];
    for (let i = shape.length - 1; i >= 0; i--) {
      const along = rest % shape[i];
      rest = Math.floor(rest / shape[i]);
      position += (i === axis ? (index < 0 ? index + extents[i] : index) : along) * stride;
      stride *= extents[i];
    }
    return position;
  });
}

interface Elements {
  /** [count] or [-1, count]. */
  readonly flat: Value;
  readonly axis: number;
  readonly positions: number[];
  /** Of what the indices mean. */
  readonly shape: readonly number[];
}

/** A tensor in a row, with the places that elementwise indices mean. */
function inRow(node: OnnxNode): Elements {
  const { builder } = node;
  const [x, indices] = [node.value(0), node.value(1)];
  const axis = node.axis(node.int('axis', 0), x.shape.length);
  if (!x.shape.some((dim) => dim < 0)) {
    const { data, shape } = node.constant(1, 'the indices');
    return {
      flat: builder.reshape(x, [count(x.shape)]),
      axis: 0,
      positions: flatElements(data, shape, x.shape, axis),
      shape,
    };
  }
  if (x.shape[0] !== -1) throw node.unsupported('the batch must be the first dimension');
  const own = batchIndices(node, indices);
  const positions = elementPositions(node, x, axis, own);
  return { flat: builder.reshape(x, [-1, count(x.shape.slice(1))]), axis: 1, positions, shape: [-1, ...own.shape] };
}

function gatherElements(node: OnnxNode): Value {
  const { flat, axis, positions, shape } = inRow(node);
  const extent = flat.shape[axis];
  if (positions.some((at) => at < 0 || at >= extent)) throw node.unreadable('it picks elements that are not there');
  const picked = node.builder.add('Gather', [flat, node.builder.integers(positions)], { axis }, node.label);
  return node.builder.reshape(picked, shape);
}

function scatterElements(node: OnnxNode): Value {
  const { builder } = node;
  const { flat, axis, positions } = inRow(node);
  const updates = axis === 0 ? node.value(2) : ofEachImage(node, node.value(2));
  const row = builder.reshape(updates, axis === 0 ? [positions.length] : [-1, positions.length]);
  return builder.reshape(written(node, flat, axis, positions, row), node.value(0).shape);
}

/** Operators that pick or write elements at constant places. */
export const scattering: Readonly<Record<string, Translation>> = {
  GatherElements: gatherElements,
  ScatterElements: scatterElements,
  Scatter: scatterElements,
  ScatterND: scatterNd,
};
