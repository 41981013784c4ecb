import type { ConstantData, ConstantValue, DataType, Shape, Value } from './network';
import type { Operator, OperatorAttributes } from './operators';
import { dependsOnBatch, elementCount, type TensorType } from './shapes';

type Folding<O extends Operator> = (
  inputs: readonly ConstantValue[],
  attributes: OperatorAttributes[O],
  result: TensorType,
) => ConstantData;

/**
 * The elements of an operator's result when all its inputs are constant, computed in double precision and rounded once.
 * Undefined where it depends on the batch size, or for convolutions and pools, which are left to the backend.
 *
 * @param result the operator's inferred type
 */
export function fold<O extends Operator>(
  op: O,
  inputs: readonly Value[],
  attributes: OperatorAttributes[O],
  result: TensorType,
): ConstantData | undefined {
  const folding: Folding<O> | undefined = foldings[op];
  const constants = inputs.filter((input) => input.op === 'Constant');
  if (folding === undefined || constants.length < inputs.length || dependsOnBatch(result.shape)) return undefined;
  return folding(constants, attributes, result);
}

/** Whether fold computes the results of an operator, given that its inputs are constant. */
export function isFoldable(op: Operator, result: TensorType): boolean {
  return foldings[op] !== undefined && !dependsOnBatch(result.shape);
}

function zeros({ shape, type }: { shape: Shape; type: DataType }): ConstantData {
  const length = elementCount(shape);
  return type === 'float32'
    ? new Float32Array(length)
    : type === 'int64'
      ? new Int32Array(length)
      : new Uint8Array(length);
}

/** Row-major strides; in elements. */
function stridesOf(shape: Shape): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/** The strides to read a tensor as if it were broadcast to a shape. */
function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const missing = to.length - from.length;
  return to.map((_, axis) => (axis < missing || from[axis - missing] === 1 ? 0 : strides[axis - missing]));
}

/** base + Σ index·stride for every index of a shape, row-major. */
function offsets(shape: Shape, strides: readonly number[], base = 0): Int32Array {
  let outer = Int32Array.of(base);
  shape.forEach((extent, axis) => {
    const inner = new Int32Array(outer.length * extent);
    for (let i = 0, at = 0; i < outer.length; i++) {
      for (let j = 0; j < extent; j++) inner[at++] = outer[i] + j * strides[axis];
    }
    outer = inner;
  });
  return outer;
}

/** The elements at base + Σ index·stride for every index of the result. */
function picked(from: ConstantData, result: TensorType, strides: readonly number[], base = 0): ConstantData {
  const data = zeros(result);
  const axes = joinedAxes(result.shape, strides);
  const [rows, row] = [axes.at(-2) ?? ONCE, axes.at(-1) ?? ONCE];
  const outer = axes.slice(0, -2);
  const starts = offsets(
    outer.map(({ extent }) => extent),
    outer.map(({ stride }) => stride),
    base,
  );
  // Large weights are floats, and a loop that only ever sees those takes a fraction of the time.
  if (from instanceof Float32Array && data instanceof Float32Array) {
    starts.forEach((start, i) => {
      pickFloats(from, data, { start, at: i * rows.extent * row.extent }, rows, row);
    });
  } else {
    let at = 0;
    for (const start of starts) {
      for (let i = 0; i < rows.extent; i++) {
        for (let j = 0; j < row.extent; j++) data[at++] = from[start + i * rows.stride + j * row.stride];
      }
    }
  }
  return data;
}

/** A loop over elements. */
interface Axis {
  readonly extent: number;
  readonly stride: number;
}

const ONCE: Axis = { extent: 1, stride: 0 };

/** Axes without those of one entry, and as one where the outer goes on where the inner ends: fewer and longer loops. */
function joinedAxes(shape: Shape, strides: readonly number[]): Axis[] {
  const axes: Axis[] = [];
  shape.forEach((extent, axis) => {
    if (extent === 1) return;
    const stride = strides[axis];
    const outer = axes.at(-1);
    if (outer?.stride === extent * stride) axes[axes.length - 1] = { extent: outer.extent * extent, stride };
    else axes.push({ extent, stride });
  });
  return axes;
}

/** Rows that are written side by side where that reads what lies together: as many as the processor's cache keeps. */
const TOGETHER = 16;

