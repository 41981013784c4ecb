import type { ConstantValue, Value } from '../../../network/network';
import { broadcastShape } from '../../../network/shapes';
import { count } from '../../batch/extents';
import type { AtenNode, Translation } from '../node';

/** Places along an axis; a run of neighbours is a Slice. */
function gathered(node: AtenNode, x: Value, axis: number, indices: readonly number[]): Value {
  const { builder } = node;
  const extent = node.fixedExtent(x.shape, axis);
  const places = indices.map((index) => (index < 0 ? index + extent : index));
  if (places.some((place) => place < 0 || place >= extent)) {
    throw node.unreadable(`its indices must be in −${extent}…${extent - 1}`);
  }
  const first = places[0] ?? 0;
  return places.every((place, i) => place === first + i)
    ? builder.slice(x, [axis], [first], [first + places.length])
    : builder.add('Gather', [x, builder.integers(places)], { axis }, node.label);
}

function indexSelect(node: AtenNode): Value {
  const x = node.value('self');
  const axis = node.axis(node.required('dim'), x.shape.length);
  return gathered(node, x, axis, Array.from(node.constant('index').data));
}

function embedding(node: AtenNode): Value {
  const weight = node.value('weight');
  const { data, shape } = node.constant('indices');
  return node.builder.reshape(gathered(node, weight, 0, Array.from(data)), [...shape, ...weight.shape.slice(1)]);
}

/** Index tensors of neighbouring axes, and where those begin. */
interface Indexing {
  readonly first: number;
  readonly indices: readonly ConstantValue[];
  /** What all index tensors broadcast to. */
  readonly shape: readonly number[];
}

/** The index tensors of x[…, i, j, …]: constant, with ":" before and after. */
function indexing(node: AtenNode, x: Value): Indexing {
  const given = node.optionals('indices');
  const first = given.findIndex((index) => index !== undefined);
  const used = given.slice(Math.max(0, first)).filter((index) => index !== undefined);
  const indices = used.map((index) => {
    if (index.op !== 'Constant') throw node.unsupported('its indices depend on the image');
    return index.type === 'bool' ? nonZero(node, index) : index;
  });
  const behind = given.slice(first + used.length);
  if (first < 0 || behind.some((index) => index !== undefined)) {
    throw node.unsupported('indices that do not stand side by side are not followed');
  }
  if (first + indices.length > x.shape.length) throw node.unreadable('it has more indices than axes');
  const shape = indices.reduce<readonly number[]>((all, index) => broadcastShape(all, index.shape), []);
  return { first, indices, shape: node.bounded(shape) };
}

/** A mask over one axis as the places that it keeps. */
function nonZero(node: AtenNode, mask: ConstantValue): ConstantValue {
  if (mask.shape.length !== 1) throw node.unsupported('masks over several axes are not followed');
  return node.builder.integers(Array.from(mask.data.keys()).filter((at) => mask.data[at] !== 0));
}

/** Index tuples as places in row-major order. */
function places(node: AtenNode, x: Value, { first, indices, shape }: Indexing): number[] {
  const { builder } = node;
  const spread = indices.map((index) => builder.expand(index, shape));
  return Array.from({ length: count(shape) }, (_, at) =>
    spread.reduce((place, index, i) => {
      const extent = node.fixedExtent(x.shape, first + i);
      const entry = index.op === 'Constant' ? index.data[at] : 0;
      if (entry < -extent || entry >= extent) throw node.unreadable(`its indices must be in −${extent}…${extent - 1}`);
      return place * extent + (entry < 0 ? entry + extent : entry);
    }, 0),
  );
}

/** x with the indexed axes merged into one. */
function merged(node: AtenNode, x: Value, { first, indices }: Indexing): Value {
  const extent = count(indices.map((_, i) => node.fixedExtent(x.shape, first + i)));
  return node.builder.reshape(x, x.shape.toSpliced(first, indices.length, extent));
}

function index(node: AtenNode): Value {
  const x = node.value('self');
  const how = indexing(node, x);
  const picked = gathered(node, merged(node, x, how), how.first, places(node, x, how));
  return node.builder.reshape(picked, x.shape.toSpliced(how.first, how.indices.length, ...how.shape));
}

/** Writes into a constant at constant places. */
function indexPut(node: AtenNode): Value {
  const { builder } = node;
  const x = node.constant('self');
  if (node.flag('accumulate', false)) throw node.unsupported('it adds up what it writes');
  const how = indexing(node, x);
  const shape = x.shape.toSpliced(how.first, how.indices.length, ...how.shape);
  const values = builder.cast(builder.expand(node.constant('values'), shape), x.type);
  if (values.op !== 'Constant') throw node.unsupported('what it writes depends on the image');
  const data = x.data.slice();
  const inner = count(x.shape.slice(how.first + how.indices.length));
  const at = places(node, x, how);
  const extent = count(x.shape.slice(how.first, how.first + how.indices.length));
  const outer = count(x.shape.slice(0, how.first));
  for (let o = 0; o < outer; o++) {
    at.forEach((place, i) => {
      const from = (o * at.length + i) * inner;
      data.set(values.data.subarray(from, from + inner), (o * extent + place) * inner);
    });
  }
  return builder.constant(data, x.shape, node.label);
}

/** Picking element by element, of constants only. */
function gather(node: AtenNode): Value {
  const x = node.constant('self');
  const indices = node.constant('index');
  const axis = node.axis(node.required('dim'), x.shape.length);
  if (!x.shape.every((dim, i) => i === axis || dim === indices.shape[i])) {
    throw node.unsupported('indices that cover a part of the other axes are not followed');
  }
  const inner = count(x.shape.slice(axis + 1));
  const result = x.type === 'float32' ? new Float32Array(indices.data.length) : new Int32Array(indices.data.length);
  indices.data.forEach((entry, at) => {
    const outside = Math.floor(at / (inner * indices.shape[axis]));
    result[at] = x.data[(outside * x.shape[axis] + entry) * inner + (at % inner)];
  });
  return node.builder.constant(result, indices.shape, node.label);
}

/** Operators that pick elements by index. */
export const picking: Readonly<Record<string, Translation>> = {
  index,
  _unsafe_index: index,
  index_select: indexSelect,
  embedding,
  index_put: indexPut,
  gather,
};
