import type { NetworkBuilder } from '../builder';
import type { OperatorValue, Value } from '../network';
import type { Operator } from '../operators';
import type { Rule } from './pullback';

/** The rule of y = f(x), elementwise, from f′ as a function of x and y; it is computed once per image. */
function derivative<O extends Operator>(
  slope: (builder: NetworkBuilder, x: Value, y: OperatorValue<O>) => Value,
): Rule<O> {
  return (pull, y, cotangent) => pull.times(cotangent, slope(pull.builder, y.inputs[0], y));
}

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/** Rules of elementwise operators with one input; at kinks relu′(0) = 0, and the others follow it. */
export const unaryRules = {
  Neg: (pull, _y, cotangent) => pull.builder.neg(cotangent),
  RoundStraightThrough: (_pull, _y, cotangent) => cotangent,
  Abs: derivative((b, x) => b.add('Sign', [x], {})),
  Sqrt: derivative((b, _x, y) => rootSlope(b, y)),
  Exp: derivative((_b, _x, y) => y),
  Log: (pull, y, cotangent) => pull.combine(cotangent, y.inputs[0], (a, x) => pull.builder.over(a, x)),
  Sin: derivative((b, x) => b.add('Cos', [x], {})),
  Cos: derivative((b, x) => b.neg(b.add('Sin', [x], {}))),
  Erf: derivative((b, x) => b.times(b.scalar(TWO_OVER_ROOT_PI), b.exp(b.neg(b.times(x, x))))),
  // From y, so that the backend can still fuse the operator before it with the ReLU.
  Relu: derivative((b, _x, y) => b.cast(b.greater(y, b.scalar(0)), 'float32')),
  LeakyRelu: derivative<'LeakyRelu'>((b, x, y) => {
    return b.where(b.greater(x, b.scalar(0)), b.scalar(1), b.scalar(y.attributes.alpha));
  }),
  // α eˣ = y + α where x ≤ 0.
  Elu: derivative<'Elu'>((b, x, y) => {
    return b.where(b.greater(x, b.scalar(0)), b.scalar(1), b.plus(y, b.scalar(y.attributes.alpha)));
  }),
  Sigmoid: derivative((b, _x, y) => b.times(y, b.minus(b.scalar(1), y))),
  Tanh: derivative((b, _x, y) => b.minus(b.scalar(1), b.times(y, y))),
  Softplus: derivative((b, x) => b.sigmoid(x)),
  Softsign: derivative((b, x) => {
    const root = b.over(b.scalar(1), b.plus(b.scalar(1), b.abs(x)));
    return b.times(root, root);
  }),
  Clip: (pull, y, cotangent) => {
    const { builder: b } = pull;
    const { min, max } = y.attributes;
    // From y, as with Relu.
    const above = min === null ? [] : [b.greater(y, b.scalar(min))];
    const below = max === null ? [] : [b.greater(b.scalar(max), y)];
    const inside = [...above, ...below].reduce((p, q) => b.add('And', [p, q], {}));
    return pull.choose(cotangent, inside);
  },
} satisfies { [O in Operator]?: Rule<O> };

/** Rules of elementwise operators that broadcast several inputs. */
export const broadcastingRules = {
  Add: (pull, y, cotangent, index) => pull.sumTo(cotangent, y.inputs[index].shape),
  Sub: (pull, y, cotangent, index) => {
    const sum = pull.sumTo(cotangent, y.inputs[index].shape);
    return index === 0 ? sum : pull.builder.neg(sum);
  },
  Mul: (pull, y, cotangent, index) => pull.sumTo(pull.times(cotangent, y.inputs[1 - index]), y.inputs[index].shape),
  Div: (pull, y, cotangent, index) => {
    const { builder: b } = pull;
    const [{ shape }, divisor] = y.inputs;
    // Of the divisor, which may be repeated over the dividend, and once an image.
    const reciprocal = b.over(b.scalar(1), divisor);
    if (index === 0) return pull.sumTo(pull.times(cotangent, reciprocal), shape);
    return pull.times(pull.sumTo(pull.times(cotangent, y), divisor.shape), b.neg(reciprocal));
  },
  Pow: (pull, y, cotangent, index) => {
    const slope = index === 0 ? baseSlope(pull.builder, y) : exponentSlope(pull.builder, y);
    return pull.sumTo(pull.times(cotangent, slope), y.inputs[index].shape);
  },
  Min: extremum((b, mine, other) => b.greater(other, mine)),
  Max: extremum((b, mine, other) => b.greater(mine, other)),
  Where: (pull, y, cotangent, index) => {
    const [condition] = y.inputs;
    const chosen = index === 1 ? condition : pull.builder.add('Not', [condition], {});
    return pull.sumTo(pull.choose(cotangent, chosen), y.inputs[index].shape);
  },
} satisfies { [O in Operator]?: Rule<O> };

/**
 * ∂√x/∂x = ½/y, and 0 at 0, where it is infinite: times the 0 that a norm's squares pass on there it would be NaN, and 0 is
 * the gradient that frameworks give a norm or a standard deviation there.
 */
function rootSlope(b: NetworkBuilder, y: Value): Value {
  const isPositive = b.greater(y, b.scalar(0));
  // The divisor is guarded too, so that not even the derivative of the unused branch is infinite.
  return b.over(b.where(isPositive, b.scalar(0.5), b.scalar(0)), b.where(isPositive, y, b.scalar(1)));
}

/** ∂xᵉ/∂x = e xᵉ⁻¹, spelled out for squares and square roots, which are common and exact that way, and for constants. */
function baseSlope(b: NetworkBuilder, y: OperatorValue<'Pow'>): Value {
  const [x, exponent] = y.inputs;
  const constant = exponent.op === 'Constant' && exponent.data.length === 1 ? exponent.data[0] : undefined;
  if (constant === 2) return b.times(exponent, x);
  if (constant === 0.5) return rootSlope(b, y);
  if (constant === 0) return b.scalar(0);
  return b.times(exponent, b.power(x, b.minus(exponent, b.scalar(1))));
}

/** ∂xᵉ/∂e = xᵉ log x, and 0 where x ≤ 0. */
function exponentSlope(b: NetworkBuilder, y: OperatorValue<'Pow'>): Value {
  const [x] = y.inputs;
  // log sees 1 where x ≤ 0, so that not even the derivative of the unused branch is infinite.
  return b.times(y, b.log(b.where(b.greater(x, b.scalar(0)), x, b.scalar(1))));
}

/** Passes the cotangent to the input that beats the other; a tie shares it evenly, as in reductions. */
function extremum<O extends 'Min' | 'Max'>(
  beats: (builder: NetworkBuilder, mine: Value, other: Value) => Value,
): Rule<O> {
  return (pull, y, cotangent, index) => {
    const { builder: b } = pull;
    const [mine, other] = [y.inputs[index], y.inputs[1 - index]];
    const share = b.where(b.equal(mine, other), b.scalar(0.5), b.cast(beats(b, mine, other), 'float32'));
    return pull.sumTo(pull.times(cotangent, share), mine.shape);
  };
}
