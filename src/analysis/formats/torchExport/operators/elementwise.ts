import type { Value } from '../../../network/network';
import type { Operator, OperatorAttributes } from '../../../network/operators';
import { roundHalfEven } from '../../batch/extentArithmetic';
import { ofEachImage } from '../../batch/ofEachImage';
import type { AtenNode, Translation } from '../node';

type PlainOperator = {
  [O in Operator]: [keyof OperatorAttributes[O]] extends [never] ? O : never;
}[Operator];

const self = (node: AtenNode): Value => node.value('self');
/** A tensor as floats. */
export const float = (node: AtenNode, name = 'self'): Value => node.builder.cast(node.value(name), 'float32');

/** The operator of another name, elementwise on one input. */
export const plain =
  (op: PlainOperator): Translation =>
  (node) =>
    node.builder.add(op, [float(node)], {}, node.label);

/** A formula in x. */
export const formula =
  (f: (x: Value, node: AtenNode) => Value): Translation =>
  (node) =>
    f(float(node), node);

/** Two values of one type: where the file mixes numbers, floats win; of truth values, whole numbers. */
export function alike(node: AtenNode, ...values: readonly [Value, Value]): [Value, Value] {
  const [a, b] = ofEachImage(node, values);
  if (a.type === b.type) return [a, b];
  const to = a.type === 'float32' || b.type === 'float32' ? 'float32' : 'int64';
  return [node.builder.cast(a, to), node.builder.cast(b, to)];
}

const operands = (node: AtenNode): [Value, Value] => alike(node, self(node), node.value('other'));
const asNumbers = (node: AtenNode, values: readonly Value[]): Value[] =>
  values.map((value) => (value.type === 'bool' ? node.builder.cast(value, 'int64') : value));

const binary =
  (op: PlainOperator): Translation =>
  (node) =>
    node.builder.add(op, asNumbers(node, operands(node)), {}, node.label);

const swapped =
  (op: PlainOperator): Translation =>
  (node) =>
    node.builder.add(op, asNumbers(node, operands(node)).reverse(), {}, node.label);

const negated =
  (translation: (node: AtenNode) => Value): Translation =>
  (node) =>
    node.builder.add('Not', [translation(node)], {});

/** x times a number. */
export const scaled = (node: AtenNode, x: Value, factor: number): Value =>
  factor === 1
    ? x
    : x.type === 'int64' && Number.isInteger(factor)
      ? node.builder.times(x, node.builder.constant(Int32Array.of(factor), []))
      : node.builder.times(node.builder.cast(x, 'float32'), node.builder.scalar(factor));
const shifted = (node: AtenNode, x: Value, term: number): Value => node.builder.plus(x, node.builder.scalar(term));

/** a ± α b. */
const sum =
  (sign: 1 | -1, reversed = false): Translation =>
  (node) => {
    const [first, second] = reversed ? ['other', 'self'] : ['self', 'other'];
    const term = scaled(node, node.value(second), node.number('alpha', 1));
    const [a, b] = asNumbers(node, alike(node, node.value(first), term));
    return node.builder.add(sign === 1 ? 'Add' : 'Sub', [a, b], {}, node.label);
  };

function divide(node: AtenNode): Value {
  const mode = node.has('rounding_mode') ? node.text('rounding_mode', '') : '';
  const { builder } = node;
  const both = operands(node);
  const whole = both.every(({ type }) => type === 'int64');
  const floats = both.map((value) => builder.cast(value, 'float32'));
  const quotient = builder.add('Div', floats, {}, node.label);
  const rounded = mode === 'trunc' ? truncated(node, quotient) : mode === 'floor' ? floor(node, quotient) : quotient;
  return whole && mode !== '' ? builder.cast(rounded, 'int64') : rounded;
}

const floor = (node: AtenNode, x: Value): Value => node.builder.add('Floor', [x], {});
const truncated = (node: AtenNode, x: Value): Value =>
  node.builder.times(node.builder.add('Sign', [x], {}), floor(node, node.builder.abs(x)));

function floorDivide(node: AtenNode): Value {
  const [a, b] = operands(node);
  const quotient = floor(node, node.builder.over(float(node), float(node, 'other')));
  return a.type === 'int64' && b.type === 'int64' ? node.builder.cast(quotient, 'int64') : quotient;
}

/** a − b ⌊a/b⌋. */
function remainder(node: AtenNode): Value {
  const { builder } = node;
  const [a, b] = [float(node), float(node, 'other')];
  const rest = builder.minus(a, builder.times(b, floor(node, builder.over(a, b))));
  return operands(node)[0].type === 'int64' ? builder.cast(rest, 'int64') : rest;
}