/** Writes rows, one after the other from `at` on, of what lies from `start` on. */
function pickFloats(
  from: Float32Array,
  data: Float32Array,
  { start, at }: { readonly start: number; readonly at: number },
  rows: Axis,
  row: Axis,
): void {
  if (Math.abs(row.stride) <= Math.abs(rows.stride)) {
    pickRows(from, data, { start, at }, rows, row);
    return;
  }
  const { extent, stride } = row;
  for (let first = 0; first < rows.extent; first += TOGETHER) {
    const count = Math.min(TOGETHER, rows.extent - first);
    let source = start + first * rows.stride;
    const target = at + first * extent;
    for (let j = 0; j < extent; j++, source += stride) {
      for (let i = 0, place = source, to = target + j; i < count; i++, place += rows.stride, to += extent) {
        data[to] = from[place];
      }
    }
  }
}

function pickRows(
  from: Float32Array,
  data: Float32Array,
  { start, at }: { readonly start: number; readonly at: number },
  rows: Axis,
  { extent, stride }: Axis,
): void {
  for (let i = 0, to = at; i < rows.extent; i++) {
    let place = start + i * rows.stride;
    for (const end = to + extent; to < end; to++, place += stride) data[to] = from[place];
  }
}

function unary<A>(f: (x: number, attributes: A) => number) {
  return ([x]: readonly ConstantValue[], attributes: A, result: TensorType): ConstantData => {
    const data = zeros(result);
    for (let i = 0; i < data.length; i++) data[i] = f(x.data[i], attributes);
    return data;
  };
}

function elementwise(f: (...entries: number[]) => number) {
  return (inputs: readonly ConstantValue[], _: unknown, result: TensorType): ConstantData => {
    const data = zeros(result);
    const sources = inputs.map((input) => input.data);
    const at = inputs.map((input) => offsets(result.shape, broadcastStrides(input.shape, result.shape)));
    const entries = inputs.map(() => 0);
    for (let i = 0; i < data.length; i++) {
      for (let k = 0; k < entries.length; k++) entries[k] = sources[k][at[k][i]];
      data[i] = f(...entries);
    }
    return data;
  };
}

/** Joins all entries along the axes, and divides by their number for a mean. */
function reduction(start: number, join: (a: number, b: number) => number, mean = false) {
  return ([x]: readonly ConstantValue[], { axes }: OperatorAttributes['ReduceSum'], result: TensorType) => {
    const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    const to = offsets(x.shape, broadcastStrides(kept, x.shape));
    const data = zeros(result);
    const joined = new Float64Array(data.length).fill(start);
    for (let i = 0; i < to.length; i++) joined[to[i]] = join(joined[to[i]], x.data[i]);
    const divisor = mean ? to.length / data.length : 1;
    for (let i = 0; i < data.length; i++) data[i] = joined[i] / divisor;
    return data;
  };
}

/** Writes eˣ / Σ eˣ along an axis, or its logarithm. */
function softmax(logarithm: boolean) {
  return ([x]: readonly ConstantValue[], { axis }: OperatorAttributes['Softmax'], result: TensorType): ConstantData => {
    const data = zeros(result);
    const extent = x.shape[axis];
    const stride = stridesOf(x.shape)[axis];
    for (const first of offsets(x.shape.with(axis, 1), stridesOf(x.shape))) {
      let max = -Infinity;
      for (let j = 0; j < extent; j++) max = Math.max(max, x.data[first + j * stride]);
      let sum = 0;
      for (let j = 0; j < extent; j++) sum += Math.exp(x.data[first + j * stride] - max);
      for (let j = 0; j < extent; j++) {
        const shifted = x.data[first + j * stride] - max;
        data[first + j * stride] = logarithm ? shifted - Math.log(sum) : Math.exp(shifted) / sum;
      }
    }
    return data;
  };
}

function matMul([a, b]: readonly ConstantValue[], _: unknown, result: TensorType): ConstantData {
  const data = zeros(result);
  const [rows, columns] = result.shape.slice(-2);
  const inner = a.shape[a.shape.length - 1];
  const stack = result.shape.slice(0, -2);
  const matrices = (value: ConstantValue): Int32Array => {
    const outer = value.shape.slice(0, -2);
    const size = value.shape[value.shape.length - 2] * value.shape[value.shape.length - 1];
    return offsets(stack, broadcastStrides(outer, stack)).map((index) => index * size);
  };
  const [left, right] = [matrices(a), matrices(b)];
  let at = 0;
  for (let s = 0; s < left.length; s++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) sum += a.data[left[s] + i * inner + k] * b.data[right[s] + k * columns + j];
        data[at++] = sum;
      }
    }
  }
  return data;
}

