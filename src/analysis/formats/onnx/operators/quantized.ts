import type { Value } from '../../../network/network';
import type { OnnxNode, Translation } from '../node';
import { convolution } from './convolution';
import { pooling } from './pooling';
import { along, dynamicallyQuantised, numbers, quantised, quantisedReal, real, rounded, shifted } from './quantization';
import { reduction } from './reduction';

/* Operators of quantised numbers. Products are added up in whole numbers and scaled once, as integer kernels do it. */

/**
 * Sums that are whole numbers already: the rounding keeps backends from multiplying the scale that comes next into the
 * weights, after which sums of 0 are no longer 0, and what lies at the end of a range no longer does.
 */
function whole(node: OnnxNode, sums: Value): Value {
  return rounded(node.builder, sums);
}

/** The convolution of inputs `x` and `w` less their zero points, in whole numbers. */
function wholeConvolution(node: OnnxNode, [x, xZero, w, wZero]: readonly number[], bias?: number): Value {
  const inputs = [shifted(node, x, xZero, 1), shifted(node, w, wZero, 0)];
  const biased = bias !== undefined && node.has(bias) ? [...inputs, numbers(node, bias)] : inputs;
  return whole(node, node.asValue(convolution['Conv'](node.with(biased)) as Value));
}

/** The matrix product of inputs `a` and `b` less their zero points, in whole numbers. */
function wholeProduct(node: OnnxNode, [a, aZero, b, bZero]: readonly number[]): Value {
  const [left, right] = [node.value(a), node.value(b)].map(({ shape }) => shape.length);
  // Zero points are of the rows of the left and the columns of the right matrix.
  return whole(node, node.builder.matMul(shifted(node, a, aZero, left - 2), shifted(node, b, bZero, right - 1)));
}

/** x · (first · second / result), the scales in these inputs multiplied as onnxruntime does. */
function rescaled(node: OnnxNode, x: Value, axis: number, first: number, second: number, result?: number): Value {
  const { builder } = node;
  const rank = x.shape.length;
  const product = builder.times(along(node, first, rank, axis), along(node, second, rank, axis));
  const scale = result === undefined ? product : builder.over(product, along(node, result, rank, axis));
  return builder.times(x, scale);
}

function qLinearConv(node: OnnxNode): Value {
  const sums = wholeConvolution(node, [0, 2, 3, 5], 8);
  return quantised(node, rescaled(node, sums, 1, 1, 4, 6), 7);
}

function qLinearMatMul(node: OnnxNode): Value {
  const sums = wholeProduct(node, [0, 2, 3, 5]);
  return quantised(node, rescaled(node, sums, sums.shape.length - 1, 1, 4, 6), 7);
}

/** α A B + C; without a scale for it the result is real. */
function qGemm(node: OnnxNode): Value {
  const { builder } = node;
  const [transA, transB] = ['transA', 'transB'].map((name) => node.int(name, 0) === 1);
  const turned = (x: Value, isTurned: boolean): Value => (isTurned ? builder.transpose(x, [1, 0]) : x);
  const left = turned(shifted(node, 0, 2, transA ? 1 : 0), transA);
  const product = whole(node, builder.matMul(left, turned(shifted(node, 3, 5, transB ? 0 : 1), transB)));
  const sums = node.has(6) ? builder.plus(product, numbers(node, 6)) : product;
  const scaled = builder.times(sums, builder.scalar(node.float('alpha', 1)));
  return node.has(7) ? quantised(node, rescaled(node, scaled, 1, 1, 4, 7), 8) : rescaled(node, scaled, 1, 1, 4);
}

/** A binary operator: of the real numbers, rounded. */
const ofTwo =
  (operator: (node: OnnxNode, a: Value, b: Value) => Value): Translation =>
  (node) =>
    quantisedReal(node, operator(node, real(node, 0), real(node, 3)), 6);

/** An operator with one input: of the real numbers, rounded. */
const ofOne =
  (operator: (node: OnnxNode, x: Value) => Value): Translation =>
  (node) =>
    quantisedReal(node, operator(node, real(node, 0)), 3);

