import type { NetworkBuilder } from '../../../network/builder';
import type { ConstantValue, Value } from '../../../network/network';
import { reading } from '../../../network/rearrangedConstant';
import { elementCount } from '../../../network/shapes';
import { Elements } from '../../../network/storedConstant';
import { TensorType } from '../../../onnx/onnxProto';
import { collectedElements, elementTypes } from '../../elements';
import type { OnnxNode, Translation } from '../node';

/*
 * Quantised numbers q stand for (q − zero point) · scale. Here they are float32 tensors of whole numbers, which are exact up
 * to 2²⁴: what integer kernels add up, float32 adds up too, exactly while sums stay below that.
 */

/** The least and the greatest number of a type. */
const ranges: Readonly<Record<number, readonly [number, number]>> = {
  [TensorType.uint8]: [0, 255],
  [TensorType.int8]: [-128, 127],
  [TensorType.uint16]: [0, 65535],
  [TensorType.int16]: [-32768, 32767],
  21: [0, 15],
  22: [-8, 7],
};

const roundedActivations =
  'Activations are rounded to integers inside the network. Logits and margins are those of the rounded network: they change in ' +
  'steps, and its boundary is where its own decision changes, found by bisection on forward passes. Gradients pass the ' +
  'rounding as if it were not there (straight-through) and stop where a number saturates, so directions and curvature ' +
  'are those of the function between the steps, and a curvature at a scale near the steps’ size is that of the steps.';

/** A float32 tensor of the numbers in an input. */
export function numbers(node: OnnxNode, index: number): Value {
  const value = node.value(index);
  return value.type === 'float32' ? value : node.builder.cast(value, 'float32');
}

/** A scale or a zero point, one number or one for each place along an axis of a tensor of that rank. */
export function along(node: OnnxNode, index: number, rank: number, axis: number): Value {
  const { builder } = node;
  if (!node.has(index)) return builder.scalar(0);
  const parameter = numbers(node, index);
  const count = parameter.shape.every((extent) => extent >= 0) ? elementCount(parameter.shape) : 0;
  if (count === 1) return builder.reshape(parameter, []);
  // One for each image has the tensor's rank already.
  if (parameter.shape.length !== 1) return parameter;
  return builder.reshape(
    parameter,
    Array.from({ length: rank }, (_, i) => (i === axis ? count : 1)),
  );
}

/** q − zero point, of the quantised tensor in input `index` with its zero point in input `zero`. */
export function shifted(node: OnnxNode, index: number, zero: number, axis: number): Value {
  const q = numbers(node, index);
  return node.builder.minus(q, along(node, zero, q.shape.length, axis));
}

/** The real numbers that inputs `index` (quantised), `index + 1` (scale) and `index + 2` (zero point) stand for. */
export function real(node: OnnxNode, index: number, axis = 1): Value {
  const q = shifted(node, index, index + 2, axis);
  return node.builder.times(q, along(node, index + 1, q.shape.length, axis));
}

/**
 * The quantised tensor of numbers that are in steps of the scale already: rounded half to even and saturated, where the
 * type of the zero point in input `index` ends. The gradient passes the rounding, and stops at the ends.
 */
export function quantised(node: OnnxNode, steps: Value, index: number, axis = 1): Value {
  const { builder } = node;
  node.reading.note(roundedActivations);
  const type = node.int('output_dtype', 0) || (node.storedType(index) ?? TensorType.uint8);
  const range = ranges[type] as readonly [number, number] | undefined;
  if (range === undefined) throw node.unsupported(`rounding to ONNX type ${type} is not followed`);
  const zero = along(node, index, steps.shape.length, axis);
  if (zero.op !== 'Constant') throw node.unsupported('the zero point must be constant, but depends on the image');
  return builder.plus(rounded(builder, saturated(builder, steps, range, zero)), zero);
}

/** Rounded half to even; gradients pass as if it were not there. */
export function rounded(builder: NetworkBuilder, x: Value): Value {
  return builder.add('RoundStraightThrough', [x], {});
}

/** Before the rounding, relative to the zero point: the ends are whole numbers, so the result is the same. */
function saturated(
  builder: NetworkBuilder,
  steps: Value,
  [low, high]: readonly [number, number],
  zero: ConstantValue,
): Value {
  const [first] = zero.data;
  if (zero.data.every((entry) => entry === first)) {
    return builder.add('Clip', [steps], { min: low - first, max: high - first });
  }
  const [least, greatest] = [low, high].map((end) => builder.minus(builder.scalar(end), zero));
  return builder.min(builder.max(steps, least), greatest);
}