/** a − b trunc(a/b): with the sign of a. */
function truncatedRemainder(node: AtenNode): Value {
  const { builder } = node;
  const [a, b] = [float(node), float(node, 'other')];
  const rest = builder.minus(a, builder.times(b, truncated(node, builder.over(a, b))));
  return operands(node)[0].type === 'int64' ? builder.cast(rest, 'int64') : rest;
}

function power(node: AtenNode): Value {
  const [base, exponent] = [float(node), node.builder.cast(node.value('exponent'), 'float32')];
  const { builder } = node;
  if (exponent.op === 'Constant' && exponent.data.length === 1) {
    if (exponent.data[0] === 2) return builder.times(base, base);
    if (exponent.data[0] === 0.5) return builder.sqrt(base);
    if (exponent.data[0] === 1) return base;
  }
  return builder.add('Pow', [base, exponent], {}, node.label);
}

/** Bounds may be numbers or tensors. */
function clamp(node: AtenNode): Value {
  const { builder } = node;
  const x = self(node);
  const bounds = ['min', 'max'].map((name) => node.optional(name));
  const isNumber = (bound: Value | undefined): boolean =>
    bound === undefined || (bound.op === 'Constant' && bound.data.length === 1);
  if (bounds.every(isNumber)) {
    const [min, max] = bounds.map((bound) => (bound?.op === 'Constant' ? bound.data[0] : null));
    return builder.add('Clip', [x.type === 'bool' ? builder.cast(x, 'int64') : x], { min, max }, node.label);
  }
  const [min, max] = bounds;
  const [low, least] = min ? alike(node, x, min) : [x, undefined];
  const raised = least ? builder.max(low, least) : low;
  const [high, most] = max ? alike(node, raised, max) : [raised, undefined];
  return most ? builder.min(high, most) : high;
}

function where(node: AtenNode): Value {
  const [then, otherwise] = alike(node, self(node), node.value('other'));
  const condition = asTruth(node, node.value('condition'));
  // PyTorch's decomposition of attention gives rows without any key 0: a seam in the graph that is none in the function.
  if (otherwise.op === 'Softmax' && isTestForMinusInfinity(condition, otherwise.inputs[0])) return otherwise;
  return node.builder.add('Where', [condition, then, otherwise], {}, node.label);
}

/** Whether a condition is made of nothing but x = −∞. */
function isTestForMinusInfinity(condition: Value, x: Value): boolean {
  if (condition.op === 'Equal') {
    const [given, infinity] = condition.inputs;
    return given === x && infinity.op === 'Constant' && infinity.data.length === 1 && infinity.data[0] === -Infinity;
  }
  const passes = ['Not', 'Cast', 'ReduceMax', 'Greater', 'Reshape'].includes(condition.op);
  return passes && 'inputs' in condition && isTestForMinusInfinity(condition.inputs[0], x);
}

const asTruth = (node: AtenNode, x: Value): Value => node.builder.cast(x, 'bool');
const not = (node: AtenNode, x: Value): Value => node.builder.add('Not', [asTruth(node, x)], {});

function maskedFill(node: AtenNode): Value {
  const x = self(node);
  const value = node.builder.cast(node.value('value'), x.type);
  return node.builder.where(asTruth(node, node.value('mask')), value, x);
}

const both = (node: AtenNode): Value =>
  node.builder.add('And', [asTruth(node, self(node)), asTruth(node, node.value('other'))], {});
const either = (node: AtenNode): Value => {
  const parts = [not(node, self(node)), not(node, node.value('other'))];
  return node.builder.add('Not', [node.builder.add('And', parts, {})], {});
};

/** Bitwise operators on truth values only. */
const onTruth =
  (f: (node: AtenNode) => Value): Translation =>
  (node) => {
    if (self(node).type !== 'bool') throw node.unsupported('bits of numbers are not followed');
    return f(node);
  };

const equal = (node: AtenNode): Value => node.builder.add('Equal', operands(node), {}, node.label);

/** By torch's number for the type. */
const TYPES: Readonly<Record<number, 'float32' | 'int64' | 'bool'>> = {
  1: 'int64',
  2: 'int64',
  3: 'int64',
  4: 'int64',
  5: 'int64',
  6: 'float32',
  7: 'float32',
  8: 'float32',
  12: 'bool',
  13: 'float32',
  28: 'int64',
  34: 'int64',
  35: 'int64',
};

