import { AnalysisError } from '../../base/errors';
import { celu, gelu, hardShrink, softShrink, tanhGelu } from '../../compound/activations';
import { unitLength } from '../../compound/normalisation';
import { repeated } from '../../compound/resampling';
import { isInterpolation, resized } from '../../compound/resizing';
import {
  broadcast,
  channelsFirst,
  concatenated,
  inOrder,
  inOwnOrder,
  map,
  plain,
  reduce,
  reshape,
  shapeOf,
  type Tensor,
  valueAxes,
} from '../../compound/tensor';
import type { NetworkBuilder } from '../../network/builder';
import type { Value } from '../../network/network';
import { elementCount } from '../../network/shapes';
import { pieceCount } from '../pieceCount';
import { gated, isElementwiseActivation, namedActivation, relu, reluSettings, softmax, squareplus } from './activation';
import { isTensor, type LayerCall } from './layer';
import { Operands } from './operands';
import { permuted } from './reshaping';
import { sliced } from './slicing';
import { tensorflowFunctions } from './tensorflowFunctions';

type OperatorTranslation = (o: Operands) => Tensor | readonly Tensor[];

function unary(f: (b: NetworkBuilder, x: Value) => Value): OperatorTranslation {
  return (o) => map(o.tensor(0, 'x', 'input', 'a', 'features', 'logits'), (x) => f(o.builder, x));
}

function binary(f: (b: NetworkBuilder, p: Value, q: Value) => Value): OperatorTranslation {
  return (o) => {
    const operands = [o.tensor(0, 'x1', 'x', 'a', 'value'), o.tensor(1, 'x2', 'y', 'b', 'bias')];
    return broadcast(o.builder, operands, (p, q) => f(o.builder, p, q));
  };
}

function reduction(op: 'ReduceSum' | 'ReduceMean' | 'ReduceMax'): OperatorTranslation {
  return (o) => {
    const x = o.tensor(0, 'x', 'input_tensor');
    return reduce(o.builder, op, x, o.axes(x, 1, 'axis'), o.flag('keepdims', false));
  };
}

const negate = (b: NetworkBuilder, tensor: Tensor) => map(tensor, (x) => b.neg(x));
const square = (b: NetworkBuilder, x: Value) => b.times(x, x);
const inverse = (b: NetworkBuilder, x: Value) => b.over(b.scalar(1), x);

/** Mean of squared differences from the mean. */
function variance(o: Operands): Tensor {
  const { builder: b } = o;
  const x = o.tensor(0, 'x', 'input_tensor');
  const axes = o.axes(x, 1, 'axis');
  const mean = reduce(b, 'ReduceMean', x, axes, true).value;
  const squares = map(x, (value) => square(b, b.minus(value, mean)));
  return reduce(b, 'ReduceMean', squares, axes, o.flag('keepdims', false));
}

/** Squares and roots have names of their own, and their derivatives at 0 too. */
function power(o: Operands): Tensor {
  const { builder: b } = o;
  const exponent = o.get(1, 'x2', 'y');
  const x = o.tensor(0, 'x1', 'x');
  if (exponent === 2) return map(x, (value) => square(b, value));
  if (exponent === 0.5) return map(x, (value) => b.sqrt(value));
  return broadcast(b, [x, o.tensor(1, 'x2', 'y')], (p, q) => b.power(p, q));
}

function reshaped(o: Operands): Tensor {
  const x = o.tensor(0, 'x', 'tensor');
  const target = o.integers(1, 'newshape', 'shape');
  const known = target.filter((extent) => extent !== -1);
  const count = elementCount(shapeOf(x));
  const left = count / known.reduce((product, extent) => product * extent, 1);
  return reshape(
    o.builder,
    x,
    target.map((extent) => (extent === -1 ? left : extent)),
  );
}

function squeezed(o: Operands): Tensor {
  const x = o.tensor(0, 'x', 'input');
  const shape = shapeOf(x);
  const given = o.get(1, 'axis');
  const axes = (given ?? null) === null ? [] : o.axes(x, 1, 'axis');
  const dropped = axes.length === 0 ? shape.flatMap((extent, axis) => (extent === 1 ? [axis] : [])) : axes;
  return reshape(
    o.builder,
    x,
    shape.filter((_, axis) => !dropped.includes(axis)),
  );
}

