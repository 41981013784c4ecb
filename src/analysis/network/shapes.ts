import { AnalysisError } from '../base/errors';
import type { DataType, Dim, Shape, Value } from './network';
import type { Operator, OperatorAttributes } from './operators';

/** What is known about an operator's result before it runs. */
export interface TensorType {
  readonly shape: Shape;
  readonly type: DataType;
}

type Attributes<O extends Operator> = OperatorAttributes[O];
type Inference<O extends Operator> = (inputs: readonly Value[], attributes: Attributes<O>) => TensorType;

/** 8 GiB of float32: what a file claims beyond it, it does not mean. */
const LARGEST_VALUE = 2 ** 31;

/** What is wrong with a node, before it is known which node. */
class ShapeError extends Error {}

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
  try {
    const result = inference[op](inputs, attributes);
    if (Math.abs(elementCount(result.shape)) <= LARGEST_VALUE) return result;
    throw new AnalysisError(
      'limit-exceeded',
      `${op}${label === undefined ? '' : ` "${label}"`} must make at most ${LARGEST_VALUE} numbers of an image, ` +
        `its result is ${formatShape(result.shape)}.`,
    );
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const name = label === undefined ? '' : ` "${label}"`;
    const given = inputs.map((input) => `${input.type} ${formatShape(input.shape)}`).join(', ');
    throw new AnalysisError('model-unreadable', `${op}${name}: ${error.message}; its inputs are ${given}.`);
  }
}

/** A shape as people read it: [n, 3, 32, 32], [8n, 64]. */
export function formatShape(shape: Shape): string {
  const extents = shape.map((dim) => (dim >= 0 ? String(dim) : dim === -1 ? 'n' : `${-dim}n`));
  return `[${extents.join(', ')}]`;
}

/** Whether an extent varies with the batch size. */
export function dependsOnBatch(shape: Shape): boolean {
  return shape.some((dim) => dim < 0);
}

/** The number of elements as a Dim: −k stands for k·n. Of a shape without batch it is the plain product. */
export function elementCount(shape: Shape): Dim {
  const product = shape.reduce((count, dim) => count * Math.abs(dim), 1);
  return dependsOnBatch(shape) ? -product : product;
}

/** Whether two shapes are the same, extent by extent. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/**
 * The shape of an elementwise result, by ONNX's (NumPy's) broadcasting.
 *
 * @throws Error where the shapes do not fit; inferType names the node
 */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const p = a[axis - rank + a.length] ?? 1;
    const q = b[axis - rank + b.length] ?? 1;
    check(p === q || p === 1 || q === 1, `${formatShape(a)} and ${formatShape(b)} do not broadcast`);
    return p === 1 ? q : p;
  });
}

function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ShapeError(message);
}

function checkCount(inputs: readonly Value[], least: number, most = least): void {
  const expected = least === most ? String(least) : `${least} to ${most}`;
  check(inputs.length >= least && inputs.length <= most, `expected ${expected} inputs, got ${inputs.length}`);
}

function checkTypes(inputs: readonly Value[], types: readonly DataType[]): void {
  for (const { type } of inputs) {
    check(types.includes(type), `expected ${types.join(' or ')} elements`);
    check(type === inputs[0].type, 'expected elements of one type');
  }
}

function checkAxis(axis: number, rank: number): void {
  check(Number.isInteger(axis) && axis >= 0 && axis < rank, `axis must be in 0…${rank - 1}, got ${axis}`);
}

const NUMBERS: readonly DataType[] = ['float32', 'int64'];
const FLOATS: readonly DataType[] = ['float32'];
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

interface Window {
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
}

