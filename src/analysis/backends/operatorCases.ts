import { gaussianVector, seededRandom } from '../math/random';
import type { NetworkBuilder } from '../network/builder';
import type { ConstantValue, Network, Value } from '../network/network';
import type { Operator, OperatorAttributes } from '../network/operators';
import { elementCount } from '../network/shapes';

/*
 * Small networks around each canonical operator: the tests of the rules and of the backends run them, and `backends --check`.
 */

/** A function of an image that goes through the operator. */
export interface OperatorCase {
  readonly title: string;
  /** The image's shape, without the batch. */
  readonly image: readonly number[];
  readonly body: (b: NetworkBuilder, x: Value) => Value;
}

type Body = OperatorCase['body'];

const of = (title: string, image: readonly number[], body: Body): OperatorCase => ({ title, image, body });

/** One case: an operator of one input without attributes, applied to every entry. */
function entrywise<O extends Operator>(op: O, attributes: OperatorAttributes[O], prepare?: Body): OperatorCase[] {
  return [of('applied to every entry', [5], (b, x) => b.add(op, [prepare?.(b, x) ?? x], attributes))];
}

const positive: Body = (b, x) => b.plus(b.times(x, x), b.scalar(0.5));
const scaled =
  (factor: number): Body =>
  (b, x) =>
    b.times(x, b.scalar(factor));
/** A second function of the image with another shape, for operators that take two. */
const part = (b: NetworkBuilder, x: Value, axes: readonly number[], keepdims = true): Value =>
  b.sum(b.times(x, randomConstant(b, x.shape.slice(1))), axes, keepdims);

/** The broadcasting patterns of a binary operator: shapes, constants, and both inputs from the image. */
function broadcasts(op: Operator, prepare: Body = (_, x) => x): OperatorCase[] {
  const apply = (b: NetworkBuilder, p: Value, q: Value): Value => b.add(op, [p, q], {});
  return [
    of('of two functions of the image', [2, 3], (b, x) => apply(b, prepare(b, x), prepare(b, b.neg(b.tanh(x))))),
    of('with the second input repeated over a trailing axis', [2, 3, 2], (b, x) =>
      apply(b, prepare(b, x), prepare(b, part(b, x, [2, 3]))),
    ),
    of('with the first input repeated over an inner axis', [2, 3, 2], (b, x) =>
      apply(b, prepare(b, part(b, x, [2])), prepare(b, x)),
    ),
    of('of both inputs repeated against each other', [3, 2], (b, x) =>
      apply(b, prepare(b, part(b, x, [1])), prepare(b, part(b, x, [2]))),
    ),
    of('with a constant of lower rank', [2, 3], (b, x) => apply(b, prepare(b, x), prepare(b, randomConstant(b, [3])))),
    of('of a larger constant and the image', [1, 3], (b, x) =>
      apply(b, prepare(b, randomConstant(b, [2, 1, 4, 3].slice(2))), prepare(b, x)),
    ),
  ];
}

type Windows = Partial<Record<'strides' | 'pads' | 'dilations', readonly number[]>>;

function windows(rank: number, { strides, pads, dilations }: Windows) {
  return {
    strides: strides ?? Array<number>(rank).fill(1),
    pads: pads ?? Array<number>(2 * rank).fill(0),
    dilations: dilations ?? Array<number>(rank).fill(1),
  };
}

function conv(
  title: string,
  image: readonly number[],
  weight: readonly number[],
  { group = 1, bias = false, ...options }: Windows & { group?: number; bias?: boolean } = {},
): OperatorCase {
  return of(title, image, (b, x) => {
    const inputs = [x, randomConstant(b, weight), ...(bias ? [randomConstant(b, [weight[0]])] : [])];
    return b.add('Conv', inputs, { ...windows(image.length - 1, options), group });
  });
}

