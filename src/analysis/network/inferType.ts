import { AnalysisError } from '../base/errors';
import type { DataType, Value } from './network';
import type { Operator, OperatorAttributes } from './operators';
import { check, checkAxis, checkCount, checkTypes, FLOATS, ShapeError } from './shapeChecks';
import { broadcastShape, elementCount, formatShape, nodeName, type TensorType } from './shapes';
import { conv, convTranspose, pool } from './windowShapes';

type Attributes<O extends Operator> = OperatorAttributes[O];
type Inference<O extends Operator> = (inputs: readonly Value[], attributes: Attributes<O>) => TensorType;

/** 8 GiB of float32: what a file claims beyond it, it does not mean. */
const LARGEST_VALUE = 2 ** 31;

/**
 * Shape and type of an operator's result.
 *
 * @param label the node's name in the file, for the message
 * @throws AnalysisError 'model-unreadable' where the inputs do not fit the operator, or where it would mix the images of
 *   a batch; 'limit-exceeded' where the result is larger than that of any classifier
 */
export function inferType<O extends Operator>(
  op: O,
  inputs: readonly Value[],
  attributes: Attributes<O>,
  label?: string,
): TensorType {
  const result = fitting(op, inputs, attributes, label);
  if (Math.abs(elementCount(result.shape)) <= LARGEST_VALUE) return result;
  throw new AnalysisError(
    'limit-exceeded',
    `${nodeName(op, label)} must make at most ${LARGEST_VALUE} numbers of an image, its result is ${formatShape(result.shape)}.`,
  );
}

function fitting<O extends Operator>(
  op: O,
  inputs: readonly Value[],
  attributes: Attributes<O>,
  label: string | undefined,
): TensorType {
  try {
    return inference[op](inputs, attributes);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const given = inputs.map((input) => `${input.type} ${formatShape(input.shape)}`).join(', ');
    throw new AnalysisError('model-unreadable', `${nodeName(op, label)}: ${error.message}; its inputs are ${given}.`);
  }
}

const NUMBERS: readonly DataType[] = ['float32', 'int64'];
const BOOLS: readonly DataType[] = ['bool'];

/** One input of the given types, its shape kept. */
function unary(types: readonly DataType[]) {
  return (inputs: readonly Value[]): TensorType => {
    checkCount(inputs, 1);
    checkTypes(inputs, types);
    return { shape: inputs[0].shape, type: inputs[0].type };
  };
}

/** Two inputs of one type, broadcast. */
function binary(types: readonly DataType[], result?: DataType) {
  return (inputs: readonly Value[]): TensorType => {
    checkCount(inputs, 2);
    checkTypes(inputs, types);
    return { shape: broadcastShape(inputs[0].shape, inputs[1].shape), type: result ?? inputs[0].type };
  };
}

function reduction(types: readonly DataType[]) {
  return (inputs: readonly Value[], { axes, keepdims }: Attributes<'ReduceSum'>): TensorType => {
    checkCount(inputs, 1);
    checkTypes(inputs, types);
    const { shape, type } = inputs[0];
    for (const axis of axes) {
      checkAxis(axis, shape.length);
      check(shape[axis] >= 0, `axis ${axis} runs over the images of the batch, which must not be mixed`);
    }
    check(new Set(axes).size === axes.length, 'an axis is named twice');
    const reduced = shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    return { shape: keepdims ? reduced : reduced.filter((_, axis) => !axes.includes(axis)), type };
  };
}

function softmax(inputs: readonly Value[], { axis }: Attributes<'Softmax'>): TensorType {
  const result = unary(FLOATS)(inputs);
  checkAxis(axis, result.shape.length);
  check(result.shape[axis] > 0, `axis ${axis} runs over the images of the batch, which must not be mixed, or is empty`);
  return result;
}

function matMul(inputs: readonly Value[]): TensorType {
  checkCount(inputs, 2);
  checkTypes(inputs, FLOATS);
  const [a, b] = inputs.map((input) => input.shape);
  check(a.length >= 1 && b.length >= 1, 'expected two vectors, matrices or stacks of matrices');
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const inner = left[left.length - 1];
  check(inner === right[right.length - 2], 'the inner dimensions differ');
  check(inner >= 0, 'the inner dimension runs over the images of the batch, which must not be mixed');
  const stack = broadcastShape(left.slice(0, -2), right.slice(0, -2));
  const rows = a.length === 1 ? [] : [left[left.length - 2]];
  const columns = b.length === 1 ? [] : [right[right.length - 1]];
  return { shape: [...stack, ...rows, ...columns], type: 'float32' };
}

function reshape(inputs: readonly Value[], { shape }: Attributes<'Reshape'>): TensorType {
  checkCount(inputs, 1);
  check(
    elementCount(shape) === elementCount(inputs[0].shape),
    `${formatShape(shape)} has another number of elements than ${formatShape(inputs[0].shape)}`,
  );
  return { shape, type: inputs[0].type };
}

function transpose(inputs: readonly Value[], { perm }: Attributes<'Transpose'>): TensorType {
  checkCount(inputs, 1);
  const { shape, type } = inputs[0];
  check(
    perm.length === shape.length && shape.every((_, axis) => perm.includes(axis)),
    `perm must be a permutation of ${shape.length} axes, got [${perm.join(', ')}]`,
  );
  return { shape: perm.map((axis) => shape[axis]), type };
}

