import type { NetworkBuilder } from '../network/builder';
import type { Value } from '../network/network';

/** The constants of SELU, α and γ. @see Klambauer et al. 2017, section 2 */
export const seluConstants = { alpha: 1.6732632423543772, gamma: 1.0507009873554805 };

/** Beyond it, softplus(t) − t < 3.1e-7, the rounding of a float32: there, softplus is the identity. */
export const softplusIsIdentity = 15;

const scaled = (b: NetworkBuilder, x: Value, factor: number): Value => b.times(x, b.scalar(factor));
const shifted = (b: NetworkBuilder, x: Value, term: number): Value => b.plus(x, b.scalar(term));

/** min(max(x, min), max). */
export function clip(b: NetworkBuilder, x: Value, min: number | null, max: number | null): Value {
  return b.add('Clip', [x], { min, max });
}

/** x above a threshold, `otherwise` up to it. */
export function above(b: NetworkBuilder, x: Value, threshold: number, otherwise: Value): Value {
  return b.where(b.greater(x, b.scalar(threshold)), x, otherwise);
}

/** x Φ(x) = ½ x (1 + erf(x/√2)). @see Hendrycks and Gimpel 2016, section 2 */
export function gelu(b: NetworkBuilder, x: Value): Value {
  return b.times(scaled(b, x, 0.5), shifted(b, b.erf(scaled(b, x, Math.SQRT1_2)), 1));
}

/** ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))). @see Hendrycks and Gimpel 2016, section 2 */
export function tanhGelu(b: NetworkBuilder, x: Value): Value {
  const cube = b.times(b.times(x, x), x);
  const inner = scaled(b, b.plus(x, scaled(b, cube, 0.044715)), Math.sqrt(2 / Math.PI));
  return b.times(scaled(b, x, 0.5), shifted(b, b.tanh(inner), 1));
}

/** x σ(αx); SiLU for α = 1. */
export function swish(b: NetworkBuilder, x: Value, alpha = 1): Value {
  return b.times(x, b.sigmoid(scaled(b, x, alpha)));
}

/** x tanh(log(1 + eˣ)). */
export function mish(b: NetworkBuilder, x: Value): Value {
  return b.times(x, b.tanh(b.softplus(x)));
}

/** γ x above 0, γ α (eˣ − 1) below. */
export function selu(b: NetworkBuilder, x: Value, { alpha, gamma } = seluConstants): Value {
  return scaled(b, b.add('Elu', [x], { alpha }), gamma);
}

/** x above 0, α (e^(x/α) − 1) below. */
export function celu(b: NetworkBuilder, x: Value, alpha: number): Value {
  return scaled(b, b.add('Elu', [b.over(x, b.scalar(alpha))], { alpha: 1 }), alpha);
}

/** clip(αx + β, 0, 1). */
export function hardSigmoid(b: NetworkBuilder, x: Value, alpha: number, beta: number): Value {
  return clip(b, shifted(b, scaled(b, x, alpha), beta), 0, 1);
}

/** x clip(x/6 + ½, 0, 1). */
export function hardSwish(b: NetworkBuilder, x: Value): Value {
  return b.times(x, hardSigmoid(b, x, 1 / 6, 0.5));
}

/** log σ(x). */
export function logSigmoid(b: NetworkBuilder, x: Value): Value {
  return b.neg(b.softplus(b.neg(x)));
}

/** x beyond ±threshold, moved towards 0 by it; 0 between. */
export function softShrink(b: NetworkBuilder, x: Value, threshold: number): Value {
  const t = b.scalar(threshold);
  return b.minus(b.relu(b.minus(x, t)), b.relu(b.minus(b.neg(x), t)));
}

/** x beyond ±threshold, 0 between. */
export function hardShrink(b: NetworkBuilder, x: Value, threshold: number): Value {
  return b.where(b.greater(b.abs(x), b.scalar(threshold)), x, b.scalar(0));
}

/** a · σ(b) for the halves a, b of an even extent. */
export function glu(b: NetworkBuilder, x: Value, axis: number): Value {
  const extent = x.shape[axis];
  const half = (from: number): Value => b.slice(x, [axis], [from], [from + extent / 2]);
  return b.times(half(0), b.sigmoid(half(extent / 2)));
}
