import type { Dim, Value } from '../../../network/network';
import { elementCount } from '../../../network/shapes';
import { count, extentOf, settled } from '../../batch/extents';
import type { Sequence } from '../../batch/operand';
import { pieceCount } from '../../pieceCount';
import { placesInBatch } from '../batchIndices';
import type { OnnxNode, Translation } from '../node';
import type { Operand } from '../operand';
import { pieces } from './movement';

function shape(node: OnnxNode): Operand {
  const dims = node.value(0).shape.slice(node.int('start', 0), node.int('end', undefined));
  const elements = dims.map(extentOf);
  return settled(node.builder, { op: 'Extents', type: 'int64', shape: [dims.length], elements });
}

function size(node: OnnxNode): Operand {
  const elements = [extentOf(elementCount(node.value(0).shape))];
  return settled(node.builder, { op: 'Extents', type: 'int64', shape: [], elements });
}

function constant(node: OnnxNode): Value {
  const { builder, label } = node;
  const tensor = node.tensor('value');
  if (tensor) return tensor;
  const float = node.float('value_float', undefined);
  if (float !== undefined) return builder.scalar(float);
  const floats = node.floats('value_floats', undefined);
  if (floats) return builder.constant(floats, [floats.length], label);
  const int = node.int('value_int', undefined);
  if (int !== undefined) return builder.constant(Int32Array.of(int), [], label);
  const ints = node.ints('value_ints', undefined);
  if (ints) return builder.integers(ints);
  throw node.unsupported('only constants of numbers are known');
}

function constantOfShape(node: OnnxNode): Value {
  const { builder } = node;
  const { elements } = node.extents(0, 'the shape');
  const fill = node.tensor('value') ?? builder.scalar(0);
  const dims = elements.map(({ fixed, perBatch }): Dim => (perBatch > 0 ? -perBatch : fixed));
  return builder.expand(builder.reshape(fill, []), node.bounded(dims));
}

/** The places in the batch, where as many numbers are asked for as there are images. */
function range(node: OnnxNode): Value {
  const { builder } = node;
  if (node.inputs.some((input) => input?.op === 'Extents')) {
    const [from, to, by] = [0, 1, 2].flatMap((i) => node.extents(i, 'a limit').elements);
    const isBatch = from.perBatch === 0 && by.perBatch === 0 && to.fixed === from.fixed && to.perBatch === by.fixed;
    if (!isBatch) throw node.unsupported('how many numbers it makes must be known, or be the batch size');
    const steps = builder.times(placesInBatch(builder), builder.constant(Int32Array.of(by.fixed), []));
    return builder.plus(steps, builder.constant(Int32Array.of(from.fixed), []));
  }
  const [start, limit, step] = ['start', 'limit', 'step'].map((what, i) => node.numbers(i, what)[0]);
  const [length] = node.bounded([Math.max(0, Math.ceil((limit - start) / step))]);
  const numbers = Array.from({ length }, (_, i) => start + i * step);
  return node.value(0).type === 'float32' ? builder.constant(numbers, [numbers.length]) : builder.integers(numbers);
}

/** The positions of a constant's nonzero elements, [rank, number]. */
function nonZero(node: OnnxNode): Value {
  const x = node.constant(0, 'what is searched for nonzero elements');
  const found = Array.from(x.data.keys()).filter((at) => x.data[at] !== 0);
  const indices = x.shape.flatMap((extent, axis) => {
    const inner = count(x.shape.slice(axis + 1));
    return found.map((at) => Math.floor(at / inner) % extent);
  });
  return node.builder.constant(Int32Array.from(indices), [x.shape.length, found.length], node.label);
}

function oneHot(node: OnnxNode): Value {
  const [indices, values] = [node.constant(0, 'the indices'), node.constant(2, 'the values')];
  const depth = node.numbers(1, 'the depth')[0];
  const last = node.int('axis', -1);
  if (last !== -1 && last !== indices.shape.length) {
    throw node.unsupported('one-hot vectors are known along the last axis only');
  }
  node.bounded([...indices.shape, depth]);
  const [off, on] = values.data;
  const data = Array.from(indices.data).flatMap((index) =>
    Array.from({ length: depth }, (_, i) => (i === index || i === index + depth ? on : off)),
  );
  return node.builder.cast(node.builder.constant(data, [...indices.shape, depth]), values.type);
}

function eyeLike(node: OnnxNode): Value {
  const [rows, columns] = node.value(0).shape;
  const k = node.int('k', 0);
  const data = Array.from({ length: rows * columns }, (_, at) =>
    Number((at % columns) - Math.floor(at / columns) === k),
  );
  return node.builder.constant(data, [rows, columns]);
}

function items(node: OnnxNode, index = 0): readonly Operand[] {
  const operand = node.inputs[index];
  if (operand?.op === 'Sequence') return operand.items;
  throw node.unreadable('its input must be a sequence');
}

function splitToSequence(node: OnnxNode): Sequence<Operand> {
  const x = node.value(0);
  const axis = node.axis(node.int('axis', 0), x.shape.length);
  const extent = node.fixedExtent(x.shape, axis);
  const given = node.has(1) ? node.constant(1, 'the lengths') : undefined;
  const single = given === undefined ? 1 : given.shape.length === 0 ? given.data[0] : undefined;
  const lengths =
    single === undefined
      ? Array.from(given?.data ?? [])
      : Array.from({ length: pieceCount(Math.ceil(extent / single)) }, (_, i) => Math.min(single, extent - i * single));
  const parts = pieces(node, x, axis, lengths);
  const drops = given === undefined && node.int('keepdims', 1) === 0;
  const dims = x.shape.filter((_, i) => i !== axis);
  return { op: 'Sequence', items: drops ? parts.map((part) => node.builder.reshape(part, dims)) : parts };
}

function sequenceAt(node: OnnxNode): Operand {
  const all = items(node);
  const item = all.at(node.numbers(1, 'the position')[0]);
  if (item === undefined) throw node.unreadable(`the sequence has ${all.length} items only`);
  return item;
}

function concatFromSequence(node: OnnxNode): Value {
  const { builder } = node;
  const values = items(node).map((item) => node.asValue(item));
  const rank = values[0].shape.length;
  if (node.int('new_axis', 0) === 0) return builder.concat(values, node.axis(node.int('axis', 0), rank));
  const axis = node.axis(node.int('axis', 0), rank + 1);
  return builder.concat(
    values.map((value) => builder.reshape(value, [...value.shape.slice(0, axis), 1, ...value.shape.slice(axis)])),
    axis,
  );
}

/** Only what is known before any image is seen decides. */
function branch(node: OnnxNode): readonly Operand[] {
  const condition = node.constant(0, 'the condition');
  return node.reading.subgraph(node.graph(condition.data[0] !== 0 ? 'then_branch' : 'else_branch'), node);
}

/** Constants, shapes, sequences and branches: what is computed before any image is seen. */
export const shapes: Readonly<Record<string, Translation>> = {
  Shape: shape,
  Size: size,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  NonZero: nonZero,
  OneHot: oneHot,
  EyeLike: eyeLike,
  SplitToSequence: splitToSequence,
  SequenceConstruct: (node) => ({ op: 'Sequence', items: node.inputs.flatMap((input) => input ?? []) }),
  SequenceAt: sequenceAt,
  SequenceLength: (node) => node.builder.constant(Int32Array.of(items(node).length), []),
  ConcatFromSequence: concatFromSequence,
  If: branch,
};
