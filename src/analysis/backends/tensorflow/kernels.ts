import type { DataType as TfjsType, Tensor } from '@tensorflow/tfjs-core';

import type { DataType, NodeOf } from '../../network/network';
import type { Operator } from '../../network/operators';
import { elementCount } from '../../network/shapes';
import { convolutions } from './convolution';
import { type Kernel, list, type Tfjs } from './kernel';
import { pools } from './pools';

/** TensorFlow.js has integers of 32 bits only, as the constants of a network. */
export const typeOf: Readonly<Record<DataType, TfjsType>> = { float32: 'float32', int64: 'int32', bool: 'bool' };

type Simple = Kernel<Operator>;

/** An operator of one input that TensorFlow.js has itself. */
function unary(f: (tf: Tfjs, x: Tensor) => Tensor): Simple {
  return (tf, [x]) => f(tf, x);
}

/** One of two inputs, broadcast. */
function binary(f: (tf: Tfjs, a: Tensor, b: Tensor) => Tensor): Simple {
  return (tf, [a, b]) => f(tf, a, b);
}

type Reduction = 'ReduceSum' | 'ReduceMean' | 'ReduceMax';

function reduction(f: (tf: Tfjs, x: Tensor, axes: number[]) => Tensor): Kernel<Reduction> {
  return (tf, [x], { attributes: { axes } }, shape) =>
    tf.reshape(axes.length === 0 ? x : f(tf, x, list(axes)), list(shape));
}

/** TensorFlow's are along the last axis. */
function alongAxis(f: (tf: Tfjs, x: Tensor) => Tensor): Kernel<'Softmax' | 'LogSoftmax'> {
  return (tf, [x], { attributes: { axis } }) => {
    if (axis === x.rank - 1) return f(tf, x);
    const perm = [...x.shape.keys()].with(axis, x.rank - 1).with(x.rank - 1, axis);
    return tf.transpose(f(tf, tf.transpose(x, perm)), perm);
  };
}

/** Of integers the quotient is cut off, exact up to 2²⁴ as float32 is. */
const div = binary((tf, a, b) =>
  a.dtype === 'int32' ? tf.cast(tf.div(tf.cast(a, 'float32'), tf.cast(b, 'float32')), 'int32') : tf.div(a, b),
);

/** Vectors and stacks of matrices; a stack times one matrix is one product. */
const matMul: Kernel<'MatMul'> = (tf, [a, b], _, shape) => {
  const left = a.rank === 1 ? tf.reshape(a, [1, a.size]) : a;
  const right = b.rank === 1 ? tf.reshape(b, [b.size, 1]) : b;
  const inner = left.shape[left.rank - 1];
  const isOneProduct = left.rank > 2 && right.rank === 2;
  const rows = isOneProduct ? tf.reshape(left, [elementCount(left.shape.slice(0, -1)), inner]) : left;
  return tf.reshape(tf.matMul(rows, right), list(shape));
};

/** Backwards through an axis is forwards through the reversed axis. */
const slice: Kernel<'Slice'> = (tf, [x], { attributes: { axes, starts, steps } }, shape) => {
  const begin = x.shape.map(() => 0);
  const stride = x.shape.map(() => 1);
  const reversed: number[] = [];
  axes.forEach((axis, i) => {
    const backwards = steps[i] < 0;
    if (backwards) reversed.push(axis);
    begin[axis] = backwards ? x.shape[axis] - 1 - starts[i] : starts[i];
    stride[axis] = Math.abs(steps[i]);
  });
  const forwards = reversed.length > 0 ? tf.reverse(x, reversed) : x;
  if (stride.every((step) => step === 1) || shape.includes(0)) return tf.slice(forwards, begin, list(shape));
  const end = begin.map((start, axis) => start + (shape[axis] - 1) * stride[axis] + 1);
  return tf.stridedSlice(forwards, begin, end, stride);
};

const pad: Kernel<'Pad'> = (tf, [x], { attributes: { pads, value } }) =>
  x.rank === 0
    ? tf.clone(x)
    : tf.pad(
        x,
        x.shape.map((_, axis): [number, number] => [pads[axis], pads[axis + x.rank]]),
        value,
      );

/** Indices of rank 0 take the axis away. */
const gather: Kernel<'Gather'> = (tf, [x, indices], { attributes: { axis } }, shape) =>
  tf.reshape(tf.gather(x, tf.reshape(indices, [indices.size]), axis), list(shape));

