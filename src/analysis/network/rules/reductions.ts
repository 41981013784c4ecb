import type { Value } from '../network';
import type { Operator } from '../operators';
import type { Pullback, Rule } from './pullback';

/** Rules of operators that reduce or normalise along axes. */
export const reductionRules = {
  ReduceSum: (pull, y, cotangent) => {
    const [x] = y.inputs;
    return pull.builder.expand(kept(pull, cotangent, x, y.attributes.axes), pull.shape(x.shape));
  },
  ReduceMean: (pull, y, cotangent) => {
    const { builder } = pull;
    const [x] = y.inputs;
    const { axes } = y.attributes;
    const count = axes.reduce((product, axis) => product * x.shape[axis], 1);
    const share = builder.over(kept(pull, cotangent, x, axes), builder.scalar(count));
    return builder.expand(share, pull.shape(x.shape));
  },
  ReduceMax: (pull, y, cotangent) => {
    const { builder } = pull;
    const [x] = y.inputs;
    const { axes } = y.attributes;
    const maximum = builder.reshape(y, keptShape(x, axes));
    const ties = builder.cast(builder.equal(x, maximum), 'float32');
    const share = builder.over(ties, builder.sum(ties, axes, true));
    return pull.times(kept(pull, cotangent, x, axes), share);
  },
  // ∂L/∂x = y ∘ (∂L/∂y − Σ ∂L/∂y ∘ y).
  Softmax: (pull, y, cotangent) => {
    const { builder } = pull;
    const weighted = builder.sum(pull.times(cotangent, y), [y.attributes.axis], true);
    return pull.times(builder.minus(cotangent, weighted), y);
  },
  // ∂L/∂x = ∂L/∂y − eʸ Σ ∂L/∂y.
  LogSoftmax: (pull, y, cotangent) => {
    const { builder } = pull;
    const sum = builder.sum(cotangent, [y.attributes.axis], true);
    return builder.minus(cotangent, pull.times(sum, builder.exp(y)));
  },
} satisfies { [O in Operator]?: Rule<O> };

/** The shape of a reduction of x that keeps its axes, with extent 1. */
function keptShape(x: Value, axes: readonly number[]): number[] {
  return x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
}

/** The cotangent of a reduction of x, with the reduced axes put back as 1. */
function kept(pull: Pullback, cotangent: Value, x: Value, axes: readonly number[]): Value {
  return pull.builder.reshape(cotangent, pull.shape(keptShape(x, axes)));
}