/** Checks the image of a convolution or pool and returns its spatial extents. */
function spatialExtents(x: Value, kernel: readonly number[], { strides, pads, dilations }: Window): readonly number[] {
  const rank = x.shape.length - 2;
  check(rank >= 1 && rank <= 3, 'expected an image of 1, 2 or 3 spatial dimensions as [n, channels, …]');
  check(!dependsOnBatch(x.shape.slice(1)), 'the batch must be the first dimension');
  check(kernel.length === rank, `the kernel must have ${rank} spatial extents, got ${kernel.length}`);
  check(strides.length === rank && dilations.length === rank, `strides and dilations must have ${rank} entries`);
  check(pads.length === 2 * rank, `pads must have ${2 * rank} entries, got ${pads.length}`);
  check(
    [...kernel, ...strides, ...dilations].every((extent) => Number.isInteger(extent) && extent >= 1),
    'kernel, strides and dilations must be at least 1',
  );
  check(
    pads.every((pad) => Number.isInteger(pad) && pad >= 0),
    'pads must not be negative',
  );
  return x.shape.slice(2);
}

function windowed(extents: readonly number[], kernel: readonly number[], { strides, pads, dilations }: Window): Shape {
  return extents.map((extent, i) => {
    const room = extent + pads[i] + pads[i + extents.length] - dilations[i] * (kernel[i] - 1) - 1;
    check(room >= 0, `the window is larger than the padded image in spatial dimension ${i}`);
    return Math.floor(room / strides[i]) + 1;
  });
}

function pool(inputs: readonly Value[], attributes: Attributes<'MaxPool'>): TensorType {
  checkCount(inputs, 1);
  checkTypes(inputs, FLOATS);
  const { shape, type } = inputs[0];
  const extents = spatialExtents(inputs[0], attributes.kernel, attributes);
  return { shape: [shape[0], shape[1], ...windowed(extents, attributes.kernel, attributes)], type };
}

/** What Conv and ConvTranspose share: constant weights, and a bias for each output channel. */
function checkWeights(inputs: readonly Value[], group: number, outputs: (weight: Shape) => number): void {
  checkCount(inputs, 2, 3);
  checkTypes(inputs, FLOATS);
  const [x, weight, bias] = inputs;
  check(weight.op === 'Constant' && (inputs.length < 3 || bias.op === 'Constant'), 'weight and bias must be constant');
  check(weight.shape.length === x.shape.length, 'weight and image must be of one rank');
  check(
    Number.isInteger(group) && group >= 1 && weight.shape[0] % group === 0,
    `group must divide ${weight.shape[0]}, got ${group}`,
  );
  if (inputs.length === 3) {
    check(sameShape(bias.shape, [outputs(weight.shape)]), 'bias must have one entry per channel');
  }
}

function conv(inputs: readonly Value[], attributes: Attributes<'Conv'>): TensorType {
  const { group } = attributes;
  checkWeights(inputs, group, (weight) => weight[0]);
  const [x, weight] = inputs;
  const kernel = weight.shape.slice(2);
  const extents = spatialExtents(x, kernel, attributes);
  check(x.shape[1] === weight.shape[1] * group, `the weight expects ${weight.shape[1] * group} channels`);
  return { shape: [x.shape[0], weight.shape[0], ...windowed(extents, kernel, attributes)], type: x.type };
}

function convTranspose(inputs: readonly Value[], attributes: Attributes<'ConvTranspose'>): TensorType {
  const { group, strides, pads, dilations, outputPadding } = attributes;
  checkWeights(inputs, group, (weight) => weight[1] * group);
  const [x, weight] = inputs;
  const kernel = weight.shape.slice(2);
  const extents = spatialExtents(x, kernel, attributes);
  check(x.shape[1] === weight.shape[0], `the weight expects ${weight.shape[0]} channels`);
  check(outputPadding.length === extents.length, `outputPadding must have ${extents.length} entries`);
  const spatial = extents.map((extent, i) => {
    const full = (extent - 1) * strides[i] + dilations[i] * (kernel[i] - 1) + 1 + outputPadding[i];
    const result = full - pads[i] - pads[i + extents.length];
    check(result >= 1, `nothing is left of spatial dimension ${i}`);
    return result;
  });
  return { shape: [x.shape[0], weight.shape[1] * group, ...spatial], type: x.type };
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
