import {
  type ConstantValue,
  type Network,
  type OperatorValue,
  topologicalOrder,
  type Value,
} from '../../src/analysis/network/network';
import type { Operator, OperatorAttributes } from '../../src/analysis/network/operators';

/** A tensor in double precision, row-major; masks are 0 and 1. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** A tensor from its shape and elements. */
export function tensor(shape: readonly number[], data: Iterable<number>): Tensor {
  const elements = Float64Array.from(data);
  if (elements.length !== size(shape)) throw new Error(`${elements.length} elements for [${shape.join()}]`);
  return { shape, data: elements };
}

/**
 * Runs a network in double precision by the definitions of its operators, element by element: slow, and independent of
 * everything the engine does.
 */
export function interpret(network: Network, inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const batch = batchSize(network, inputs);
  const results = new Map<Value, Tensor>();
  for (const value of topologicalOrder(network)) results.set(value, evaluate(value, inputs, results, batch));
  return Object.fromEntries(Object.entries(network.outputs).map(([name, value]) => [name, results.get(value)!]));
}

function batchSize(network: Network, inputs: Readonly<Record<string, Tensor>>): number {
  for (const { name, shape } of Object.values(network.inputs)) {
    const axis = shape.findIndex((dim) => dim < 0);
    if (axis >= 0) return inputs[name].shape[axis] / -shape[axis];
  }
  throw new Error('no input has a batch');
}

function evaluate(
  value: Value,
  inputs: Readonly<Record<string, Tensor>>,
  results: Map<Value, Tensor>,
  batch: number,
): Tensor {
  const expected = value.shape.map((dim) => (dim < 0 ? -dim * batch : dim));
  let result: Tensor;
  if (value.op === 'Input') {
    result = inputs[value.name];
  } else if (value.op === 'Constant') {
    result = constant(value);
  } else {
    const operands = value.inputs.map((input) => results.get(input)!);
    result = operate(value, operands, { batch, shape: expected });
  }
  if (result.shape.join() !== expected.join()) {
    throw new Error(`${value.op} gave [${result.shape.join()}] where [${expected.join()}] was inferred`);
  }
  return result;
}

function constant({ shape, data }: ConstantValue): Tensor {
  return { shape, data: Float64Array.from(data) };
}

interface Run {
  readonly batch: number;
  /** The inferred shape of the result. */
  readonly shape: readonly number[];
}

type Definition<O extends Operator> = (xs: readonly Tensor[], attributes: OperatorAttributes[O], run: Run) => Tensor;

function operate<O extends Operator>(value: OperatorValue<O>, operands: readonly Tensor[], run: Run): Tensor {
  const definition: Definition<O> = definitions[value.op];
  return definition(operands, value.attributes, run);
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** The place of an element in row-major order. */
function flat(shape: readonly number[], index: readonly number[]): number {
  return index.reduce((offset, i, axis) => offset * shape[axis] + i, 0);
}

/** Every index of a shape, in row-major order. */
function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (outer, extent) => outer.flatMap((index) => Array.from({ length: extent }, (_, i) => [...index, i])),
    [[]],
  );
}

/** A tensor whose element at each index is given by a function. */
function build(shape: readonly number[], element: (index: readonly number[]) => number): Tensor {
  return tensor(shape, indices(shape).map(element));
}

function at(x: Tensor, index: readonly number[]): number {
  return x.data[flat(x.shape, index)];
}

/** The element that broadcasting puts at an index. */
function broadcastAt(x: Tensor, index: readonly number[]): number {
  const own = index.slice(index.length - x.shape.length);
  return at(
    x,
    own.map((i, axis) => (x.shape[axis] === 1 ? 0 : i)),
  );
}

function broadcast(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return extents.find((extent) => extent !== 1) ?? 1;
  });
}

function map<A>(f: (x: number, attributes: A) => number) {
  return ([x]: readonly Tensor[], attributes: A): Tensor =>
    tensor(
      x.shape,
      x.data.map((entry) => f(entry, attributes)),
    );
}

function zip(f: (...entries: number[]) => number) {
  return (xs: readonly Tensor[]): Tensor =>
    build(broadcast(xs.map((x) => x.shape)), (index) => f(...xs.map((x) => broadcastAt(x, index))));
}

