import {
  above,
  celu,
  gelu,
  hardSigmoid,
  hardSwish,
  mish,
  selu,
  seluConstants,
  softplusIsIdentity,
  swish,
  tanhGelu,
} from '../../../compound/activations';
import type { Value } from '../../../network/network';
import type { Operator, OperatorAttributes } from '../../../network/operators';
import { roundHalfEven } from '../../batch/extentArithmetic';
import { ofEachImage } from '../../batch/ofEachImage';
import type { OnnxNode, Translation } from '../node';

type PlainOperator = {
  [O in Operator]: [keyof OperatorAttributes[O]] extends [never] ? O : never;
}[Operator];

/** The operator of the same name, elementwise on one input. */
const same =
  (op: PlainOperator): Translation =>
  (node) =>
    node.builder.add(op, [node.value(0)], {}, node.label);

/** Two values of one type: where the file mixes numbers, floats win. */
function alike(node: OnnxNode, values: readonly Value[]): [Value, Value] {
  const [a, b] = ofEachImage(node, values);
  if (a.type === b.type) return [a, b];
  return [node.builder.cast(a, 'float32'), node.builder.cast(b, 'float32')];
}

/** The operator of the same name on any number of inputs. */
const chain =
  (op: PlainOperator): Translation =>
  (node) =>
    node.values().reduce((a, b) => node.builder.add(op, alike(node, [a, b]), {}, node.label));

const swapped =
  (op: PlainOperator): Translation =>
  (node) => {
    const [a, b] = alike(node, node.values());
    return node.builder.add(op, [b, a], {}, node.label);
  };

/** A formula in x and the builder. */
const formula =
  (f: (x: Value, node: OnnxNode) => Value): Translation =>
  (node) =>
    f(node.value(0), node);

const scaled = (node: OnnxNode, x: Value, factor: number): Value => node.builder.times(x, node.builder.scalar(factor));
const shifted = (node: OnnxNode, x: Value, term: number): Value => node.builder.plus(x, node.builder.scalar(term));
function clip(node: OnnxNode): Value {
  const limits =
    node.opset < 11
      ? { min: node.float('min', null), max: node.float('max', null) }
      : { min: node.number(1, 'min', null), max: node.number(2, 'max', null) };
  return node.builder.add('Clip', [node.value(0)], limits, node.label);
}

function parametricRelu(node: OnnxNode): Value {
  const [x, slope] = node.values();
  if (slope.op === 'Constant' && slope.data.length === 1) {
    return node.builder.add('LeakyRelu', [x], { alpha: slope.data[0] }, node.label);
  }
  return above(node.builder, x, 0, node.builder.times(x, slope));
}

function shrink(node: OnnxNode): Value {
  const x = node.value(0);
  const [lambda, bias] = [node.float('lambd', 0.5), node.float('bias', 0)];
  const { builder } = node;
  const below = builder.where(builder.greater(builder.scalar(-lambda), x), shifted(node, x, bias), scaled(node, x, 0));
  return builder.where(builder.greater(x, builder.scalar(lambda)), shifted(node, x, -bias), below);
}

/** Whether y is softplus(t) or a constant multiple of it, for the t of a condition t > c. */
function isSoftplusAbove(condition: Value, y: Value): boolean {
  if (condition.op !== 'Greater') return false;
  const [t, threshold] = condition.inputs;
  if (threshold.op !== 'Constant' || threshold.data.length !== 1 || threshold.data[0] < softplusIsIdentity) {
    return false;
  }
  const inner = (y.op === 'Div' || y.op === 'Mul') && y.inputs[1].op === 'Constant' ? y.inputs[0] : y;
  return inner.op === 'Softplus' && inner.inputs[0] === t;
}

/** Whether a condition asks for NaN in y. */
function isNanTest(condition: Value, y: Value): boolean {
  if (condition.op !== 'Not') return false;
  const [equality] = condition.inputs;
  return equality.op === 'Equal' && equality.inputs[0] === y && equality.inputs[1] === y;
}

function where(node: OnnxNode): Value {
  const [condition, ...branches] = node.values();
  const [then, otherwise] = alike(node, branches);
  // PyTorch's exporter writes softplus with a switch to the identity, and softmax with one to 0: seams in the graph
  // that are none in the function.
  if (isSoftplusAbove(condition, otherwise)) return otherwise;
  if (isNanTest(condition, otherwise) && then.op === 'Constant') return otherwise;
  return node.builder.add('Where', [condition, then, otherwise], {}, node.label);
}

function onConstant(f: (x: number) => number): Translation {
  return (node) => {
    const { data, shape } = node.constant(0, 'what is rounded');
    return node.builder.constant(data.map(f), shape, node.label);
  };
}

const TYPES: Readonly<Record<number, 'float32' | 'int64' | 'bool'>> = {
  1: 'float32',
  2: 'int64',
  3: 'int64',
  4: 'int64',
  5: 'int64',
  6: 'int64',
  7: 'int64',
  9: 'bool',
  10: 'float32',
  11: 'float32',
  12: 'int64',
  13: 'int64',
  16: 'float32',
};

