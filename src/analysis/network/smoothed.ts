import { AnalysisError } from '../base/errors';
import { NetworkBuilder } from './builder';
import { type Network, type NodeOf, topologicalOrder, type Value } from './network';
import type { Operator } from './operators';
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
  const builder = new NetworkBuilder();
  const smooth = new Smoother(builder, beta);
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
    const copy =
      value.op === 'Constant'
        ? builder.constant(value.data, value.shape)
        : (smooth.rewritten(value, value.inputs.map(copied)) ??
          builder.add(value.op, value.inputs.map(copied), value.attributes, value.label));
    values.set(value, copy);
  }
  const outputs = Object.fromEntries(Object.entries(network.outputs).map(([name, value]) => [name, copied(value)]));
  const result = { inputs, outputs };
  if (smoothness(result) !== 'smooth') {
    const ops = [...new Set(topologicalOrder(result).map(({ op }) => op))].filter((op) => stepped.has(op));
    throw new AnalysisError(
      'unsupported-op',
      `--method smoothed knows no smooth form of ${ops.join(', ') || 'some operator'} in this network; use --method finite-difference`,
    );
  }
  return result;
}

const stepped = new Set<string>([
  'Where',
  'Floor',
  'Sign',
  'Greater',
  'GreaterOrEqual',
  'Equal',
  'ReduceMax',
  'MaxPool',
]);

class Smoother {
  constructor(
    private readonly builder: NetworkBuilder,
    private readonly beta: number,
  ) {}

  /** The smooth form of an operator with kinks, or undefined where it has none. */
  rewritten(node: NodeOf<Operator>, [a, b]: readonly Value[]): Value | undefined {
    const { builder } = this;
    switch (node.op) {
      case 'Relu':
        return this.softplus(a);
      case 'LeakyRelu': {
        const { alpha } = node.attributes as NodeOf<'LeakyRelu'>['attributes'];
        const bent = builder.times(this.softplus(a), builder.scalar(1 - alpha));
        return builder.plus(builder.times(a, builder.scalar(alpha)), bent);
      }
      case 'Elu':
        return this.elu(a, (node.attributes as NodeOf<'Elu'>['attributes']).alpha);
      case 'Abs':
        return builder.plus(this.softplus(a), this.softplus(builder.neg(a)));
      case 'Clip':
        return this.clip(a, node.attributes as NodeOf<'Clip'>['attributes']);
      case 'Max':
        return this.maximum(a, b);
      case 'Min':
        return builder.minus(a, this.softplus(builder.minus(a, b)));
      case 'MaxPool':
        return this.maxPool(node as NodeOf<'MaxPool'>, a);
      case 'ReduceMax':
        return this.reduceMax(node as NodeOf<'ReduceMax'>, a);
      default:
        return undefined;
    }
  }

  private softplus(x: Value): Value {
    const { builder, beta } = this;
    return builder.over(builder.softplus(builder.times(x, builder.scalar(beta))), builder.scalar(beta));
  }

  /** (1/β) log(e^(βa) + e^(βb)): taking it one by one gives the sum over any number of terms. */
  private maximum(a: Value, b: Value): Value {
    return this.builder.plus(a, this.softplus(this.builder.minus(b, a)));
  }

  private elu(x: Value, alpha: number): Value {
    if (alpha === 1) return this.builder.add('Elu', [x], { alpha });
    const { builder } = this;
    const negative = builder.neg(this.softplus(builder.neg(x)));
    const curve = builder.times(builder.minus(builder.exp(negative), builder.scalar(1)), builder.scalar(alpha));
    return builder.plus(this.softplus(x), curve);
  }

  private clip(x: Value, { min, max }: { readonly min: number | null; readonly max: number | null }): Value {
    const { builder } = this;
    const above = (bound: number): Value => this.softplus(builder.minus(x, builder.scalar(bound)));
    if (min === null) return max === null ? x : builder.minus(x, above(max));
    const raised = builder.plus(above(min), builder.scalar(min));
    return max === null ? raised : builder.minus(raised, above(max));
  }

  private maxPool({ attributes, shape, label }: NodeOf<'MaxPool'>, x: Value): Value {
    const { kernel, strides, pads, dilations } = attributes;
    const rank = kernel.length;
    const axes = kernel.map((_, i) => i + 2);
    const padded = this.builder.pad(x, [0, 0, ...pads.slice(0, rank), 0, 0, ...pads.slice(rank)], outside);
    const cells = kernel.reduce((product, extent) => product * extent, 1);
    const places = Array.from({ length: cells }, (_, cell) => placeInWindow(cell, kernel));
    // A cell that never lies outside comes first: next to it the others can be as low as they like.
    const inside = places.findIndex((place) => place.every((at, i) => at * dilations[i] >= pads[i]));
    const order = [places[inside], ...places.filter((_, i) => i !== inside)];
    const windows = order.map((place) => {
      const starts = place.map((at, i) => at * dilations[i]);
      const ends = starts.map((start, i) => start + (shape[i + 2] - 1) * strides[i] + 1);
      return this.builder.slice(padded, axes, starts, ends, strides);
    });
    return this.meanMaximum(windows, label);
  }

  private reduceMax({ attributes, label }: NodeOf<'ReduceMax'>, x: Value): Value {
    const { builder } = this;
    let value = x;
    for (const axis of attributes.axes) {
      const parts = Array.from({ length: value.shape[axis] }, (_, i) => builder.slice(value, [axis], [i], [i + 1]));
      value = this.meanMaximum(parts, label);
    }
    return attributes.keepdims
      ? value
      : builder.reshape(
          value,
          x.shape.filter((_, i) => !attributes.axes.includes(i)),
        );
  }

  /** (1/β) log mean e^(βx) over the parts. */
  private meanMaximum(parts: readonly Value[], label: string | undefined): Value {
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

function placeInWindow(cell: number, kernel: readonly number[]): number[] {
  return kernel.map((extent, i) => {
    const below = kernel.slice(i + 1).reduce((product, inner) => product * inner, 1);
    return Math.floor(cell / below) % extent;
  });
}
