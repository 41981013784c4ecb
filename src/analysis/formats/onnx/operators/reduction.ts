import {
  cumulativeSum as cumulativeSumOf,
  logSumExp as logSumExpOf,
  LONGEST_PRODUCT,
  multipliedAlong,
} from '../../../compound/reductions';
import type { ConstantValue, Value } from '../../../network/network';
import type { OnnxNode, Translation } from '../node';

type Reduction = (node: OnnxNode, x: Value, axes: readonly number[], keepdims: boolean) => Value;

/** A reduction over axes that stand in an attribute before opset `since` and in input 1 from then on. */
const reduce =
  (since: number, f: Reduction): Translation =>
  (node) => {
    const x = node.value(0);
    const rank = x.shape.length;
    const given = node.attributeOrInput('axes', since, 1);
    if (given === undefined || given.length === 0) {
      if (node.int('noop_with_empty_axes', 0) === 1) return x;
    }
    const all = x.shape.map((_, axis) => axis);
    const axes = given === undefined || given.length === 0 ? all : node.axes(given, rank).sort((a, b) => a - b);
    return f(node, x, axes, node.int('keepdims', 1) === 1);
  };

const squares = (node: OnnxNode, x: Value): Value => node.builder.times(x, x);

const sum: Reduction = ({ builder }, x, axes, keepdims) => builder.sum(x, axes, keepdims);
const max: Reduction = ({ builder, label }, x, axes, keepdims) =>
  builder.add('ReduceMax', [x], { axes, keepdims }, label);

const logSumExp: Reduction = ({ builder, label }, x, axes, keepdims) => logSumExpOf(builder, x, axes, keepdims, label);

const product: Reduction = (node, x, axes, keepdims) => {
  const { builder } = node;
  let result = x;
  for (const axis of axes) {
    const extent = node.fixedExtent(x.shape, axis);
    if (extent > LONGEST_PRODUCT) throw node.unsupported(`a product of ${extent} factors is too long`);
    if (extent === 0) throw node.unsupported('a product of no factors');
    result = multipliedAlong(builder, result, axis);
  }
  return keepdims ? result : builder.sum(result, axes, false);
};

/** Before opset 13 Softmax works on a matrix: all axes before `axis` are rows, the rest columns. */
const softmax =
  (op: 'Softmax' | 'LogSoftmax'): Translation =>
  (node) => {
    const { builder, label } = node;
    const x = node.value(0);
    const rank = x.shape.length;
    const axis = node.axis(node.int('axis', node.opset < 13 ? 1 : -1), rank);
    if (node.opset >= 13 || axis === rank - 1) return builder.add(op, [x], { axis }, label);
    const columns = x.shape.slice(axis).reduce((count, _, i) => count * node.fixedExtent(x.shape, axis + i), 1);
    const before = x.shape.slice(0, axis).reduce((count, dim) => count * Math.abs(dim), 1);
    const rows = x.shape.slice(0, axis).some((dim) => dim < 0) ? -before : before;
    const matrix = builder.add(op, [builder.reshape(x, [rows, columns])], { axis: 1 }, label);
    return builder.reshape(matrix, x.shape);
  };

function cumulativeSum(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  const axis = node.axis(node.number(1, 'axis', 0), x.shape.length);
  node.fixedExtent(x.shape, axis);
  const how = { exclusive: node.int('exclusive', 0) === 1, reverse: node.int('reverse', 0) === 1 };
  return builder.cast(cumulativeSumOf(builder, x, axis, how), x.type);
}

/** The position of the first extremum along an axis, of a constant only. */
function argument(node: OnnxNode, better: (a: number, b: number) => boolean): ConstantValue {
  const x = node.constant(0, 'what the position of an extremum is taken of');
  if (x.shape.length !== 1) throw node.unsupported('positions of extrema are known of constant vectors only');
  let best = 0;
  x.data.forEach((entry, i) => {
    if (better(entry, x.data[best])) best = i;
  });
  return node.builder.constant(Int32Array.of(best), node.int('keepdims', 1) === 1 ? [1] : []);
}

/** Reductions along axes. */
export const reduction: Readonly<Record<string, Translation>> = {
  ReduceSum: reduce(13, sum),
  ReduceMean: reduce(18, ({ builder }, x, axes, keepdims) => builder.mean(x, axes, keepdims)),
  ReduceMax: reduce(18, max),
  ReduceMin: reduce(18, (node, x, axes, keepdims) => node.builder.neg(max(node, node.builder.neg(x), axes, keepdims))),
  ReduceProd: reduce(18, product),
  ReduceL1: reduce(18, ({ builder }, x, axes, keepdims) => builder.sum(builder.abs(x), axes, keepdims)),
  ReduceL2: reduce(18, (node, x, axes, keepdims) => node.builder.sqrt(sum(node, squares(node, x), axes, keepdims))),
  ReduceSumSquare: reduce(18, (node, x, axes, keepdims) => sum(node, squares(node, x), axes, keepdims)),
  ReduceLogSum: reduce(18, (node, x, axes, keepdims) => node.builder.log(sum(node, x, axes, keepdims))),
  ReduceLogSumExp: reduce(18, logSumExp),
  Softmax: softmax('Softmax'),
  LogSoftmax: softmax('LogSoftmax'),
  CumSum: cumulativeSum,
  ArgMax: (node) => argument(node, (a, b) => a > b),
  ArgMin: (node) => argument(node, (a, b) => a < b),
};