function expanded(o: Operands): Tensor {
  const x = o.tensor(0, 'x', 'input');
  const shape = [...shapeOf(x)];
  const [axis] = o.integers(1, 'axis');
  shape.splice(axis < 0 ? axis + shape.length + 1 : axis, 0, 1);
  return reshape(o.builder, x, shape);
}

/** Axes that may be counted from the end. */
function fromZero(axes: readonly number[], rank: number): readonly number[] {
  return axes.map((axis) => (axis < 0 ? axis + rank : axis));
}

function transposed(o: Operands): Tensor {
  const x = o.tensor(0, 'x', 'a');
  const rank = x.order.length;
  const reversed = x.order.map((_, axis) => rank - 1 - axis);
  const given = (o.get(1, 'axes', 'perm') ?? null) === null ? reversed : o.integers(1, 'axes', 'perm');
  return permuted(x, fromZero(given, rank), o.layer);
}

function swapped(o: Operands): Tensor {
  const x = o.tensor(0, 'x');
  const [p, q] = fromZero([o.integers(1, 'axis1')[0], o.integers(2, 'axis2')[0]], x.order.length);
  return permuted(
    x,
    x.order.map((_, axis) => (axis === p ? q : axis === q ? p : axis)),
    o.layer,
  );
}

function split(o: Operands): readonly Tensor[] {
  const { builder: b } = o;
  // tf.split names its tensor "value".
  const x = o.tensor(0, 'x', 'value');
  const [axis] = o.integers(2, 'axis');
  const at = axis < 0 ? axis + x.order.length : axis;
  const extent = shapeOf(x)[at];
  const parts = o.get(1, 'indices_or_sections', 'num_or_size_splits');
  const bounds =
    typeof parts === 'number'
      ? Array.from({ length: pieceCount(parts) + 1 }, (_, i) => (i * extent) / parts)
      : o.tensorflow
        ? o
            .integers(1, 'num_or_size_splits')
            .reduce<number[]>((ends, size) => [...ends, (ends.at(-1) ?? 0) + size], [0])
        : [0, ...o.integers(1, 'indices_or_sections'), extent];
  const along = x.order.indexOf(at);
  return bounds.slice(1).map((end, i) => map(x, (value) => b.slice(value, [along], [bounds[i]], [end])));
}

function stacked(o: Operands): Tensor {
  const tensors = o.tensors(0, 'x', 'values');
  const rank = tensors[0].order.length + 1;
  const [axis] = o.integers(1, 'axis');
  const at = axis < 0 ? axis + rank : axis;
  const thicker = tensors.map((x) => {
    const shape = [...shapeOf(x)];
    shape.splice(at, 0, 1);
    return reshape(o.builder, x, shape);
  });
  return concatenated(o.builder, thicker, at);
}

function padded(o: Operands): Tensor {
  const { builder: b } = o;
  const x = o.tensor(0, 'x', 'tensor');
  const mode = o.get(2, 'mode') ?? 'constant';
  if (typeof mode !== 'string' || mode.toLowerCase() !== 'constant') {
    throw o.unsupported(`padding by ${JSON.stringify(mode)}`);
  }
  const margins = o.margins(1, 'pad_width', 'paddings');
  if (margins.length !== x.order.length) throw o.unsupported('padding of some axes only');
  const value = o.get(3, 'constant_values') ?? 0;
  if (typeof value !== 'number') throw o.unsupported('padding with several values');
  const pads = [...x.order.map((axis) => margins[axis][0]), ...x.order.map((axis) => margins[axis][1])];
  return map(x, (v) => b.pad(v, pads, value));
}

function product(o: Operands): Tensor {
  const { builder: b } = o;
  if (o.flag('transpose_a', false) || o.flag('transpose_b', false)) throw o.unsupported('a transposed product');
  return plain(b.matMul(inOwnOrder(b, o.tensor(0, 'x1', 'a')), inOwnOrder(b, o.tensor(1, 'x2', 'b'))));
}