/** The type of elements that an argument names; undefined where it names none. */
export function namedType(node: AtenNode, name: string): 'float32' | 'int64' | 'bool' | undefined {
  if (!node.has(name)) return undefined;
  const type = node.required(name);
  if (type === 6 || type === 13) node.reading.note('Half-precision arithmetic in the file is done in float32.');
  if (Object.hasOwn(TYPES, type)) return TYPES[type];
  throw node.unsupported(`there are no elements of PyTorch's type ${type} here`, 'Export the model in float32.');
}

function cast(node: AtenNode): Value {
  const x = self(node);
  const to = node.has('other') ? node.value('other').type : namedType(node, 'dtype');
  return to === undefined ? x : node.builder.cast(x, to);
}

const onConstant =
  (f: (x: number) => number): Translation =>
  (node) => {
    const { data, shape } = node.constant('self');
    return node.builder.constant(data.map(f), shape, node.label);
  };

/** Content for a whole tensor, in its type. */
const filled =
  (content: (node: AtenNode) => Value): Translation =>
  (node) => {
    const x = self(node);
    return node.builder.expand(node.builder.cast(content(node), x.type), x.shape);
  };

/** Arithmetic, activations, comparisons, types. */
export const elementwise: Readonly<Record<string, Translation>> = {
  abs: (node) => node.builder.abs(self(node)),
  neg: (node) => node.builder.neg(self(node)),
  sqrt: plain('Sqrt'),
  exp: plain('Exp'),
  log: plain('Log'),
  sin: plain('Sin'),
  cos: plain('Cos'),
  erf: plain('Erf'),
  floor: (node) => (self(node).type === 'int64' ? self(node) : floor(node, self(node))),
  sign: plain('Sign'),
  sgn: plain('Sign'),
  trunc: formula((x, node) => truncated(node, x)),
  round: onConstant(roundHalfEven),
  ceil: formula((x, node) => node.builder.neg(floor(node, node.builder.neg(x)))),
  rsqrt: formula((x, { builder }) => builder.over(builder.scalar(1), builder.sqrt(x))),
  reciprocal: formula((x, { builder }) => builder.over(builder.scalar(1), x)),
  square: formula((x, { builder }) => builder.times(x, x)),
  log2: formula((x, node) => scaled(node, node.builder.log(x), Math.LOG2E)),
  log10: formula((x, node) => scaled(node, node.builder.log(x), Math.LOG10E)),
  log1p: formula((x, node) => node.builder.log(shifted(node, x, 1))),
  expm1: formula((x, node) => shifted(node, node.builder.exp(x), -1)),
  exp2: formula((x, node) => node.builder.exp(scaled(node, x, Math.LN2))),

  add: sum(1),
  sub: sum(-1),
  rsub: sum(-1, true),
  mul: binary('Mul'),
  div: divide,
  true_divide: divide,
  floor_divide: floorDivide,
  remainder,
  fmod: truncatedRemainder,
  pow: power,
  maximum: binary('Max'),
  minimum: binary('Min'),
  addcmul: (node) => {
    const product = node.builder.times(float(node, 'tensor1'), float(node, 'tensor2'));
    return node.builder.plus(float(node), scaled(node, product, node.number('value', 1)));
  },
  addcdiv: (node) => {
    const quotient = node.builder.over(float(node, 'tensor1'), float(node, 'tensor2'));
    return node.builder.plus(float(node), scaled(node, quotient, node.number('value', 1)));
  },
  lerp: (node) => {
    const difference = node.builder.minus(float(node, 'end'), float(node));
    return node.builder.plus(float(node), node.builder.times(float(node, 'weight'), difference));
  },

  clamp,
  clip: clamp,
  clamp_min: clamp,
  clamp_max: clamp,

  gt: binary('Greater'),
  ge: binary('GreaterOrEqual'),
  lt: swapped('Greater'),
  le: swapped('GreaterOrEqual'),
  eq: equal,
  ne: negated(equal),
  logical_and: both,
  logical_or: either,
  logical_not: (node) => not(node, self(node)),
  logical_xor: (node) =>
    node.builder.add('Not', [node.builder.equal(asTruth(node, self(node)), asTruth(node, node.value('other')))], {}),
  bitwise_and: onTruth(both),
  bitwise_or: onTruth(either),
  bitwise_not: onTruth((node) => not(node, self(node))),
  __and__: onTruth(both),
  __or__: onTruth(either),
  isnan: formula((x, { builder }) => builder.add('Not', [builder.equal(x, x)], {})),
  where,
  masked_fill: maskedFill,

  to: cast,
  type_as: cast,
  _to_copy: cast,
  fill: filled((node) => node.value('value')),
  zero: filled((node) => node.builder.scalar(0)),
  copy: filled((node) => node.value('src')),
};
