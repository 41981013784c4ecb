import { clip, selu } from '../../../compound/activations';
import { broadcast, map, type Tensor, valueAxis } from '../../../compound/tensor';
import type { NetworkBuilder } from '../../../network/builder';
import type { DataType, Value } from '../../../network/network';
import type { TensorflowNode, Translation } from '../node';

type Unary = (b: NetworkBuilder, x: Value, node: TensorflowNode) => Value;
type Binary = (b: NetworkBuilder, p: Value, q: Value) => Value;

const unary =
  (f: Unary): Translation =>
  (node) =>
    map(node.tensor(0), (x) => f(node.builder, x, node));

/** Two tensors place by place, after broadcasting. */
const binary =
  (f: Binary): Translation =>
  (node) =>
    broadcast(node.builder, [node.tensor(0), node.tensor(1)], (p, q) => f(node.builder, p, q));

const shifted = (b: NetworkBuilder, x: Value, term: number): Value => b.plus(x, b.scalar(term));
const inverse = (b: NetworkBuilder, x: Value): Value => b.over(b.scalar(1), x);
const square = (b: NetworkBuilder, x: Value): Value => b.times(x, x);
const not = (b: NetworkBuilder, x: Value): Value => b.add('Not', [x], {});
const floor = (b: NetworkBuilder, x: Value): Value => (x.type === 'float32' ? b.add('Floor', [x], {}) : x);
const greaterOrEqual: Binary = (b, p, q) => b.add('GreaterOrEqual', [p, q], {});

/** ⌊p/q⌋, of whole numbers too. */
const floorDivided: Binary = (b, p, q) => {
  if (p.type === 'float32') return floor(b, b.over(p, q));
  return b.cast(floor(b, b.over(b.cast(p, 'float32'), b.cast(q, 'float32'))), 'int64');
};

/** p − q⌊p/q⌋. */
const floorRest: Binary = (b, p, q) => b.minus(p, b.times(q, floorDivided(b, p, q)));

/** Slope α below 0, a tensor that broadcasts: max(x, 0) − α max(−x, 0). */
export function parametricRelu(b: NetworkBuilder, x: Tensor, slope: Tensor): Tensor {
  return broadcast(b, [x, slope], (value, alpha) => b.minus(b.relu(value), b.times(alpha, b.relu(b.neg(value)))));
}

/** One of the activations that are also fused into other operators; undefined where it is none. */
export function activation(node: TensorflowNode, name: string, x: Tensor, alpha: number): Tensor | undefined {
  const { builder: b } = node;
  const f = (value: Value): Value | undefined => {
    switch (name) {
      case 'Relu':
        return b.relu(value);
      case 'Relu6':
        return clip(b, value, 0, 6);
      case 'Elu':
        return b.add('Elu', [value], { alpha: 1 });
      case 'Selu':
        return selu(b, value);
      case 'Tanh':
        return b.tanh(value);
      case 'Sigmoid':
        return b.sigmoid(value);
      case 'LeakyRelu':
        return b.add('LeakyRelu', [value], { alpha });
      default:
        return undefined;
    }
  };
  const value = f(x.value);
  return value && { value, order: x.order };
}

const activationNode: Translation = (node) => {
  const result = activation(node, node.op, node.tensor(0), node.int('alpha', 0.2));
  if (result !== undefined) return result;
  throw node.unsupported('there is no translation of this activation');
};

const softmax =
  (op: 'Softmax' | 'LogSoftmax'): Translation =>
  (node) => {
    const x = node.tensor(0);
    return map(x, (value) => node.builder.add(op, [value], { axis: valueAxis(x, -1) }, node.label));
  };

/** The type that a data type of TensorFlow's becomes here; undefined where there is none. */
export function typeOf(name: string): DataType | undefined {
  if (/^DT_(FLOAT|HALF|BFLOAT16|DOUBLE)$/.test(name)) return 'float32';
  if (/^DT_U?INT(8|16|32|64)$/.test(name)) return 'int64';
  return name === 'DT_BOOL' ? 'bool' : undefined;
}

function cast(node: TensorflowNode): Tensor {
  const name = node.type('DstT');
  const type = typeOf(name);
  if (type === undefined) throw node.unsupported(`there is no type ${name} here`);
  if (name === 'DT_HALF' || name === 'DT_BFLOAT16') {
    node.reading.note('Half-precision numbers in the file are read as float32, and all arithmetic is done in float32.');
  }
  return map(node.tensor(0), (x) => (x.type === type ? x : node.builder.cast(x, type)));
}

function select(node: TensorflowNode): Tensor {
  const { builder: b } = node;
  const [condition, then, otherwise] = node.tensors();
  // Select, unlike SelectV2, lets a vector choose among the images of a batch.
  if (node.op === 'Select' && condition.order.length === 1 && then.order.length > 1) {
    throw node.unsupported('it chooses by image');
  }
  return broadcast(b, [condition, then, otherwise], (c, p, q) => b.where(c, p, q));
}