function clipped(o: Operands): Tensor {
  const min = o.get(1, 'x_min', 'clip_value_min');
  const max = o.get(2, 'x_max', 'clip_value_max');
  if (typeof min !== 'number' || typeof max !== 'number') throw o.unsupported('clipping to anything but two numbers');
  return map(o.tensor(0, 'x', 't'), (x) => o.builder.add('Clip', [x], { min, max }));
}

function normalised(o: Operands): Tensor {
  const { builder: b } = o;
  const order = o.get(2, 'order') ?? 2;
  if (order !== 2) throw o.unsupported(`the norm of order ${JSON.stringify(order)}`);
  const x = o.tensor(0, 'x');
  return map(x, (value) => unitLength(b, value, valueAxes(x, o.axes(x, 1, 'axis')), o.number('epsilon', 1e-12)));
}

function resizedImage(o: Operands): Tensor {
  const { builder: b } = o;
  const x = o.tensor(0, 'images', 'image');
  const interpolation = o.get(2, 'interpolation', 'method') ?? 'bilinear';
  const plainly = ['antialias', 'crop_to_aspect_ratio', 'pad_to_aspect_ratio', 'preserve_aspect_ratio'].every(
    (option) => !o.flag(option, false),
  );
  if (typeof interpolation !== 'string' || !isInterpolation(interpolation) || !plainly) {
    throw o.unsupported('this way of resizing');
  }
  const format = o.get(-1, 'data_format') === 'channels_first' ? 'channels_first' : 'channels_last';
  const order = channelsFirst(x.order.length, format);
  return { value: resized(b, inOrder(b, x, order), o.integers(1, 'size'), interpolation), order };
}

function repeatedAlong(o: Operands): Tensor {
  const { builder: b } = o;
  const x = o.tensor(0, 'x', 'input');
  const [axis] = o.axes(x, 2, 'axis');
  const [times] = o.integers(1, 'repeats');
  return map(x, (value) => repeated(b, value, x.order.indexOf(axis), times));
}

const softmaxOf =
  (op: 'Softmax' | 'LogSoftmax'): OperatorTranslation =>
  (o) => {
    const axis = o.get(1, 'axis') ?? -1;
    if (typeof axis !== 'number') throw o.unsupported('softmax over several axes');
    return softmax(o.builder, o.tensor(0, 'x', 'logits'), axis, op);
  };