function convTranspose(
  title: string,
  image: readonly number[],
  weight: readonly number[],
  options: Windows & { group?: number; outputPadding?: readonly number[] } = {},
): OperatorCase {
  const rank = image.length - 1;
  const { group = 1, outputPadding = Array<number>(rank).fill(0) } = options;
  return of(title, image, (b, x) =>
    b.add('ConvTranspose', [x, randomConstant(b, weight)], { ...windows(rank, options), group, outputPadding }),
  );
}

function pools(op: 'MaxPool' | 'AveragePool'): OperatorCase[] {
  const pool = (title: string, image: readonly number[], kernel: readonly number[], options: Windows = {}) =>
    of(title, image, (b, x) => b.add(op, [x], { kernel, ...windows(kernel.length, options) }));
  return [
    pool('of windows side by side', [2, 4, 6], [2, 2], { strides: [2, 2] }),
    pool('of windows side by side that leave a rest of the image', [1, 5, 8], [2, 3], { strides: [2, 3] }),
    pool('of windows side by side over a padded image', [1, 5, 4], [2, 2], { strides: [2, 2], pads: [1, 0, 0, 0] }),
    pool('of overlapping windows at stride 1', [2, 4, 4], [3, 3], { pads: [1, 1, 1, 1] }),
    pool('of overlapping windows at stride 2', [2, 7, 7], [3, 3], { strides: [2, 2] }),
    pool('of overlapping windows that reach over the end', [1, 6, 6], [3, 3], { strides: [2, 2], pads: [0, 0, 1, 1] }),
    pool('of windows with gaps between them', [1, 8, 7], [2, 2], { strides: [3, 3] }),
    pool('of dilated windows', [1, 6, 6], [2, 2], { dilations: [2, 3], pads: [1, 1, 0, 2] }),
    pool('of dilated windows with stride', [1, 7, 7], [2, 3], { dilations: [3, 2], strides: [2, 3] }),
    pool('of windows side by side, of many channels', [18, 4, 4], [2, 2], { strides: [2, 2] }),
    pool('of overlapping windows, of several channels', [6, 7, 5], [3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] }),
    pool('of a signal', [2, 9], [3], { strides: [2], pads: [1, 1] }),
    pool('of a volume', [1, 3, 4, 3], [2, 2, 2], { strides: [1, 2, 1] }),
    pool('of windows side by side in a volume', [1, 2, 4, 6], [2, 2, 3], { strides: [2, 2, 3] }),
    pool('of the whole image', [3, 3, 2], [3, 2]),
  ];
}

const reductions = (op: 'ReduceSum' | 'ReduceMean' | 'ReduceMax'): OperatorCase[] => [
  of('over the spatial axes', [2, 3, 2], (b, x) => b.add(op, [x], { axes: [2, 3], keepdims: false })),
  of('over channels, kept as an axis of extent 1', [3, 2, 2], (b, x) => {
    return b.times(x, b.add(op, [b.tanh(x)], { axes: [1], keepdims: true }));
  }),
  of('over two axes apart', [3, 2, 2], (b, x) => b.add(op, [x], { axes: [1, 3], keepdims: false })),
];

const softmaxes = (op: 'Softmax' | 'LogSoftmax'): OperatorCase[] => [
  of('along the last axis', [2, 3], (b, x) => b.add(op, [x], { axis: 2 })),
  of('along channels', [3, 2, 2], (b, x) => b.add(op, [x], { axis: 1 })),
];

const slice = (title: string, image: readonly number[], attributes: OperatorAttributes['Slice']): OperatorCase =>
  of(title, image, (b, x) => b.add('Slice', [x], attributes));

const gather = (title: string, axis: number, indices: readonly number[]): OperatorCase =>
  of(title, [4, 3], (b, x) => b.add('Gather', [x, b.integers(indices)], { axis }));