function globalAverage(node: OnnxNode, x: Value): Value {
  const channels = node.int('channels_last', 0) === 1 ? x.shape.length - 1 : 1;
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis > 0 && axis !== channels);
  return node.builder.mean(x, axes, true);
}

function averagePool(node: OnnxNode, x: Value): Value {
  if (node.int('channels_last', 0) === 1) throw node.unsupported('channels in the last axis are not followed');
  return node.asValue(pooling['AveragePool'](node.with([x])) as Value);
}

function softmax(node: OnnxNode, x: Value): Value {
  const axis = node.axis(node.int('axis', -1), x.shape.length);
  if (node.int('opset', 13) < 13 && axis !== x.shape.length - 1) {
    throw node.unsupported('a softmax over several axes is not followed', 'Export with opset 13 or newer.');
  }
  return node.builder.add('Softmax', [x], { axis }, node.label);
}

function concat(node: OnnxNode): Value {
  const parts = Array.from({ length: Math.floor((node.inputs.length - 2) / 3) }, (_, i) => real(node, 2 + 3 * i));
  const axis = node.axis(node.int('axis', 1), parts[0]?.shape.length ?? 0);
  return quantisedReal(node, node.builder.add('Concat', parts, { axis }, node.label), 0);
}

/** The condition is input 0. */
function where(node: OnnxNode): Value {
  return quantisedReal(node, node.builder.where(node.value(0), real(node, 1), real(node, 4)), 7);
}

function reduceMean(node: OnnxNode, x: Value): Value {
  return node.asValue(reduction['ReduceMean'](node.with([x])) as Value);
}

function matMulIntegerToFloat(node: OnnxNode): Value {
  const sums = wholeProduct(node, [0, 4, 1, 5]);
  const product = rescaled(node, sums, sums.shape.length - 1, 2, 3);
  return node.has(6) ? node.builder.plus(product, node.value(6)) : product;
}

function dynamicQuantizeMatMul(node: OnnxNode): Value {
  const { builder } = node;
  const { q, scale, zero } = dynamicallyQuantised(node, node.value(0));
  const columns = node.value(1).shape.length - 1;
  const sums = builder.matMul(builder.minus(q, zero), shifted(node, 1, 3, columns));
  const product = builder.times(sums, builder.times(scale, along(node, 2, sums.shape.length, sums.shape.length - 1)));
  return node.has(4) ? builder.plus(product, node.value(4)) : product;
}

/** ONNX's own. */
export const quantizedOperators: Readonly<Record<string, Translation>> = {
  QLinearConv: qLinearConv,
  QLinearMatMul: qLinearMatMul,
  ConvInteger: (node) => wholeConvolution(node, [0, 2, 1, 3]),
  MatMulInteger: (node) => wholeProduct(node, [0, 2, 1, 3]),
};

/** Those of onnxruntime (domain com.microsoft). */
export const quantizedContrib: Readonly<Record<string, Translation>> = {
  QGemm: qGemm,
  QLinearAdd: ofTwo((node, a, b) => node.builder.plus(a, b)),
  QLinearMul: ofTwo((node, a, b) => node.builder.times(a, b)),
  QLinearGlobalAveragePool: ofOne(globalAverage),
  QLinearAveragePool: ofOne(averagePool),
  QLinearSigmoid: ofOne((node, x) => node.builder.sigmoid(x)),
  QLinearLeakyRelu: ofOne((node, x) => {
    return node.builder.add('LeakyRelu', [x], { alpha: node.float('alpha', 0.01) }, node.label);
  }),
  QLinearSoftmax: ofOne(softmax),
  QLinearConcat: concat,
  QLinearWhere: where,
  QLinearReduceMean: ofOne(reduceMean),
  MatMulIntegerToFloat: matMulIntegerToFloat,
  DynamicQuantizeMatMul: dynamicQuantizeMatMul,
};
