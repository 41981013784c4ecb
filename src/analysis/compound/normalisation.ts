import type { NetworkBuilder } from '../network/builder';
import type { Value } from '../network/network';

/** What a batch normalisation learnt of each channel, (C); without γ it is 1, without β 0. */
export interface BatchStatistics {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
  readonly gamma?: ArrayLike<number> | undefined;
  readonly beta?: ArrayLike<number> | undefined;
  readonly epsilon: number;
}

/**
 * γ (x − mean)/√(variance + ε) + β as x · scale + shift, multiplied out in double precision: two vectors (C).
 *
 * @see Ioffe and Szegedy 2015, algorithm 2
 */
export function batchNormalisation({ mean, variance, gamma, beta, epsilon }: BatchStatistics): {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
} {
  const scale = Float64Array.from(variance, (v, c) => (gamma?.[c] ?? 1) / Math.sqrt(v + epsilon));
  const shift = Float32Array.from(mean, (m, c) => (beta?.[c] ?? 0) - m * scale[c]);
  return { scale: Float32Array.from(scale), shift };
}

const square = (b: NetworkBuilder, x: Value): Value => b.times(x, x);

function centred(b: NetworkBuilder, x: Value, axes: readonly number[]): Value {
  return b.minus(x, b.mean(x, axes, true));
}

/** √(variance + ε) over axes, which stay as extents of 1. */
export function deviation(b: NetworkBuilder, x: Value, axes: readonly number[], epsilon: number): Value {
  return rootMeanSquare(b, centred(b, x, axes), axes, epsilon);
}

/** √(mean x² + ε) over axes, which stay as extents of 1. */
export function rootMeanSquare(b: NetworkBuilder, x: Value, axes: readonly number[], epsilon: number): Value {
  return b.sqrt(b.plus(b.mean(square(b, x), axes, true), b.scalar(epsilon)));
}

/**
 * (x − mean)/√(variance + ε) over axes: layer normalisation over the last ones, instance normalisation over the spatial
 * ones.
 *
 * @see Ba et al. 2016, section 3; Ulyanov et al. 2016, equation 4
 */
export function standardised(b: NetworkBuilder, x: Value, axes: readonly number[], epsilon: number): Value {
  return b.over(centred(b, x, axes), deviation(b, x, axes, epsilon));
}

/** x/√(mean x² + ε) over axes. @see Zhang and Sennrich 2019, equation 4 */
export function rmsNormalised(b: NetworkBuilder, x: Value, axes: readonly number[], epsilon: number): Value {
  return b.over(x, rootMeanSquare(b, x, axes, epsilon));
}

/**
 * An image [n, C, …] in groups of channels, each standardised: [n, groups, C/groups · …].
 *
 * @see Wu and He 2018, section 3.1
 */
export function groupsStandardised(b: NetworkBuilder, x: Value, groups: number, epsilon: number): Value {
  const size = x.shape.slice(1).reduce((product, extent) => product * extent, 1) / groups;
  return standardised(b, b.reshape(x, [x.shape[0], groups, size]), [2], epsilon);
}

/** x/‖x‖₂ along axes, with `least` the smallest ‖x‖² that is divided by. */
export function unitLength(b: NetworkBuilder, x: Value, axes: readonly number[], least: number | null): Value {
  const squares = b.sum(square(b, x), axes, true);
  return b.over(x, b.sqrt(b.add('Clip', [squares], { min: least, max: null })));
}

/** x · γ + β where there are such, in shapes that broadcast. */
export function affine(b: NetworkBuilder, x: Value, gamma: Value | undefined, beta: Value | undefined): Value {
  const scaled = gamma === undefined ? x : b.times(x, gamma);
  return beta === undefined ? scaled : b.plus(scaled, beta);
}

/**
 * x/(bias + α/size Σ x²)^β, the sum over `size` channels around each of [n, C, …]: a 1×1 convolution with a band of ones.
 *
 * @see Krizhevsky et al. 2012, section 3.3
 */
export function localResponseNormalised(
  b: NetworkBuilder,
  x: Value,
  { size, alpha, beta, bias }: Readonly<Record<'size' | 'alpha' | 'beta' | 'bias', number>>,
): Value {
  const channels = x.shape[1];
  const band = new Float32Array(channels * channels);
  for (let channel = 0; channel < channels; channel++) {
    const first = Math.max(0, channel - Math.floor((size - 1) / 2));
    const last = Math.min(channels - 1, channel + Math.ceil((size - 1) / 2));
    for (let other = first; other <= last; other++) band[channel * channels + other] = alpha / size;
  }
  const ones = x.shape.slice(2).map(() => 1);
  const pads = [...ones, ...ones].fill(0);
  const weight = b.constant(band, [channels, channels, ...ones]);
  const sum = b.add('Conv', [square(b, x), weight], { strides: ones, dilations: ones, pads, group: 1 });
  return b.over(x, b.power(b.plus(sum, b.scalar(bias)), b.scalar(beta)));
}