function cast(node: OnnxNode): Value {
  const to = node.int('to', 0);
  if (!Object.hasOwn(TYPES, to)) throw node.unsupported(`there are no elements of ONNX type ${to} here`);
  if (to === 10 || to === 16) node.reading.note('Half-precision arithmetic in the file is done in float32.');
  return node.builder.add('Cast', [node.value(0)], { to: TYPES[to] }, node.label);
}

/** Of how many bits the integers of its second input are is not known here, and what does not fit them wraps around. */
function castLike(node: OnnxNode): Value {
  const [x, { type }] = [node.value(0), node.value(1)];
  if (x.type === 'float32' && type === 'int64') throw node.unsupported('to which integers it casts cannot be told');
  return node.builder.add('Cast', [x], { to: type }, node.label);
}

/** ONNX's elementwise operators: arithmetic, activations, comparisons, types. */
export const elementwise: Readonly<Record<string, Translation>> = {
  Abs: same('Abs'),
  Neg: same('Neg'),
  Sqrt: same('Sqrt'),
  Exp: same('Exp'),
  Log: same('Log'),
  Sin: same('Sin'),
  Cos: same('Cos'),
  Erf: same('Erf'),
  Relu: same('Relu'),
  Sigmoid: same('Sigmoid'),
  Tanh: same('Tanh'),
  Softplus: same('Softplus'),
  Softsign: same('Softsign'),
  Floor: same('Floor'),
  Sign: same('Sign'),
  Not: same('Not'),
  Round: onConstant(roundHalfEven),
  Ceil: formula((x, { builder }) => builder.neg(builder.add('Floor', [builder.neg(x)], {}))),
  Reciprocal: formula((x, { builder }) => builder.over(builder.scalar(1), x)),
  Sinh: formula((x, node) =>
    scaled(node, node.builder.minus(node.builder.exp(x), node.builder.exp(node.builder.neg(x))), 0.5),
  ),
  Cosh: formula((x, node) =>
    scaled(node, node.builder.plus(node.builder.exp(x), node.builder.exp(node.builder.neg(x))), 0.5),
  ),
  Identity: (node) => node.inputs[0] ?? node.value(0),
  Dropout: (node) => {
    if (node.number(2, 'training_mode', 0) !== 0) {
      throw node.unreadable('dropout is switched on; export the model after model.eval()');
    }
    const x = node.value(0);
    return [x, node.builder.expand(node.builder.constant(Uint8Array.of(1), []), x.shape)];
  },
  Cast: cast,
  CastLike: castLike,

  Clip: clip,
  LeakyRelu: (node) => node.builder.add('LeakyRelu', [node.value(0)], { alpha: node.float('alpha', 0.01) }, node.label),
  PRelu: parametricRelu,
  ThresholdedRelu: formula((x, node) => above(node.builder, x, node.float('alpha', 1), node.builder.scalar(0))),
  Shrink: shrink,
  Elu: (node) => node.builder.add('Elu', [node.value(0)], { alpha: node.float('alpha', 1) }, node.label),
  Selu: formula((x, node) => {
    const [alpha, gamma] = [node.float('alpha', seluConstants.alpha), node.float('gamma', seluConstants.gamma)];
    return selu(node.builder, x, { alpha, gamma });
  }),
  Celu: formula((x, node) => celu(node.builder, x, node.float('alpha', 1))),
  HardSigmoid: formula((x, node) => hardSigmoid(node.builder, x, node.float('alpha', 0.2), node.float('beta', 0.5))),
  HardSwish: formula((x, { builder }) => hardSwish(builder, x)),
  Mish: formula((x, { builder }) => mish(builder, x)),
  Gelu: formula((x, node) => (node.string('approximate', 'none') === 'tanh' ? tanhGelu : gelu)(node.builder, x)),
  Swish: formula((x, node) => swish(node.builder, x, node.float('alpha', 1))),

  Add: chain('Add'),
  Sub: chain('Sub'),
  Mul: chain('Mul'),
  Div: chain('Div'),
  Pow: chain('Pow'),
  Min: chain('Min'),
  Max: chain('Max'),
  Sum: chain('Add'),
  Mean: (node) => {
    const total = node.values().reduce((a, b) => node.builder.plus(a, b));
    return scaled(node, total, 1 / node.inputs.length);
  },
  Greater: chain('Greater'),
  GreaterOrEqual: chain('GreaterOrEqual'),
  Less: swapped('Greater'),
  LessOrEqual: swapped('GreaterOrEqual'),
  Equal: chain('Equal'),
  And: chain('And'),
  Or: (node) => {
    const [a, b] = node.values().map((value) => node.builder.add('Not', [value], {}));
    return node.builder.add('Not', [node.builder.add('And', [a, b], {})], {}, node.label);
  },
  Xor: (node) => node.builder.add('Not', [node.builder.equal(node.value(0), node.value(1))], {}, node.label),
  IsNaN: formula((x, { builder }) => builder.add('Not', [builder.equal(x, x)], {})),
  Where: where,
};