function concat(inputs: readonly Value[], { axis }: Attributes<'Concat'>): TensorType {
  checkCount(inputs, 1, Infinity);
  checkTypes(inputs, ['float32', 'int64', 'bool']);
  const { shape, type } = inputs[0];
  checkAxis(axis, shape.length);
  let extent = 0;
  for (const input of inputs) {
    const { length } = input.shape;
    check(length === shape.length && input.shape.every((dim, i) => i === axis || dim === shape[i]), 'shapes differ');
    check(input.shape[axis] >= 0 || inputs.length === 1, 'images of a batch must not be mixed');
    extent += input.shape[axis];
  }
  return { shape: shape.with(axis, extent), type };
}

function slice(inputs: readonly Value[], { axes, starts, ends, steps }: Attributes<'Slice'>): TensorType {
  checkCount(inputs, 1);
  const { shape, type } = inputs[0];
  check(
    starts.length === axes.length && ends.length === axes.length && steps.length === axes.length,
    'axes, starts, ends and steps must be of one length',
  );
  check(new Set(axes).size === axes.length, 'an axis is named twice');
  const result = [...shape];
  axes.forEach((axis, i) => {
    checkAxis(axis, shape.length);
    const [start, end, step, extent] = [starts[i], ends[i], steps[i], shape[axis]];
    check(extent >= 0, `axis ${axis} runs over the images of the batch, which must not be picked apart`);
    const inRange = step > 0 ? start >= 0 && end <= extent : step < 0 && start < extent && end >= -1;
    check(inRange, `${start}:${end}:${step} is out of range on axis ${axis}`);
    result[axis] = Math.max(0, Math.ceil((end - start) / step));
  });
  return { shape: result, type };
}

function pad(inputs: readonly Value[], { pads }: Attributes<'Pad'>): TensorType {
  checkCount(inputs, 1);
  const { shape, type } = inputs[0];
  const rank = shape.length;
  check(
    pads.length === 2 * rank && pads.every((p) => Number.isInteger(p) && p >= 0),
    `pads must be ${2 * rank} numbers that are not negative, got [${pads.join(', ')}]`,
  );
  const padded = shape.map((dim, axis) => {
    const added = pads[axis] + pads[axis + rank];
    check(dim >= 0 || added === 0, 'the batch must not be padded');
    return dim + added;
  });
  return { shape: padded, type };
}

function expand(inputs: readonly Value[], { shape }: Attributes<'Expand'>): TensorType {
  checkCount(inputs, 1);
  return { shape: broadcastShape(inputs[0].shape, shape), type: inputs[0].type };
}

function gather(inputs: readonly Value[], { axis }: Attributes<'Gather'>): TensorType {
  checkCount(inputs, 2);
  const [{ shape, type }, indices] = inputs;
  checkAxis(axis, shape.length);
  check(shape[axis] >= 0, `axis ${axis} runs over the images of the batch, which must not be picked apart`);
  check(
    indices.op === 'Constant' && indices.type === 'int64' && indices.shape.length <= 1,
    'indices must be constant, int64 and of rank 0 or 1',
  );
  check(
    indices.data.every((index) => index >= 0 && index < shape[axis]),
    `indices must be in 0…${shape[axis] - 1}`,
  );
  return { shape: [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)], type };
}

function where(inputs: readonly Value[]): TensorType {
  checkCount(inputs, 3);
  const [condition, then, otherwise] = inputs;
  check(condition.type === 'bool', 'the condition must be bool');
  check(then.type === otherwise.type, 'both branches must have elements of one type');
  return { shape: broadcastShape(condition.shape, broadcastShape(then.shape, otherwise.shape)), type: then.type };
}

function cast(inputs: readonly Value[], { to }: Attributes<'Cast'>): TensorType {
  checkCount(inputs, 1);
  return { shape: inputs[0].shape, type: to };
}

const inference: { readonly [O in Operator]: Inference<O> } = {
  Neg: unary(NUMBERS),
  Abs: unary(NUMBERS),
  Sqrt: unary(FLOATS),
  Exp: unary(FLOATS),
  Log: unary(FLOATS),
  Sin: unary(FLOATS),
  Cos: unary(FLOATS),
  Erf: unary(FLOATS),
  Relu: unary(FLOATS),
  LeakyRelu: unary(FLOATS),
  Elu: unary(FLOATS),
  Sigmoid: unary(FLOATS),
  Tanh: unary(FLOATS),
  Softplus: unary(FLOATS),
  Softsign: unary(FLOATS),
  Clip: unary(NUMBERS),
  Floor: unary(FLOATS),
  RoundStraightThrough: unary(FLOATS),
  Sign: unary(NUMBERS),
  Not: unary(BOOLS),
  Cast: cast,
  Add: binary(NUMBERS),
  Sub: binary(NUMBERS),
  Mul: binary(NUMBERS),
  Div: binary(NUMBERS),
  Pow: binary(NUMBERS),
  Min: binary(NUMBERS),
  Max: binary(NUMBERS),
  Greater: binary(NUMBERS, 'bool'),
  GreaterOrEqual: binary(NUMBERS, 'bool'),
  Equal: binary(['float32', 'int64', 'bool'], 'bool'),
  And: binary(BOOLS),
  Where: where,
  ReduceSum: reduction(NUMBERS),
  ReduceMean: reduction(FLOATS),
  ReduceMax: reduction(NUMBERS),
  Softmax: softmax,
  LogSoftmax: softmax,
  Conv: conv,
  ConvTranspose: convTranspose,
  MatMul: matMul,
  MaxPool: pool,
  AveragePool: pool,
  Reshape: reshape,
  Transpose: transpose,
  Concat: concat,
  Slice: slice,
  Pad: pad,
  Expand: expand,
  Gather: gather,
};