function reduce(f: (entries: readonly number[]) => number) {
  return ([x]: readonly Tensor[], { axes, keepdims }: OperatorAttributes['ReduceSum']): Tensor => {
    const groups = new Map<number, number[]>();
    const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    for (const index of indices(x.shape)) {
      const group = flat(
        kept,
        index.map((i, axis) => (axes.includes(axis) ? 0 : i)),
      );
      groups.set(group, [...(groups.get(group) ?? []), at(x, index)]);
    }
    const shape = keepdims ? kept : kept.filter((_, axis) => !axes.includes(axis));
    return tensor(
      shape,
      Array.from({ length: size(kept) }, (_, group) => f(groups.get(group)!)),
    );
  };
}

const total = (entries: readonly number[]): number => entries.reduce((sum, entry) => sum + entry, 0);

/** Σ e^(y − max y): the exponential of a large entry itself would be infinite. */
function exponentialSum(row: readonly number[]): number {
  const largest = Math.max(...row);
  return total(row.map((y) => Math.exp(y - largest)));
}

function alongAxis(f: (x: number, row: readonly number[]) => number) {
  return ([x]: readonly Tensor[], { axis }: { axis: number }): Tensor =>
    build(x.shape, (index) => {
      const row = Array.from({ length: x.shape[axis] }, (_, i) => at(x, index.with(axis, i)));
      return f(at(x, index), row);
    });
}

/** erf(x) = 2/√π e^(−x²) Σ 2ᵏ x²ᵏ⁺¹ / (2k+1)!!, to the last bit where it is not yet 1. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let k = 1; Math.abs(term) > 1e-18 * Math.abs(sum); k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Where cell `cell` of window `window` lies in the image; undefined in the padding. */
function source(
  window: readonly number[],
  cell: readonly number[],
  extents: readonly number[],
  { strides, pads, dilations }: { strides: readonly number[]; pads: readonly number[]; dilations: readonly number[] },
): number[] | undefined {
  const place = window.map((w, i) => w * strides[i] + cell[i] * dilations[i] - pads[i]);
  return place.every((p, i) => p >= 0 && p < extents[i]) ? place : undefined;
}

function pool(f: (entries: readonly (number | undefined)[]) => number) {
  return ([x]: readonly Tensor[], attributes: OperatorAttributes['MaxPool'], { shape }: Run): Tensor =>
    build(shape, ([image, channel, ...window]) =>
      f(
        indices(attributes.kernel).map((cell) => {
          const place = source(window, cell, x.shape.slice(2), attributes);
          return place === undefined ? undefined : at(x, [image, channel, ...place]);
        }),
      ),
    );
}

