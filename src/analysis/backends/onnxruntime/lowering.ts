import type { NetworkBuilder } from '../../network/builder';
import type { NodeOf, Shape, Value } from '../../network/network';
import type { Lowerings } from '../lowered';

/** Σ cₖ xᵏ, by Horner's rule. */
function polynomial(b: NetworkBuilder, x: Value, coefficients: readonly number[]): Value {
  const [highest, ...rest] = coefficients.toReversed();
  return rest.reduce<Value>((sum, c) => b.plus(b.times(sum, x), b.scalar(c)), b.scalar(highest));
}

/** 2 artanh(√w)/√w for 0 ≤ w ≤ 1/9: interpolation in Chebyshev's nodes, relative error 4e-9. */
const ARTANH = [2.000000007681759, 0.6666632164138006, 0.4002459523071101, 0.2796515774456606, 0.2815777836657301];

/** sin(√w)/√w for 0 ≤ w ≤ (π/2)²: interpolation in Chebyshev's nodes, relative error 7e-9. */
const SINE = [
  0.9999999956774311, -0.16666657913262137, 0.008333049331007241, -0.00019808953965360114, 0.0000026049608631513534,
];

/** log((1 + u)/(1 − u)) for |u| ≤ 1/3. */
function logRatio(b: NetworkBuilder, u: Value): Value {
  return b.times(u, polynomial(b, b.times(u, u), ARTANH));
}

/** max(x, 0) + log(1 + t) with t = exp(−|x|), where log(1 + t) is the logRatio of t/(2 + t). */
function softplus(b: NetworkBuilder, [x]: readonly Value[]): Value {
  const t = b.exp(b.neg(b.abs(x)));
  return b.plus(b.relu(x), logRatio(b, b.over(t, b.plus(t, b.scalar(2)))));
}

/** max(x, 0) + α (eˣ⁻ − 1) with x⁻ = min(x, 0), and eˣ − 1 = 2 t/(1 − t) with t = tanh(x/2), which cancels nothing. */
function elu(b: NetworkBuilder, [x]: readonly Value[], { attributes: { alpha } }: NodeOf<'Elu'>): Value {
  const t = b.tanh(b.times(b.min(x, b.scalar(0)), b.scalar(0.5)));
  const negative = b.over(b.times(t, b.scalar(2 * alpha)), b.minus(b.scalar(1), t));
  return b.plus(b.relu(x), negative);
}

/**
 * In [1/2, 2] the logRatio of (x − 1)/(x + 1). Elsewhere y = 128 log(x^(1/128)) by seven square roots, which has an error
 * of some 1e-5, and one step of Newton's method: log x ≈ y + 2(√x e^(−y/2) − 1). The rest (0, negative, infinite) is
 * constant and left to onnxruntime.
 */
function log(b: NetworkBuilder, [x]: readonly Value[]): Value {
  const one = b.scalar(1);
  const nearOne = (z: Value) => logRatio(b, b.over(b.minus(z, one), b.plus(z, one)));
  let root = x;
  for (let i = 0; i < 7; i++) root = b.sqrt(root);
  const y = b.times(nearOne(root), b.scalar(128));
  const quotient = b.times(b.sqrt(x), b.exp(b.times(y, b.scalar(-0.5))));
  const newton = b.plus(y, b.times(b.minus(quotient, one), b.scalar(2)));
  const near = b.add('And', [b.greater(x, b.scalar(0.5)), b.greater(b.scalar(2), x)], {});
  const proper = b.add('And', [b.greater(x, b.scalar(0)), b.greater(b.scalar(Infinity), x)], {});
  return b.where(near, nearOne(x), b.where(proper, newton, b.log(b.where(proper, one, x))));
}

/** (−1)ᵏ sin(x − (k + shift)π), with k the integer that brings the argument into [−π/2, π/2]. */
function sine(b: NetworkBuilder, x: Value, shift: number): Value {
  const floor = (value: Value) => b.add('Floor', [value], {});
  const k = floor(b.plus(b.times(x, b.scalar(1 / Math.PI)), b.scalar(0.5 - shift)));
  const turns = b.plus(k, b.scalar(shift));
  // π in three parts, the first two short enough that their products are exact (Cody and Waite 1980).
  const r = [3.140625, 9.675025939941406e-4, 1.509957990978376e-7].reduce<Value>(
    (rest, part) => b.minus(rest, b.times(turns, b.scalar(part))),
    x,
  );
  const odd = b.minus(k, b.times(floor(b.times(k, b.scalar(0.5))), b.scalar(2)));
  const sign = b.minus(b.scalar(1), b.times(odd, b.scalar(2)));
  return b.times(b.times(sign, r), polynomial(b, b.times(r, r), SINE));
}

/**
 * Sums as products with ones, from the innermost axes outwards; means over the spatial axes of an image as pools, which
 * onnxruntime keeps in its own layout.
 */