/** Real numbers as the quantised tensor with the scale in input `scale` and the zero point in the next. */
export function quantisedReal(node: OnnxNode, x: Value, scale: number, axis = 1): Value {
  const steps = node.builder.over(x, along(node, scale, x.shape.length, axis));
  return quantised(node, steps, scale + 1, axis);
}

function quantizeLinear(node: OnnxNode): Value {
  const x = node.value(0);
  if (node.int('block_size', 0) > 0 && elementCount(node.value(1).shape) > 1) {
    throw node.unsupported('activations with scales by block are not followed');
  }
  return quantisedReal(node, x, 1, axisOf(node, x));
}

/** The axis of several scales; with a single one it means nothing, and need not exist. */
function axisOf(node: OnnxNode, x: Value): number {
  return elementCount(node.value(1).shape) === 1 ? 0 : node.axis(node.int('axis', 1), x.shape.length);
}

/** (x − zero point)·scale, of stored weights or of activations. */
function dequantizeLinear(node: OnnxNode): Value {
  const x = node.value(0);
  if (x.op === 'Constant' && x.type !== 'float32') return dequantisedWeights(node, x);
  if (node.int('block_size', 0) > 0) throw node.unsupported('activations with scales by block are not followed');
  return real(node, 0, axisOf(node, x));
}

function dequantisedWeights(node: OnnxNode, x: ConstantValue): Value {
  const scale = node.constant(1, 'the scale');
  const zero = node.has(2) ? node.constant(2, 'the zero point').data : undefined;
  const axis = scale.data.length === 1 ? 0 : node.axis(node.int('axis', 1), x.shape.length);
  const block = node.int('block_size', 0);
  const inner = x.shape.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const extent = x.shape[axis] ?? 1;
  const scales = scale.data.length === 1 ? 1 : block > 0 ? Math.ceil(extent / block) : extent;
  const entryOf = (at: number): number => {
    if (scale.data.length === 1) return 0;
    const along = Math.floor(at / inner) % extent;
    if (block === 0) return along;
    return (Math.floor(at / (inner * extent)) * scales + Math.floor(along / block)) * inner + (at % inner);
  };
  const factor = scale.data;
  const elements = Elements.deferred('float32', function* () {
    yield* reading(x);
    const { data } = x;
    return yield* collectedElements(elementTypes.float32, data.length, (at) => {
      const i = entryOf(at);
      return (data[at] - (zero?.[i] ?? 0)) * factor[i];
    });
  });
  return node.builder.stored(elements, x.shape, node.label);
}

/** What DynamicQuantizeLinear makes of a tensor. */
export interface Dynamic {
  readonly q: Value;
  readonly scale: Value;
  readonly zero: Value;
}

/**
 * Quantises by the range that each image has: what a batch of one does, and what no other image changes. Nothing saturates,
 * and the range's own gradient counts.
 */
export function dynamicallyQuantised(node: OnnxNode, x: Value): Dynamic {
  const { builder } = node;
  node.reading.note(roundedActivations);
  node.reading.note('Activations are rounded by the range of each image alone, as they are in a batch of one.');
  const axes = x.shape.map((_, axis) => axis).slice(1);
  if (x.shape[0] !== -1) throw node.unsupported('it takes the range over the images of a batch');
  const largest = (value: Value): Value =>
    builder.relu(builder.add('ReduceMax', [value], { axes, keepdims: true }, node.label));
  const below = largest(builder.neg(x));
  const span = builder.plus(largest(x), below);
  const isEmpty = builder.equal(span, builder.scalar(0));
  const scale = builder.where(isEmpty, builder.scalar(1), builder.over(span, builder.scalar(255)));
  const zero = rounded(builder, builder.over(below, scale));
  return { q: builder.plus(rounded(builder, builder.over(x, scale)), zero), scale, zero };
}

function dynamicQuantizeLinear(node: OnnxNode): readonly Value[] {
  const { q, scale, zero } = dynamicallyQuantised(node, node.value(0));
  return [q, scale, zero];
}

/** ONNX's operators between real and quantised numbers. */
export const quantization: Readonly<Record<string, Translation>> = {
  DequantizeLinear: dequantizeLinear,
  QuantizeLinear: quantizeLinear,
  DynamicQuantizeLinear: dynamicQuantizeLinear,
};