const definitions: { readonly [O in Operator]: Definition<O> } = {
  Neg: map((x) => -x),
  Abs: map(Math.abs),
  Sqrt: map(Math.sqrt),
  Exp: map(Math.exp),
  Log: map(Math.log),
  Sin: map(Math.sin),
  Cos: map(Math.cos),
  Erf: map(erf),
  Relu: map((x) => Math.max(x, 0)),
  LeakyRelu: map((x, { alpha }) => (x > 0 ? x : alpha * x)),
  Elu: map((x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x))),
  Sigmoid: map((x) => 1 / (1 + Math.exp(-x))),
  Tanh: map(Math.tanh),
  Softplus: map((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  Softsign: map((x) => x / (1 + Math.abs(x))),
  Clip: map((x, { min, max }) => Math.min(Math.max(x, min ?? -Infinity), max ?? Infinity)),
  Floor: map(Math.floor),
  RoundStraightThrough: map((x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))),
  Sign: map(Math.sign),
  Not: map((x) => 1 - x),
  Cast: map((x, { to }) => (to === 'bool' ? Number(x !== 0) : to === 'int64' ? Math.trunc(x) : x)),
  Add: zip((a, b) => a + b),
  Sub: zip((a, b) => a - b),
  Mul: zip((a, b) => a * b),
  Div: zip((a, b) => a / b),
  Pow: zip((a, b) => a ** b),
  Min: zip(Math.min),
  Max: zip(Math.max),
  Greater: zip((a, b) => Number(a > b)),
  GreaterOrEqual: zip((a, b) => Number(a >= b)),
  Equal: zip((a, b) => Number(a === b)),
  And: zip((a, b) => a * b),
  Where: zip((condition, a, b) => (condition === 1 ? a : b)),
  ReduceSum: reduce(total),
  ReduceMean: reduce((entries) => total(entries) / entries.length),
  ReduceMax: reduce((entries) => Math.max(...entries)),
  Softmax: alongAxis((x, row) => Math.exp(x - Math.max(...row)) / exponentialSum(row)),
  LogSoftmax: alongAxis((x, row) => x - Math.max(...row) - Math.log(exponentialSum(row))),
  Conv: ([x, weight, bias], attributes, { shape }) => {
    const [channels, ...kernel] = weight.shape.slice(1);
    const perGroup = weight.shape[0] / attributes.group;
    return build(shape, ([image, output, ...window]) => {
      const firstChannel = Math.floor(output / perGroup) * channels;
      let sum = (bias as Tensor | undefined)?.data[output] ?? 0;
      for (const cell of indices(kernel)) {
        const place = source(window, cell, x.shape.slice(2), attributes);
        if (place === undefined) continue;
        for (let c = 0; c < channels; c++) {
          sum += at(x, [image, firstChannel + c, ...place]) * at(weight, [output, c, ...cell]);
        }
      }
      return sum;
    });
  },
  ConvTranspose: ([x, weight, bias], attributes, { shape }) => {
    const [perGroup, ...kernel] = weight.shape.slice(1);
    const channels = weight.shape[0] / attributes.group;
    const result = build(shape, ([, output]) => (bias as Tensor | undefined)?.data[output] ?? 0);
    for (const [image, channel, ...window] of indices(x.shape)) {
      const firstOutput = Math.floor(channel / channels) * perGroup;
      for (const cell of indices(kernel)) {
        const place = source(window, cell, shape.slice(2), attributes);
        if (place === undefined) continue;
        for (let m = 0; m < perGroup; m++) {
          result.data[flat(shape, [image, firstOutput + m, ...place])] +=
            at(x, [image, channel, ...window]) * at(weight, [channel, m, ...cell]);
        }
      }
    }
    return result;
  },
  MatMul: ([a, b], _, { shape }) =>
    build(shape, (index) => {
      const [row, column] = index.slice(-2);
      const stack = index.slice(0, -2);
      let sum = 0;
      for (let k = 0; k < b.shape[b.shape.length - 2]; k++) {
        sum += broadcastAt(a, [...stack, row, k]) * broadcastAt(b, [...stack, k, column]);
      }
      return sum;
    }),
  MaxPool: pool((entries) => Math.max(...entries.filter((entry) => entry !== undefined))),
  AveragePool: pool((entries) => total(entries.map((entry) => entry ?? 0)) / entries.length),
  Reshape: ([x], _, { shape }) => tensor(shape, x.data),
  Transpose: ([x], { perm }, { shape }) =>
    build(shape, (index) =>
      at(
        x,
        perm.map((_, axis) => index[perm.indexOf(axis)]),
      ),
    ),
  Concat: (xs, { axis }, { shape }) =>
    build(shape, (index) => {
      let i = index[axis];
      const source = xs.find((x) => (i < x.shape[axis] ? true : ((i -= x.shape[axis]), false)))!;
      return at(source, index.with(axis, i));
    }),
  Slice: ([x], { axes, starts, steps }, { shape }) =>
    build(shape, (index) =>
      at(
        x,
        index.map((i, axis) => (axes.includes(axis) ? starts[axes.indexOf(axis)] + i * steps[axes.indexOf(axis)] : i)),
      ),
    ),
  Pad: ([x], { pads, value }, { shape }) =>
    build(shape, (index) => {
      const inner = index.map((i, axis) => i - pads[axis]);
      return inner.every((i, axis) => i >= 0 && i < x.shape[axis]) ? at(x, inner) : value;
    }),
  Expand: ([x], _, { shape }) => build(shape, (index) => broadcastAt(x, index)),
  Gather: ([x, picked], { axis }, { shape }) =>
    build(shape, (index) => {
      const rank = picked.shape.length;
      const entry = picked.data[rank === 0 ? 0 : index[axis]];
      return at(x, index.toSpliced(axis, rank, entry));
    }),
};
