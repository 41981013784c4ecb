import { largestAlong } from '../../../compound/pooling';
import {
  cumulativeSum as cumulativeSumOf,
  logSumExp as logSumExpOf,
  LONGEST_PRODUCT,
  multipliedAlong,
} from '../../../compound/reductions';
import type { Value } from '../../../network/network';
import type { AtenNode, Translation } from '../node';
import { elementwise, namedType } from './elementwise';

type Reduction = (node: AtenNode, x: Value, axes: readonly number[], keepdims: boolean) => Value;

const float = (node: AtenNode): Value => node.builder.cast(node.value('self'), 'float32');

const reduce =
  (f: Reduction, input: (node: AtenNode) => Value = float): Translation =>
  (node) => {
    const x = input(node);
    return f(node, x, node.axes('dim', x.shape.length), node.flag('keepdim', false));
  };

const total: Reduction = ({ builder }, x, axes, keepdims) => builder.sum(x, axes, keepdims);
const largest: Reduction = ({ builder, label }, x, axes, keepdims) =>
  builder.add('ReduceMax', [x], { axes, keepdims }, label);
const least: Reduction = (node, x, axes, keepdims) =>
  node.builder.neg(largest(node, node.builder.neg(x), axes, keepdims));

/** Whole numbers add up to whole numbers. */
const countable = (node: AtenNode): Value => {
  const x = node.value('self');
  return node.builder.cast(x, namedType(node, 'dtype') ?? (x.type === 'bool' ? 'int64' : x.type));
};

/** Σ (x − mean)²/(N − correction). */
const variance: Reduction = (node, x, axes, keepdims) => {
  const { builder } = node;
  const correction = node.number('correction', node.flag('unbiased', true) ? 1 : 0);
  const count = axes.reduce((product, axis) => product * node.fixedExtent(x.shape, axis), 1);
  const centred = builder.minus(x, builder.mean(x, axes, true));
  const squares = builder.sum(builder.times(centred, centred), axes, keepdims);
  return builder.times(squares, builder.scalar(1 / Math.max(0, count - correction)));
};

const mean: Reduction = ({ builder }, x, axes, keepdims) => builder.mean(x, axes, keepdims);

const both =
  (first: Reduction, second: Reduction): Translation =>
  (node) =>
    [reduce(first)(node), reduce(second)(node)].flat();

const deviation: Reduction = (node, x, axes, keepdims) => node.builder.sqrt(variance(node, x, axes, keepdims));

/** (Σ |x|^p)^(1/p). */
const norm: Reduction = (node, x, axes, keepdims) => {
  const { builder } = node;
  const p = node.number(node.op === 'linalg_vector_norm' ? 'ord' : 'p', 2);
  if (p === 2) return builder.sqrt(builder.sum(builder.times(x, x), axes, keepdims));
  const sizes = builder.abs(x);
  if (p === 1) return builder.sum(sizes, axes, keepdims);
  if (p === Infinity) return largest(node, sizes, axes, keepdims);
  if (p === -Infinity) return least(node, sizes, axes, keepdims);
  if (p === 0) throw node.unsupported('counting what is not 0 has no gradient');
  return builder.power(builder.sum(builder.power(sizes, builder.scalar(p)), axes, keepdims), builder.scalar(1 / p));
};

const logSumExp: Reduction = ({ builder, label }, x, axes, keepdims) => logSumExpOf(builder, x, axes, keepdims, label);

const product: Reduction = (node, x, axes, keepdims) => {
  const { builder } = node;
  let result = x;
  for (const axis of axes) {
    const extent = node.fixedExtent(x.shape, axis);
    if (extent < 1 || extent > LONGEST_PRODUCT) {
      throw node.unsupported(`a product of ${extent} factors is not followed`);
    }
    result = multipliedAlong(builder, result, axis);
  }
  return keepdims ? result : builder.sum(result, axes, false);
};

/** Of two tensors, of a whole tensor, or along an axis, where the gradient goes to the first of the largest. */
const extremum =
  (sign: 1 | -1): Translation =>
  (node) => {
    if (node.has('other')) return elementwise[sign === 1 ? 'maximum' : 'minimum'](node);
    const { builder } = node;
    const signed = (x: Value): Value => (sign === 1 ? x : builder.neg(x));
    const x = signed(node.value('self'));
    if (!node.has('dim')) return signed(largest(node, x, node.axes('dim', x.shape.length), false));
    const axis = node.axis(node.required('dim'), x.shape.length);
    const found = x.type === 'float32' ? largestAlong(builder, x, axis) : largest(node, x, [axis], true);
    const keeps = node.flag('keepdim', false);
    return [signed(keeps ? found : builder.reshape(found, x.shape.toSpliced(axis, 1)))];
  };

const softmax =
  (op: 'Softmax' | 'LogSoftmax'): Translation =>
  (node) => {
    const x = float(node);
    return node.builder.add(op, [x], { axis: node.axis(node.required('dim'), x.shape.length) }, node.label);
  };

function cumulativeSum(node: AtenNode): Value {
  const { builder } = node;
  const x = node.value('self');
  const axis = node.axis(node.required('dim'), x.shape.length);
  const extent = node.fixedExtent(x.shape, axis);
  node.bounded([extent, extent]);
  return builder.cast(cumulativeSumOf(builder, x, axis), x.type === 'bool' ? 'int64' : x.type);
}

/** Whether any of the truth values along axes holds. */
const some: Reduction = ({ builder }, x, axes, keepdims) => {
  const counted = builder.cast(builder.cast(x, 'bool'), 'float32');
  const largestOf = builder.add('ReduceMax', [counted], { axes, keepdims });
  return builder.greater(largestOf, builder.scalar(0));
};

const every: Reduction = (node, x, axes, keepdims) => {
  const not = (value: Value): Value => node.builder.add('Not', [node.builder.cast(value, 'bool')], {});
  return not(some(node, not(x), axes, keepdims));
};

const plain = (node: AtenNode): Value => node.value('self');

/** Reductions along axes. */
export const reduction: Readonly<Record<string, Translation>> = {
  mean: reduce(mean),
  sum: reduce(total, countable),
  amax: reduce(largest, plain),
  amin: reduce(least, plain),
  max: extremum(1),
  min: extremum(-1),
  var: reduce(variance),
  std: reduce(deviation),
  var_mean: both(variance, mean),
  std_mean: both(deviation, mean),
  linalg_vector_norm: reduce(norm),
  norm: reduce(norm),
  frobenius_norm: reduce(norm),
  logsumexp: reduce(logSumExp),
  prod: reduce(product),
  softmax: softmax('Softmax'),
  _softmax: softmax('Softmax'),
  _safe_softmax: softmax('Softmax'),
  log_softmax: softmax('LogSoftmax'),
  _log_softmax: softmax('LogSoftmax'),
  cumsum: cumulativeSum,
  any: reduce(some, plain),
  all: reduce(every, plain),
};
