import { AnalysisError } from '../base/errors';
import { NetworkBuilder } from './builder';
import { type Network, type NodeOf, topologicalOrder, type Value } from './network';
import type { Operator, OperatorAttributes } from './operators';
import { smoothness } from './smoothness';

/** Cells of a maximum beyond which it is not spelled out. */
const mostCells = 128;

/** Where a pool reads beyond the image. Far below every activation, yet exact enough next to them in float32. */
const outside = -1e4;

/**
 * The network with every kink rounded off: ReLU becomes softplus_β(x) = log(1 + e^(βx)) / β, clips and absolute values
 * sums of it, and a maximum over m cells the (1/β) log mean e^(βx) of them. For β → ∞ it is the network itself.
 *
 * @throws AnalysisError 'unsupported-op' for an operator that has no smooth form here.
 */
export function smoothedNetwork(network: Network, beta: number): Network {
  const rounding = new Rounding(new NetworkBuilder(), beta);
  const { builder } = rounding;
  const values = new Map<Value, Value>();
  const inputs = Object.fromEntries(
    Object.entries(network.inputs).map(([name, input]) => {
      const copy = builder.input(input.name, input.shape, input.type);
      values.set(input, copy);
      return [name, copy];
    }),
  );
  const copied = (value: Value): Value => {
    const copy = values.get(value);
    if (!copy) throw new Error('a value came before its input');
    return copy;
  };
  for (const value of topologicalOrder(network)) {
    if (value.op === 'Input') continue;
    const isConstant = value.op === 'Constant';
    values.set(value, isConstant ? value : smoothed(value.op, value, value.inputs.map(copied), rounding));
  }
  const outputs = Object.fromEntries(Object.entries(network.outputs).map(([name, value]) => [name, copied(value)]));
  const result = { inputs, outputs };
  if (smoothness(result) !== 'smooth') {
    const ops = [...new Set(topologicalOrder(result).map(({ op }) => op))].filter(hasNoForm);
    throw new AnalysisError(
      'unsupported-op',
      `--method smoothed knows no smooth form of ${ops.join(', ') || 'some operator'} in this network; use --method finite-difference`,
    );
  }
  return result;
}

/** What a kink is rounded off with. */
class Rounding {
  constructor(
    readonly builder: NetworkBuilder,
    readonly beta: number,
  ) {}

  softplus(x: Value): Value {
    const { builder, beta } = this;
    return builder.over(builder.softplus(builder.times(x, builder.scalar(beta))), builder.scalar(beta));
  }

  /** (1/β) log(e^(βa) + e^(βb)): taking it one by one gives the sum over any number of terms. */
  maximum(a: Value, b: Value): Value {
    return this.builder.plus(a, this.softplus(this.builder.minus(b, a)));
  }

  /** (1/β) log mean e^(βx) over the parts. */
  meanMaximum(parts: readonly Value[], label: string | undefined): Value {
    if (parts.length > mostCells) {
      throw new AnalysisError(
        'unsupported-op',
        `--method smoothed takes maxima over at most ${mostCells} cells, got ${parts.length}${label ? ` in ${label}` : ''}`,
      );
    }
    const sum = parts.reduce((a, b) => this.maximum(a, b));
    return this.builder.minus(sum, this.builder.scalar(Math.log(parts.length) / this.beta));
  }
}

interface Node<O extends Operator> extends Pick<NodeOf<O>, 'shape' | 'label'> {
  readonly attributes: OperatorAttributes[O];
}

/** An operator without its kinks: as it is, by a formula in its smoothed inputs, or not at all. */
type SmoothForm<O extends Operator> =
  'itself' | 'none' | ((rounding: Rounding, inputs: readonly Value[], node: Node<O>) => Value);

function smoothed<O extends Operator>(op: O, node: Node<O>, inputs: readonly Value[], rounding: Rounding): Value {
  const form: SmoothForm<O> = smoothForms[op];
  if (typeof form === 'function') return form(rounding, inputs, node);
  // What has no form may still be made of constants only.
  return rounding.builder.add(op, inputs, node.attributes, node.label);
}

function hasNoForm(op: Value['op']): boolean {
  return op !== 'Input' && op !== 'Constant' && smoothForms[op] === 'none';
}

const leakyRelu: SmoothForm<'LeakyRelu'> = (rounding, [x], { attributes: { alpha } }) => {
  const { builder } = rounding;
  const bent = builder.times(rounding.softplus(x), builder.scalar(1 - alpha));
  return builder.plus(builder.times(x, builder.scalar(alpha)), bent);
};