/** Bounds that are numbers; others become a minimum of a maximum. */
function clipByValue(node: TensorflowNode): Tensor {
  const { builder: b } = node;
  const [x, least, most] = node.tensors();
  const scalar = ({ value }: Tensor): number | undefined =>
    value.op === 'Constant' && value.data.length === 1 ? value.data[0] : undefined;
  const [min, max] = [scalar(least), scalar(most)];
  if (min !== undefined && max !== undefined) return map(x, (value) => clip(b, value, min, max));
  return broadcast(b, [x, least, most], (value, p, q) => b.min(b.max(value, p), q));
}

/** The sum of any number of tensors. */
function addAll(node: TensorflowNode): Tensor {
  return node.tensors().reduce((p, q) => broadcast(node.builder, [p, q], (a, c) => node.builder.plus(a, c)));
}

/** Operators that work place by place, and the softmax. */
export const elementwise: Readonly<Record<string, Translation>> = {
  Add: binary((b, p, q) => b.plus(p, q)),
  AddV2: binary((b, p, q) => b.plus(p, q)),
  AddN: addAll,
  Sub: binary((b, p, q) => b.minus(p, q)),
  Mul: binary((b, p, q) => b.times(p, q)),
  Div: binary((b, p, q) => b.over(p, q)),
  RealDiv: binary((b, p, q) => b.over(p, q)),
  DivNoNan: binary((b, p, q) => {
    const zero = b.equal(q, b.scalar(0));
    return b.where(zero, b.scalar(0), b.over(p, b.where(zero, b.scalar(1), q)));
  }),
  FloorDiv: binary(floorDivided),
  FloorMod: binary(floorRest),
  Maximum: binary((b, p, q) => b.max(p, q)),
  Minimum: binary((b, p, q) => b.min(p, q)),
  Pow: binary((b, p, q) => b.power(p, q)),
  SquaredDifference: binary((b, p, q) => square(b, b.minus(p, q))),
  Neg: unary((b, x) => b.neg(x)),
  Abs: unary((b, x) => b.abs(x)),
  Sign: unary((b, x) => b.add('Sign', [x], {})),
  Square: unary(square),
  Sqrt: unary((b, x) => b.sqrt(x)),
  Rsqrt: unary((b, x) => inverse(b, b.sqrt(x))),
  Reciprocal: unary(inverse),
  Inv: unary(inverse),
  Exp: unary((b, x) => b.exp(x)),
  Expm1: unary((b, x) => shifted(b, b.exp(x), -1)),
  Log: unary((b, x) => b.log(x)),
  Log1p: unary((b, x) => b.log(shifted(b, x, 1))),
  Sin: unary((b, x) => b.add('Sin', [x], {})),
  Cos: unary((b, x) => b.add('Cos', [x], {})),
  Erf: unary((b, x) => b.erf(x)),
  Erfc: unary((b, x) => b.minus(b.scalar(1), b.erf(x))),
  Floor: unary(floor),
  Ceil: unary((b, x) => b.neg(floor(b, b.neg(x)))),
  Softplus: unary((b, x) => b.softplus(x)),
  Softsign: unary((b, x) => b.add('Softsign', [x], {})),
  Relu: activationNode,
  Relu6: activationNode,
  Elu: activationNode,
  Selu: activationNode,
  Tanh: activationNode,
  Sigmoid: activationNode,
  LeakyRelu: activationNode,
  Prelu: (node) => parametricRelu(node.builder, node.tensor(0), node.tensor(1)),
  ClipByValue: clipByValue,
  Softmax: softmax('Softmax'),
  LogSoftmax: softmax('LogSoftmax'),
  Cast: cast,
  Select: select,
  SelectV2: select,
  Equal: binary((b, p, q) => b.equal(p, q)),
  NotEqual: binary((b, p, q) => not(b, b.equal(p, q))),
  Greater: binary((b, p, q) => b.greater(p, q)),
  // False for NaN, too.
  IsFinite: unary((b, x) => b.greater(b.scalar(Infinity), b.abs(x))),
  GreaterEqual: binary(greaterOrEqual),
  Less: binary((b, p, q) => b.greater(q, p)),
  LessEqual: binary((b, p, q) => greaterOrEqual(b, q, p)),
  LogicalAnd: binary((b, p, q) => b.add('And', [p, q], {})),
  LogicalOr: binary((b, p, q) => not(b, b.add('And', [not(b, p), not(b, q)], {}))),
  LogicalNot: unary(not),
  Identity: (node) => node.inputs[0] ?? node.tensor(0),
  Snapshot: (node) => node.inputs[0] ?? node.tensor(0),
  StopGradient: unary((_, x) => x),
  PreventGradient: unary((_, x) => x),
  CheckNumerics: unary((_, x) => x),
  IdentityN: (node) => node.inputs,
  PlaceholderWithDefault: (node) => node.inputs[0] ?? node.tensor(0),
};