function concat(inputs: readonly ConstantValue[], { axis }: OperatorAttributes['Concat'], result: TensorType) {
  const data = zeros(result);
  const strides = stridesOf(result.shape);
  let start = 0;
  for (const input of inputs) {
    const to = offsets(input.shape, strides, start * strides[axis]);
    for (let i = 0; i < to.length; i++) data[to[i]] = input.data[i];
    start += input.shape[axis];
  }
  return data;
}

function slice(
  [x]: readonly ConstantValue[],
  { axes, starts, steps }: OperatorAttributes['Slice'],
  result: TensorType,
) {
  const strides = stridesOf(x.shape);
  let base = 0;
  axes.forEach((axis, i) => {
    base += starts[i] * strides[axis];
    strides[axis] *= steps[i];
  });
  return picked(x.data, result, strides, base);
}

function pad([x]: readonly ConstantValue[], { pads, value }: OperatorAttributes['Pad'], result: TensorType) {
  const data = zeros(result).fill(value);
  const strides = stridesOf(result.shape);
  const base = strides.reduce((sum, stride, axis) => sum + stride * pads[axis], 0);
  const to = offsets(x.shape, strides, base);
  for (let i = 0; i < to.length; i++) data[to[i]] = x.data[i];
  return data;
}

function gather([x, indices]: readonly ConstantValue[], { axis }: OperatorAttributes['Gather'], result: TensorType) {
  const data = zeros(result);
  const strides = stridesOf(x.shape);
  const outer = offsets(x.shape.slice(0, axis), strides);
  const inner = strides[axis];
  let at = 0;
  for (const start of outer) {
    for (const index of indices.data) {
      for (let i = 0; i < inner; i++) data[at++] = x.data[start + index * inner + i];
    }
  }
  return data;
}

/**
 * The error function: 2/√π e^(−x²) Σ 2ᵏ x²ᵏ⁺¹ / (2k+1)!!, a series of one sign, so nothing cancels.
 *
 * @see Abramowitz and Stegun 1964, 7.1.6
 */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function cast([x]: readonly ConstantValue[], { to }: OperatorAttributes['Cast'], result: TensorType): ConstantData {
  const data = zeros(result);
  for (let i = 0; i < data.length; i++) data[i] = to === 'bool' ? Number(x.data[i] !== 0) : x.data[i];
  return data;
}

/** Half to even. */
function roundedHalfToEven(x: number): number {
  const nearest = Math.round(x);
  return nearest - x === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

const foldings: { readonly [O in Operator]?: Folding<O> } = {
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Sqrt: unary(Math.sqrt),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sin: unary(Math.sin),
  Cos: unary(Math.cos),
  Erf: unary(erf),
  Relu: unary((x) => Math.max(x, 0)),
  LeakyRelu: unary((x, { alpha }) => (x >= 0 ? x : alpha * x)),
  Elu: unary((x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x))),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Tanh: unary(Math.tanh),
  Softplus: unary((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  Softsign: unary((x) => x / (1 + Math.abs(x))),
  Clip: unary((x, { min, max }) => Math.min(Math.max(x, min ?? -Infinity), max ?? Infinity)),
  Floor: unary(Math.floor),
  RoundStraightThrough: unary(roundedHalfToEven),
  Sign: unary(Math.sign),
  Not: unary((x) => 1 - x),
  Cast: cast,
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  // Int32Array truncates towards zero, as ONNX's integer division does.
  Div: elementwise((a, b) => a / b),
  Pow: elementwise((a, b) => a ** b),
  Min: elementwise(Math.min),
  Max: elementwise(Math.max),
  Greater: elementwise((a, b) => Number(a > b)),
  GreaterOrEqual: elementwise((a, b) => Number(a >= b)),
  Equal: elementwise((a, b) => Number(a === b)),
  And: elementwise((a, b) => a * b),
  Where: elementwise((condition, then, otherwise) => (condition !== 0 ? then : otherwise)),
  ReduceSum: reduction(0, (a, b) => a + b),
  ReduceMean: reduction(0, (a, b) => a + b, true),
  ReduceMax: reduction(-Infinity, Math.max),
  Softmax: softmax(false),
  LogSoftmax: softmax(true),
  MatMul: matMul,
  Reshape: ([x]) => x.data,
  Transpose: ([x], { perm }, result) => {
    const strides = stridesOf(x.shape);
    const permuted = perm.map((axis) => strides[axis]);
    return picked(x.data, result, permuted);
  },
  Concat: concat,
  Slice: slice,
  Pad: pad,
  Expand: ([x], _, result) => picked(x.data, result, broadcastStrides(x.shape, result.shape)),
  Gather: gather,
};