/** x + 2·[mask], so that the step is seen beside something that has a gradient. */
const chosenBy = (mask: Body): OperatorCase[] => [
  of('as the condition of a choice', [6], (b, x) => b.where(mask(b, x), b.times(x, x), b.neg(x))),
];
const besides = (step: Body): OperatorCase[] => [of('beside its input', [6], (b, x) => b.times(x, step(b, x)))];
const isPositive: Body = (b, x) => b.greater(x, b.scalar(0));

/** Functions that go through each operator in the ways that its rule distinguishes. */
export const operatorCases: Readonly<Record<Operator, readonly OperatorCase[]>> = {
  Neg: entrywise('Neg', {}),
  Abs: entrywise('Abs', {}),
  Sqrt: entrywise('Sqrt', {}, positive),
  Exp: entrywise('Exp', {}),
  Log: entrywise('Log', {}, positive),
  Sin: entrywise('Sin', {}, scaled(2)),
  Cos: entrywise('Cos', {}, scaled(2)),
  Erf: entrywise('Erf', {}),
  Relu: entrywise('Relu', {}),
  LeakyRelu: entrywise('LeakyRelu', { alpha: 0.2 }),
  Elu: entrywise('Elu', { alpha: 1.5 }),
  Sigmoid: entrywise('Sigmoid', {}, scaled(2)),
  Tanh: entrywise('Tanh', {}),
  Softplus: entrywise('Softplus', {}, scaled(3)),
  Softsign: entrywise('Softsign', {}),
  Clip: [
    ...entrywise('Clip', { min: -0.5, max: 0.7 }),
    ...entrywise('Clip', { min: null, max: 0.25 }),
    ...entrywise('Clip', { min: 0.25, max: null }),
  ],
  RoundStraightThrough: entrywise('RoundStraightThrough', {}, scaled(3)),
  Floor: besides((b, x) => b.add('Floor', [b.times(x, b.scalar(3))], {})),
  Sign: besides((b, x) => b.add('Sign', [x], {})),
  Not: chosenBy((b, x) => b.add('Not', [isPositive(b, x)], {})),
  Cast: besides((b, x) => b.cast(b.cast(b.times(x, b.scalar(4)), 'int64'), 'float32')),
  Add: broadcasts('Add'),
  Sub: broadcasts('Sub'),
  Mul: broadcasts('Mul'),
  Div: broadcasts('Div', positive),
  Pow: [
    ...broadcasts('Pow', positive),
    of('with the exponent 2', [4], (b, x) => b.power(x, b.scalar(2))),
    of('with the exponent 3', [4], (b, x) => b.power(x, b.scalar(3))),
    of('with the exponent ½', [4], (b, x) => b.power(positive(b, x), b.scalar(0.5))),
    of('with the exponent −1', [4], (b, x) => b.power(positive(b, x), b.scalar(-1))),
  ],
  Min: broadcasts('Min'),
  Max: broadcasts('Max'),
  Greater: chosenBy(isPositive),
  GreaterOrEqual: chosenBy((b, x) => b.add('GreaterOrEqual', [x, b.tanh(b.neg(x))], {})),
  Equal: chosenBy((b, x) => b.equal(x, b.relu(x))),
  And: chosenBy((b, x) => b.add('And', [isPositive(b, x), b.greater(b.scalar(1), x)], {})),
  Where: [
    of('between two functions of the image', [2, 3], (b, x) => b.where(isPositive(b, x), b.exp(x), b.times(x, x))),
    of('with a constant condition', [3], (b, x) =>
      b.where(b.constant(Uint8Array.of(1, 0, 1), [3]), b.times(x, x), b.scalar(2)),
    ),
    of('with branches repeated over the condition', [2, 3], (b, x) =>
      b.where(isPositive(b, x), part(b, x, [1]), b.tanh(part(b, x, [2]))),
    ),
    of('with a condition repeated over the branches', [2, 3], (b, x) =>
      b.where(isPositive(b, part(b, x, [2])), b.times(x, x), b.neg(x)),
    ),
  ],

  ReduceSum: reductions('ReduceSum'),
  ReduceMean: reductions('ReduceMean'),
  ReduceMax: reductions('ReduceMax'),
  Softmax: softmaxes('Softmax'),
  LogSoftmax: softmaxes('LogSoftmax'),

  Conv: [
    conv('of stride 1', [2, 4, 5], [3, 2, 3, 3], { bias: true }),
    conv('of stride 1 with different pads on each side', [2, 4, 4], [3, 2, 3, 2], { pads: [1, 0, 2, 1] }),
    conv('of stride 1 with pads wider than the kernel reaches', [1, 3, 3], [2, 1, 2, 2], { pads: [2, 1, 3, 0] }),
    conv('of stride 1, dilated', [2, 5, 6], [2, 2, 2, 3], { dilations: [3, 2], pads: [1, 2, 0, 1] }),
    conv('of a 1×1 kernel', [3, 2, 2], [4, 3, 1, 1]),
    conv('of stride 2', [2, 5, 6], [3, 2, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1], bias: true }),
    conv('of stride 2 with different pads on each side', [1, 6, 6], [2, 1, 3, 3], {
      strides: [2, 2],
      pads: [0, 0, 1, 1],
    }),
    conv('of stride 3 that leaves a rest of the image', [1, 9, 8], [2, 1, 2, 2], { strides: [3, 3] }),
    conv('of different strides and dilations', [1, 8, 9], [2, 1, 2, 3], { strides: [2, 3], dilations: [3, 1] }),
    conv('of a 1×1 kernel with stride', [2, 5, 4], [3, 2, 1, 1], { strides: [2, 2] }),
    conv('in groups', [4, 3, 3], [6, 2, 2, 2], { group: 2, pads: [1, 0, 0, 1] }),
    conv('in groups with stride', [4, 5, 5], [6, 2, 3, 3], { group: 2, strides: [2, 2] }),
    conv('depthwise', [3, 4, 4], [3, 1, 3, 3], { group: 3, pads: [1, 1, 1, 1] }),
    conv('depthwise with pads wider than the kernel reaches', [2, 3, 3], [2, 1, 2, 2], {
      group: 2,
      pads: [2, 2, 0, 0],
    }),
    conv('depthwise with stride and a multiplier', [2, 5, 6], [4, 1, 3, 3], { group: 2, strides: [2, 2] }),
    ...Array.from({ length: 20 }, (_, i) => {
      return conv(`of ${i + 1} channels to ${20 - i}`, [i + 1, 3, 5], [20 - i, i + 1, 2, 3], { pads: [1, 1, 0, 1] });
    }),
    conv('of 18 channels with stride', [18, 3, 5], [8, 18, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1], bias: true }),
    conv('of 6 channels by a 1×1 kernel', [6, 3, 3], [4, 6, 1, 1]),
    conv('in groups of 6 channels', [12, 3, 3], [8, 6, 2, 2], { group: 2 }),
    conv('in groups of 5 outputs', [4, 3, 3], [20, 1, 2, 2], { group: 4, bias: true }),
    conv('in groups of 6 outputs', [9, 4, 3], [18, 3, 2, 2], { group: 3, bias: true }),
    conv('of a signal', [2, 7], [3, 2, 3], { pads: [2, 0] }),
    conv('of a signal with stride', [2, 8], [3, 2, 3], { strides: [2], pads: [1, 1] }),
    conv('of a volume', [1, 3, 4, 3], [2, 1, 2, 2, 2], { pads: [1, 0, 0, 0, 1, 0] }),
    conv('of a volume with stride', [1, 4, 3, 4], [2, 1, 2, 2, 2], { strides: [2, 1, 2] }),
  ],
  ConvTranspose: [
    convTranspose('of stride 1', [2, 3, 3], [2, 3, 2, 3], { pads: [1, 0, 0, 1] }),
    convTranspose('of stride 2', [2, 3, 2], [2, 2, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] }),
    convTranspose('of stride 2 with room at the end', [2, 3, 2], [2, 2, 3, 3], {
      strides: [2, 2],
      pads: [1, 1, 1, 1],
      outputPadding: [1, 1],
    }),
    convTranspose('of stride 3 with more room at the end than pads', [1, 2, 3], [1, 2, 2, 2], {
      strides: [3, 3],
      outputPadding: [2, 1],
    }),
    convTranspose('in groups, dilated', [4, 3, 2], [4, 1, 2, 2], { group: 2, dilations: [2, 3], strides: [1, 2] }),
    convTranspose('in a few groups of many channels', [12, 3, 3], [12, 2, 3, 2], { group: 2, pads: [1, 0, 0, 1] }),
    convTranspose('in many groups of a few channels', [12, 3, 2], [12, 3, 3, 3], { group: 6, strides: [2, 2] }),
    convTranspose('in groups of one channel and 6 outputs', [2, 3, 3], [2, 6, 3, 3], { group: 2, strides: [2, 2] }),
    convTranspose('in groups of one channel and 5 outputs', [4, 3, 3], [4, 5, 3, 3], { group: 4, strides: [2, 2] }),
    convTranspose('in groups of one channel', [6, 3, 3], [6, 2, 3, 3], { group: 6, strides: [2, 1] }),
    convTranspose('in groups, of windows side by side', [6, 3, 2], [6, 2, 2, 3], { group: 2, strides: [2, 3] }),
    convTranspose('in groups, of windows side by side with room at the end', [4, 3, 2], [4, 1, 2, 2], {
      ...{ group: 2, strides: [2, 2], outputPadding: [1, 0] },
    }),
    convTranspose('of 6 channels', [6, 3, 3], [6, 4, 2, 2], { strides: [2, 2] }),
    convTranspose('of a signal', [2, 4], [2, 2, 3], { strides: [2] }),
  ],
  MatMul: [
    of('by a constant matrix', [3, 4], (b, x) => b.matMul(x, randomConstant(b, [4, 2]))),
    of('of a constant matrix by the image', [3, 4], (b, x) => b.matMul(randomConstant(b, [2, 3]), x)),
    of('by a constant vector', [3, 4], (b, x) => b.matMul(x, randomConstant(b, [4]))),
    of('by a stack of constant matrices', [1, 2, 4], (b, x) => b.matMul(x, randomConstant(b, [3, 4, 2]))),
    of('of two functions of the image', [2, 3, 3], (b, x) => b.matMul(x, b.transpose(b.tanh(x), [0, 1, 3, 2]))),
    of('with the second factor shared by the stack', [2, 3, 4], (b, x) =>
      b.matMul(x, b.transpose(part(b, x, [1]), [0, 1, 3, 2])),
    ),
    of('with the first factor shared by the stack', [2, 3, 3], (b, x) => b.matMul(part(b, x, [1]), x)),
    of('with the images as the rows', [4], (b, x) => b.matMul(x, randomConstant(b, [4, 3]))),
  ],
  MaxPool: pools('MaxPool'),
  AveragePool: pools('AveragePool'),

  Reshape: [
    of('to a vector', [2, 3], (b, x) => b.reshape(x, [-1, 6])),
    of('that merges an axis into the batch', [2, 3], (b, x) => {
      // Softmax on [2n, 3], weighted by the image again, in both places.
      const rows = b.reshape(x, [-2, 3]);
      const weighted = b.times(b.add('Softmax', [rows], { axis: 1 }), b.tanh(rows));
      return b.reshape(weighted, [-1, 6]);
    }),
    of('that splits the batch from heads again', [2, 2, 3], (b, x) => {
      const heads = b.reshape(b.times(x, x), [-4, 3]);
      return b.matMul(b.reshape(b.times(heads, b.sum(heads, [1], true)), [-2, 2, 3]), randomConstant(b, [3, 2]));
    }),
  ],
  Transpose: [
    of('to channels last', [2, 3, 2], (b, x) => b.transpose(x, [0, 2, 3, 1])),
    of('that puts the batch second, as recurrent layers do', [3, 2], (b, x) => {
      const steps = b.transpose(x, [1, 0, 2]);
      return b.transpose(b.times(steps, b.tanh(steps)), [1, 0, 2]);
    }),
    of('that merges the batch under the heads', [3, 2], (b, x) => {
      const rows = b.reshape(b.transpose(x, [1, 0, 2]), [-3, 2]);
      const weighted = b.times(rows, b.add('Softmax', [rows], { axis: 1 }));
      return b.transpose(b.reshape(weighted, [3, -1, 2]), [1, 0, 2]);
    }),
  ],
  Concat: [
    of('of functions of the image and a constant', [2, 3], (b, x) => {
      const constant = b.expand(randomConstant(b, [1, 1, 3]), [-1, 1, 3]);
      return b.concat([x, constant, b.times(x, x), x], 1);
    }),
  ],
  Slice: [
    slice('of a range', [4, 5], { axes: [1, 2], starts: [1, 0], ends: [3, 4], steps: [1, 1] }),
    slice('with steps', [7, 8], { axes: [1, 2], starts: [0, 1], ends: [7, 7], steps: [2, 3] }),
    slice('backwards', [5], { axes: [1], starts: [4], ends: [-1], steps: [-1] }),
    slice('backwards with steps', [8], { axes: [1], starts: [6], ends: [0], steps: [-2] }),
    slice('backwards along one axis and forwards along another', [5, 6], {
      ...{ axes: [1, 2], starts: [4, 1], ends: [0, 6], steps: [-2, 2] },
    }),
    slice('of one entry with a step beyond it', [4], { axes: [1], starts: [2], ends: [4], steps: [5] }),
  ],
  Pad: [
    of('on all sides', [2, 3], (b, x) => b.pad(x, [0, 1, 2, 0, 0, 3], 0.5)),
    of('with −∞ before a maximum', [1, 3, 3], (b, x) =>
      b.add('ReduceMax', [b.pad(x, [0, 0, 1, 0, 0, 0, 0, 1], -Infinity)], { axes: [2, 3], keepdims: false }),
    ),
  ],
  Expand: [
    of('of an axis', [2, 1, 3], (b, x) => b.expand(x, [-1, 2, 4, 3])),
    of('by a leading axis', [3], (b, x) => b.transpose(b.expand(x, [2, -1, 3]), [1, 0, 2])),
  ],
  Gather: [
    gather('of a permutation', 1, [2, 0, 3, 1]),
    gather('of some entries', 1, [3, 0]),
    gather('of repeated entries', 1, [1, 3, 1, 1, 0]),
    gather('of repeated entries on the last axis', 2, [2, 2, 0]),
    of('of a single entry, which takes the axis away', [4, 3], (b, x) =>
      b.add('Gather', [x, b.constant(Int32Array.of(2), [])], { axis: 1 }),
    ),
  ],
};

/** A model of the case: three logits that are curved in the operator's result. */
export function caseModel(b: NetworkBuilder, { image, body }: OperatorCase): Network {
  const x = b.input('x', [-1, ...image]);
  const result = body(b, x);
  const features = Math.abs(elementCount(result.shape));
  const curved = b.tanh(b.times(b.reshape(result, [-1, features]), b.scalar(0.5)));
  return { inputs: { x }, outputs: { logits: b.matMul(curved, randomConstant(b, [features, 3])) } };
}

/** A constant of normal numbers scaled to keep the size of what it multiplies; the same for the same shape. */
export function randomConstant(b: NetworkBuilder, shape: readonly number[]): ConstantValue {
  const fanIn = shape.length > 2 ? elementCount(shape.slice(1)) : (shape[0] ?? 1);
  const entries = gaussianVector(elementCount(shape), seededRandom('constant', ...shape));
  return b.constant(
    Array.from(entries, (entry) => entry / Math.sqrt(fanIn)),
    shape,
  );
}