/** x > 0: x, else α (eˣ − 1), which the sum of both halves is. */
const elu: Kernel<'Elu'> = (tf, [x], { attributes: { alpha } }) =>
  tf.add(tf.relu(x), tf.mul(tf.expm1(tf.minimum(x, 0)), alpha));

const clip: Kernel<'Clip'> = (tf, [x], { attributes: { min, max } }) => {
  const bound = (value: number): Tensor => tf.scalar(value, x.dtype === 'int32' ? 'int32' : 'float32');
  const above = min === null ? x : tf.maximum(x, bound(min));
  return max === null ? tf.clone(above) : tf.minimum(above, bound(max));
};

const concat: Kernel<'Concat'> = (tf, inputs, { attributes: { axis } }) => tf.concat([...inputs], axis);

/** Every canonical operator on TensorFlow.js. */
export const kernels: { readonly [O in Operator]: Kernel<O> } = {
  Neg: unary((tf, x) => tf.neg(x)),
  Abs: unary((tf, x) => tf.abs(x)),
  Sqrt: unary((tf, x) => tf.sqrt(x)),
  Exp: unary((tf, x) => tf.exp(x)),
  Log: unary((tf, x) => tf.log(x)),
  Sin: unary((tf, x) => tf.sin(x)),
  Cos: unary((tf, x) => tf.cos(x)),
  Erf: unary((tf, x) => tf.erf(x)),
  Relu: unary((tf, x) => tf.relu(x)),
  LeakyRelu: (tf, [x], { attributes: { alpha } }) => tf.leakyRelu(x, alpha),
  Elu: elu,
  Sigmoid: unary((tf, x) => tf.sigmoid(x)),
  Tanh: unary((tf, x) => tf.tanh(x)),
  Softplus: unary((tf, x) => tf.softplus(x)),
  Softsign: unary((tf, x) => tf.div(x, tf.add(tf.abs(x), 1))),
  Clip: clip,
  Floor: unary((tf, x) => tf.floor(x)),
  RoundStraightThrough: unary((tf, x) => tf.round(x)),
  Sign: unary((tf, x) => tf.sign(x)),
  Not: unary((tf, x) => tf.logicalNot(x)),
  Cast: (tf, [x], { attributes: { to } }) => tf.cast(x, typeOf[to]),
  Add: binary((tf, a, b) => tf.add(a, b)),
  Sub: binary((tf, a, b) => tf.sub(a, b)),
  Mul: binary((tf, a, b) => tf.mul(a, b)),
  Div: div,
  Pow: binary((tf, a, b) => tf.pow(a, b)),
  Min: binary((tf, a, b) => tf.minimum(a, b)),
  Max: binary((tf, a, b) => tf.maximum(a, b)),
  Greater: binary((tf, a, b) => tf.greater(a, b)),
  GreaterOrEqual: binary((tf, a, b) => tf.greaterEqual(a, b)),
  Equal: binary((tf, a, b) => tf.equal(a, b)),
  And: binary((tf, a, b) => tf.logicalAnd(a, b)),
  Where: (tf, [condition, then, otherwise]) => tf.where(condition, then, otherwise),
  ReduceSum: reduction((tf, x, axes) => tf.sum(x, axes)),
  ReduceMean: reduction((tf, x, axes) => tf.mean(x, axes)),
  ReduceMax: reduction((tf, x, axes) => tf.max(x, axes)),
  Softmax: alongAxis((tf, x) => tf.softmax(x)),
  LogSoftmax: alongAxis((tf, x) => tf.logSoftmax(x)),
  ...convolutions,
  MatMul: matMul,
  ...pools,
  Reshape: (tf, [x], _, shape) => tf.reshape(x, list(shape)),
  Transpose: (tf, [x], { attributes: { perm } }) => tf.transpose(x, list(perm)),
  Concat: concat,
  Slice: slice,
  Pad: pad,
  Expand: (tf, [x], _, shape) => tf.broadcastTo(x, list(shape)),
  Gather: gather,
};

/** Runs the kernel of a node. */
export function compute<O extends Operator>(
  tf: Tfjs,
  op: O,
  inputs: readonly Tensor[],
  node: NodeOf<O>,
  shape: readonly number[],
): Tensor {
  return kernels[op](tf, inputs, node, shape);
}
