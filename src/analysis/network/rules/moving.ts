import type { NetworkBuilder } from '../builder';
import type { ConstantValue, OperatorValue, Value } from '../network';
import type { Operator } from '../operators';
import type { Rule } from './pullback';

/** Rules of operators that move, repeat or pick elements. */
export const movingRules = {
  Reshape: (pull, y, cotangent) => pull.builder.reshape(cotangent, pull.shape(y.inputs[0].shape)),
  Transpose: (pull, y, cotangent) => {
    const { perm } = y.attributes;
    return pull.builder.transpose(
      cotangent,
      perm.map((_, axis) => perm.indexOf(axis)),
    );
  },
  Concat: (pull, y, cotangent, index) => {
    const { axis } = y.attributes;
    const start = y.inputs.slice(0, index).reduce((sum, input) => sum + input.shape[axis], 0);
    return pull.builder.slice(cotangent, [axis], [start], [start + y.inputs[index].shape[axis]]);
  },
  Slice: (pull, y, cotangent) => {
    const { axes, starts, steps } = y.attributes;
    const [{ shape }] = y.inputs;
    return axes.reduce(
      (placed, axis, i) => place(pull.builder, placed, { axis, start: starts[i], step: steps[i], extent: shape[axis] }),
      cotangent,
    );
  },
  Pad: (pull, y, cotangent) => {
    const { pads } = y.attributes;
    const [{ shape }] = y.inputs;
    const axes = [...shape.keys()].filter((axis) => shape[axis] !== y.shape[axis]);
    return pull.builder.slice(
      cotangent,
      axes,
      axes.map((axis) => pads[axis]),
      axes.map((axis) => pads[axis] + shape[axis]),
    );
  },
  Expand: (pull, y, cotangent) => pull.sumTo(cotangent, y.inputs[0].shape),
  Gather: (pull, y, cotangent) => {
    const { builder } = pull;
    const { axis } = y.attributes;
    const [x] = y.inputs;
    const indices = [...gatheredIndices(y).data];
    // A single index takes the axis away; put it back with extent 1.
    const picked = builder.reshape(cotangent, pull.shape(x.shape.with(axis, indices.length)));
    return new Set(indices).size === indices.length
      ? scatter(builder, picked, axis, indices, x.shape[axis])
      : scatterSum(builder, picked, axis, indices, x.shape[axis]);
  },
} satisfies { [O in Operator]?: Rule<O> };

interface Places {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  /** Of the axis after placing. */
  readonly extent: number;
}

/** Puts entry i of an axis at start + i·step of one filled with zeros: the adjoint of slicing. */
function place(builder: NetworkBuilder, x: Value, { axis, start, step, extent }: Places): Value {
  const count = x.shape[axis];
  if (step < 0) {
    const reversed = builder.slice(x, [axis], [count - 1], [-1], [-1]);
    return place(builder, reversed, { axis, start: start + (count - 1) * step, step: -step, extent });
  }
  let spaced = x;
  if (step > 1 && count > 1) {
    const column = builder.reshape(x, x.shape.toSpliced(axis + 1, 0, 1));
    const rows = builder.pad(column, padsOn(column, axis + 1, 0, step - 1));
    const length = (count - 1) * step + 1;
    spaced = builder.slice(builder.reshape(rows, x.shape.with(axis, count * step)), [axis], [0], [length]);
  }
  return builder.pad(spaced, padsOn(spaced, axis, start, extent - start - spaced.shape[axis]));
}

function padsOn(x: Value, axis: number, begin: number, end: number): number[] {
  const none = x.shape.map(() => 0);
  return [...none.with(axis, begin), ...none.with(axis, end)];
}

function gatheredIndices(y: OperatorValue<'Gather'>): ConstantValue {
  const [, indices] = y.inputs;
  if (indices.op !== 'Constant') throw new Error('Gather takes constant indices');
  return indices;
}

/** Puts entry i at indices[i], all of them different: a Gather itself, of the inverse indices. */
function scatter(builder: NetworkBuilder, x: Value, axis: number, indices: readonly number[], extent: number): Value {
  const missing = indices.length;
  const sources = Array.from({ length: extent }, (_, at) => (indices.includes(at) ? indices.indexOf(at) : missing));
  const padded = sources.includes(missing) ? builder.pad(x, padsOn(x, axis, 0, 1)) : x;
  return builder.add('Gather', [padded, builder.integers(sources)], { axis });
}

/** Adds entry i to indices[i], some of them equal: a product with a one-hot matrix. */
function scatterSum(
  builder: NetworkBuilder,
  x: Value,
  axis: number,
  indices: readonly number[],
  extent: number,
): Value {
  const hot = new Float32Array(indices.length * extent);
  indices.forEach((at, i) => (hot[i * extent + at] = 1));
  const matrix = builder.constant(hot, [indices.length, extent]);
  // To the last axis and back: exchanging two axes undoes itself.
  const last = x.shape.length - 1;
  const exchange = [...x.shape.keys()].with(axis, last).with(last, axis);
  return builder.transpose(builder.matMul(builder.transpose(x, exchange), matrix), exchange);
}