/** By the class names of keras.src.ops. */
export const operators: Readonly<Record<string, OperatorTranslation>> = {
  Add: binary((b, p, q) => b.plus(p, q)),
  Subtract: binary((b, p, q) => b.minus(p, q)),
  Multiply: binary((b, p, q) => b.times(p, q)),
  Divide: binary((b, p, q) => b.over(p, q)),
  TrueDivide: binary((b, p, q) => b.over(p, q)),
  Maximum: binary((b, p, q) => b.max(p, q)),
  Minimum: binary((b, p, q) => b.min(p, q)),
  Power: power,
  Negative: unary((b, x) => b.neg(x)),
  Absolute: unary((b, x) => b.abs(x)),
  Abs: unary((b, x) => b.abs(x)),
  Square: unary(square),
  Sqrt: unary((b, x) => b.sqrt(x)),
  Rsqrt: unary((b, x) => inverse(b, b.sqrt(x))),
  Reciprocal: unary(inverse),
  Exp: unary((b, x) => b.exp(x)),
  Expm1: unary((b, x) => b.minus(b.exp(x), b.scalar(1))),
  Log: unary((b, x) => b.log(x)),
  Log1p: unary((b, x) => b.log(b.plus(b.scalar(1), x))),
  Erf: unary((b, x) => b.erf(x)),
  Sin: unary((b, x) => b.add('Sin', [x], {})),
  Cos: unary((b, x) => b.add('Cos', [x], {})),
  Cast: unary((_, x) => x),
  Identity: unary((_, x) => x),
  Copy: unary((_, x) => x),
  Clip: clipped,
  Mean: reduction('ReduceMean'),
  Sum: reduction('ReduceSum'),
  Max: reduction('ReduceMax'),
  Amax: reduction('ReduceMax'),
  Min: (o) => {
    const x = o.tensor(0, 'x', 'input_tensor');
    return negate(
      o.builder,
      reduce(o.builder, 'ReduceMax', negate(o.builder, x), o.axes(x, 1, 'axis'), o.flag('keepdims', false)),
    );
  },
  Var: variance,
  Std: (o) => map(variance(o), (x) => o.builder.sqrt(x)),
  Reshape: reshaped,
  Squeeze: squeezed,
  ExpandDims: expanded,
  Transpose: transposed,
  Swapaxes: swapped,
  Concatenate: (o) => concatenated(o.builder, o.tensors(0, 'xs', 'values'), o.integers(1, 'axis')[0]),
  Stack: stacked,
  Split: split,
  Repeat: repeatedAlong,
  GetItem: (o) => sliced(o.builder, o.tensor(0, 'x', 'tensor'), o.get(1, 'key', 'slice_spec'), o.layer),
  Pad: padded,
  Matmul: product,
  Normalize: normalised,
  Resize: resizedImage,
  Softmax: softmaxOf('Softmax'),
  LogSoftmax: softmaxOf('LogSoftmax'),
  Gelu: (o) =>
    map(o.tensor(0, 'x', 'features'), (x) => (o.flag('approximate', !o.tensorflow) ? tanhGelu : gelu)(o.builder, x)),
  LeakyRelu: (o) =>
    map(o.tensor(0, 'x', 'features'), (x) =>
      relu(o.builder, x, { slope: o.number('negative_slope', o.number('alpha', 0.2)), max: null, threshold: 0 }),
    ),
  ReLU: (o) => map(o.tensor(0, 'x'), (x) => relu(o.builder, x, reluSettings(o.settings))),
  Elu: (o) => map(o.tensor(0, 'x', 'features'), (x) => o.builder.add('Elu', [x], { alpha: o.number('alpha', 1) })),
  Celu: (o) => map(o.tensor(0, 'x'), (x) => celu(o.builder, x, o.number('alpha', 1))),
  Glu: (o) => gated(o.builder, o.tensor(0, 'x'), o.number('axis', -1)),
  SoftShrink: (o) => map(o.tensor(0, 'x'), (x) => softShrink(o.builder, x, o.number('threshold', 0.5))),
  HardShrink: (o) => map(o.tensor(0, 'x'), (x) => hardShrink(o.builder, x, o.number('threshold', 0.5))),
  Squareplus: (o) => map(o.tensor(0, 'x'), (x) => squareplus(o.builder, x, o.number('b', 4))),
};

/** Whether there is an operator of that name in Keras 3. */
export function isOperatorClass(className: string): boolean {
  return Object.hasOwn(operators, className) || isElementwiseActivation(activationName(className));
}

/** HardSilu is hard_silu. */
function activationName(className: string): string {
  return className.replace(/(?<=[a-z])([A-Z])/g, '_$1').toLowerCase();
}

/**
 * The tensors that an operator makes.
 *
 * @throws AnalysisError 'unsupported-op'
 */
export function operatorResult(call: LayerCall): readonly Tensor[] {
  const tensorflow = call.className.endsWith('OpLambda');
  const given = tensorflow ? call.settings.text('function') : call.className;
  const name = tensorflow && Object.hasOwn(tensorflowFunctions, given) ? tensorflowFunctions[given] : given;
  const operands = new Operands(call, tensorflow);
  if (Object.hasOwn(operators, name)) {
    const result = operators[name](operands);
    return isTensor(result) ? [result] : result;
  }
  const activation = activationName(name);
  if (isElementwiseActivation(activation)) {
    const x = operands.tensor(0, 'x', 'features');
    return [namedActivation(call.builder, x, activation, 3, call.settings.layer)];
  }
  throw new AnalysisError(
    'unsupported-op',
    `${call.settings.layer}: the operator ${given} is not supported; ` +
      'write it with layers of Keras, or export the model as a SavedModel (model.export) or to ONNX.',
  );
}