const elu: SmoothForm<'Elu'> = (rounding, [x], { attributes: { alpha } }) => {
  const { builder } = rounding;
  if (alpha === 1) return builder.add('Elu', [x], { alpha });
  const negative = builder.neg(rounding.softplus(builder.neg(x)));
  const curve = builder.times(builder.minus(builder.exp(negative), builder.scalar(1)), builder.scalar(alpha));
  return builder.plus(rounding.softplus(x), curve);
};

const clip: SmoothForm<'Clip'> = (rounding, [x], { attributes: { min, max } }) => {
  const { builder } = rounding;
  const above = (bound: number): Value => rounding.softplus(builder.minus(x, builder.scalar(bound)));
  if (min === null) return max === null ? x : builder.minus(x, above(max));
  const raised = builder.plus(above(min), builder.scalar(min));
  return max === null ? raised : builder.minus(raised, above(max));
};

const maxPool: SmoothForm<'MaxPool'> = (rounding, [x], { attributes, shape, label }) => {
  const { builder } = rounding;
  const { kernel, strides, pads, dilations } = attributes;
  const rank = kernel.length;
  const axes = kernel.map((_, i) => i + 2);
  const padded = builder.pad(x, [0, 0, ...pads.slice(0, rank), 0, 0, ...pads.slice(rank)], outside);
  const cells = kernel.reduce((product, extent) => product * extent, 1);
  const places = Array.from({ length: cells }, (_, cell) => placeInWindow(cell, kernel));
  // A cell that never lies outside comes first: next to it the others can be as low as they like.
  const inside = places.findIndex((place) => place.every((at, i) => at * dilations[i] >= pads[i]));
  const order = [places[inside], ...places.filter((_, i) => i !== inside)];
  const windows = order.map((place) => {
    const starts = place.map((at, i) => at * dilations[i]);
    const ends = starts.map((start, i) => start + (shape[i + 2] - 1) * strides[i] + 1);
    return builder.slice(padded, axes, starts, ends, strides);
  });
  return rounding.meanMaximum(windows, label);
};

const reduceMax: SmoothForm<'ReduceMax'> = (rounding, [x], { attributes: { axes, keepdims }, label }) => {
  const { builder } = rounding;
  let value = x;
  for (const axis of axes) {
    const parts = Array.from({ length: value.shape[axis] }, (_, i) => builder.slice(value, [axis], [i], [i + 1]));
    value = rounding.meanMaximum(parts, label);
  }
  if (keepdims) return value;
  return builder.reshape(
    value,
    x.shape.filter((_, i) => !axes.includes(i)),
  );
};

const smoothForms: { readonly [O in Operator]: SmoothForm<O> } = {
  Neg: 'itself',
  Abs: (rounding, [x]) => rounding.builder.plus(rounding.softplus(x), rounding.softplus(rounding.builder.neg(x))),
  Sqrt: 'itself',
  Exp: 'itself',
  Log: 'itself',
  Sin: 'itself',
  Cos: 'itself',
  Erf: 'itself',
  Relu: (rounding, [x]) => rounding.softplus(x),
  LeakyRelu: leakyRelu,
  Elu: elu,
  Sigmoid: 'itself',
  Tanh: 'itself',
  Softplus: 'itself',
  Softsign: 'itself',
  Clip: clip,
  Floor: 'none',
  RoundStraightThrough: 'none',
  Sign: 'none',
  // Not, And and Cast jump only where something before them does, which is named instead.
  Not: 'itself',
  Cast: 'itself',
  Add: 'itself',
  Sub: 'itself',
  Mul: 'itself',
  Div: 'itself',
  Pow: 'itself',
  Min: (rounding, [a, b]) => rounding.builder.minus(a, rounding.softplus(rounding.builder.minus(a, b))),
  Max: (rounding, [a, b]) => rounding.maximum(a, b),
  Greater: 'none',
  GreaterOrEqual: 'none',
  Equal: 'none',
  And: 'itself',
  Where: 'none',
  ReduceSum: 'itself',
  ReduceMean: 'itself',
  ReduceMax: reduceMax,
  Softmax: 'itself',
  LogSoftmax: 'itself',
  Conv: 'itself',
  ConvTranspose: 'itself',
  MatMul: 'itself',
  MaxPool: maxPool,
  AveragePool: 'itself',
  Reshape: 'itself',
  Transpose: 'itself',
  Concat: 'itself',
  Slice: 'itself',
  Pad: 'itself',
  Expand: 'itself',
  Gather: 'itself',
};

function placeInWindow(cell: number, kernel: readonly number[]): number[] {
  return kernel.map((extent, i) => {
    const below = kernel.slice(i + 1).reduce((product, inner) => product * inner, 1);
    return Math.floor(cell / below) % extent;
  });
}