function reduction(b: NetworkBuilder, [x]: readonly Value[], node: NodeOf<'ReduceSum' | 'ReduceMean'>): Value {
  const { op, attributes, shape } = node;
  const { axes } = attributes;
  if (x.type !== 'float32') return b.add(op, [x], attributes);
  if (op === 'ReduceMean' && axes.length === 2 && x.shape.length === 4 && axes.every((axis) => axis > 1)) {
    const window = { kernel: x.shape.slice(2), strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] };
    return b.reshape(b.add('AveragePool', [x], window), shape);
  }
  const count = axes.reduce((product, axis) => product * x.shape[axis], 1);
  let sums = x;
  for (let end = x.shape.length; end > 0; end--) {
    if (!axes.includes(end - 1)) continue;
    let first = end - 1;
    while (axes.includes(first - 1)) first--;
    sums = sumAlong(b, sums, first, end);
    end = first;
  }
  return b.reshape(op === 'ReduceMean' ? b.over(sums, b.scalar(count)) : sums, shape);
}

/** The sum along the axes [first, end), which are kept with the extent 1. */
function sumAlong(b: NetworkBuilder, x: Value, first: number, end: number): Value {
  const product = (shape: Shape) => shape.reduce((all, dim) => all * dim, 1);
  const [outer, count, inner] = [x.shape.slice(0, first), product(x.shape.slice(first, end)), x.shape.slice(end)];
  const ones = new Float32Array(count).fill(1);
  const sums = inner.every((dim) => dim === 1)
    ? b.matMul(b.reshape(x, [...outer, count]), b.constant(ones, [count, 1]))
    : b.matMul(b.constant(ones, [1, count]), b.reshape(x, [...outer, count, product(inner)]));
  return b.reshape(sums, [...outer, ...x.shape.slice(first, end).map(() => 1), ...inner]);
}

/**
 * onnxruntime refuses padding as wide as the window, so it is done before; with one more axis, lest onnxruntime moves it
 * back into the pool.
 */
function pool(fill: number) {
  return (b: NetworkBuilder, [x]: readonly Value[], node: NodeOf<'MaxPool' | 'AveragePool'>): Value => {
    const { op, attributes } = node;
    const { kernel, pads } = attributes;
    if (pads.every((pad, i) => pad < kernel[i % kernel.length])) return b.add(op, [x], attributes);
    const half = kernel.length;
    const allPads = [0, 0, ...pads.slice(0, half), 0, 0, 0, ...pads.slice(half), 0];
    const padded = b.pad(b.reshape(x, [...x.shape, 1]), allPads, fill);
    return b.add(op, [b.reshape(padded, padded.shape.slice(0, -1))], { ...attributes, pads: pads.map(() => 0) });
  };
}

/** Functions of single entries, in arithmetic that rounds every element alike and well. */
export const spelledOut = {
  Softplus: softplus,
  Elu: elu,
  Log: log,
  Sin: (b, [x]) => sine(b, x, 0),
  // cos x = cos((k + ½)π + r) = −(−1)ᵏ sin r.
  Cos: (b, [x]) => b.neg(sine(b, x, 0.5)),
} satisfies Lowerings;

/** Pools that onnxruntime refuses on all devices. */
export const pools = { MaxPool: pool(-Infinity), AveragePool: pool(0) } satisfies Lowerings;

/**
 * Operators of which onnxruntime's CPU kernels let a result depend on where in a buffer an element is. Log, Sin, Cos,
 * Softplus, Elu and sums are vectorised there with another rounding for the elements that do not fill a vector, or that
 * another thread begins with: one image would get other logits in another batch. They are spelled out in arithmetic, Exp,
 * Tanh, Sqrt and MatMul, which round every element alike; accurate to a few units in the last place of float32.
 */
export const lowerings: Lowerings = {
  ...spelledOut,
  ReduceSum: reduction,
  ReduceMean: reduction,
  ...pools,
};

/**
 * Zeros make the channels of an image a multiple of four, which blocked convolutions take: from 50 channels to 20 by 5 × 5 in
 * half the time. Pointwise ones were no faster for it, and of fewer than eight channels onnxruntime takes any number.
 */
function conv(b: NetworkBuilder, inputs: readonly Value[], { attributes, label }: NodeOf<'Conv'>): Value {
  const [x, weight, ...bias] = inputs;
  const [channels, room] = [x.shape[1], -x.shape[1] & 3];
  const isPointwise = weight.shape.slice(2).every((extent) => extent === 1);
  if (x.shape.length !== 4 || attributes.group > 1 || isPointwise || channels < 8 || room === 0) {
    return b.add('Conv', inputs, attributes, label);
  }
  const wide = [x, weight].map((value) => b.pad(value, [0, 0, 0, 0, 0, room, 0, 0]));
  return b.add('Conv', [...wide, ...bias], attributes, label);
}

/** What lets onnxruntime run more convolutions in its blocked order. */
export const forBlocks: Lowerings = { Conv: conv };
