import type { Shape, Value } from '../../../network/network';
import type { OnnxNode, Translation } from '../node';

/** A vector of numbers per channel, [C], in the shape that broadcasts along axis 1 of a tensor of that rank. */
function perChannel(rank: number, channels: number): number[] {
  return [channels, ...new Array<number>(Math.max(0, rank - 2)).fill(1)];
}

/** (x − mean)·scale/√(variance + ε) + bias, with the constants multiplied out in double precision. */
function batchNormalization(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  if (node.int('training_mode', 0) !== 0) return standardisedWeights(node, x);
  const [scale, bias, mean, variance] = ['scale', 'bias', 'mean', 'variance'].map(
    (what, i) => node.constant(i + 1, `the ${what} of a batch normalization`).data,
  );
  const epsilon = node.float('epsilon', 1e-5);
  const shape = perChannel(x.shape.length, scale.length);
  const factors = Float64Array.from(scale, (factor, c) => factor / Math.sqrt(variance[c] + epsilon));
  const terms = Float64Array.from(bias, (term, c) => term - mean[c] * factors[c]);
  const multiplied = builder.times(x, builder.constant(Float32Array.from(factors), shape));
  return builder.plus(multiplied, builder.constant(Float32Array.from(terms), shape));
}

/** Weight-standardised convolutions are exported as the training mode of a batch normalization of their weights. */
function standardisedWeights(node: OnnxNode, x: Value): Value {
  if (x.op !== 'Constant') {
    throw node.unreadable('batch normalization is in training mode; export the model after model.eval()');
  }
  const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : axis));
  const normal = standardised(node, x, axes, node.float('epsilon', 1e-5));
  return affine(node, normal, perChannel(x.shape.length, x.shape[1]), node.value(1), node.value(2));
}

/** (x − mean)/√(variance + ε) over axes. */
export function standardised(node: OnnxNode, x: Value, axes: readonly number[], epsilon: number): Value {
  const { builder } = node;
  const centred = builder.minus(x, builder.mean(x, axes, true));
  const variance = builder.mean(builder.times(centred, centred), axes, true);
  return builder.over(centred, builder.sqrt(builder.plus(variance, builder.scalar(epsilon))));
}

/** x times a scale, plus a bias where there is one, both reshaped. */
function affine(node: OnnxNode, x: Value, shape: Shape, scale: Value | undefined, bias: Value | undefined): Value {
  const { builder } = node;
  const scaled = scale ? builder.times(x, builder.reshape(scale, shape)) : x;
  return bias ? builder.plus(scaled, builder.reshape(bias, shape)) : scaled;
}

function axesFrom(first: number, rank: number): number[] {
  return Array.from({ length: rank - first }, (_, i) => first + i);
}

function instanceNormalization(node: OnnxNode): Value {
  const x = node.value(0);
  const rank = x.shape.length;
  const normal = standardised(node, x, axesFrom(2, rank), node.float('epsilon', 1e-5));
  return affine(node, normal, perChannel(rank, x.shape[1]), node.value(1), node.value(2));
}

function groupNormalization(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  const groups = node.int('num_groups', 1);
  const [n, channels, ...spatial] = x.shape;
  const each = channels / groups;
  const grouped = builder.reshape(x, [n, groups, each, ...spatial]);
  const normal = standardised(node, grouped, axesFrom(2, grouped.shape.length), node.float('epsilon', 1e-5));
  // Before opset 21 there is one scale and one bias a group.
  if (node.opset < 21) {
    const shape = perChannel(grouped.shape.length, groups);
    return builder.reshape(affine(node, normal, shape, node.value(1), node.value(2)), x.shape);
  }
  const shape = perChannel(x.shape.length, channels);
  return affine(node, builder.reshape(normal, x.shape), shape, node.value(1), node.value(2));
}

/** Normalises over the last axes, from `axis` on. */
export function layerNormalised(node: OnnxNode, x: Value, scale: Value, bias: Value | undefined): Value {
  const axis = node.axis(node.int('axis', -1), x.shape.length);
  const normal = standardised(node, x, axesFrom(axis, x.shape.length), node.float('epsilon', 1e-5));
  return affine(node, normal, scale.shape, scale, bias);
}

function rmsNormalization(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  const axes = axesFrom(node.axis(node.int('axis', -1), x.shape.length), x.shape.length);
  const square = builder.mean(builder.times(x, x), axes, true);
  const size = builder.sqrt(builder.plus(square, builder.scalar(node.float('epsilon', 1e-5))));
  return builder.times(builder.over(x, size), node.value(1));
}

function meanVarianceNormalization(node: OnnxNode): Value {
  const x = node.value(0);
  return standardised(node, x, node.axes(node.ints('axes', [0, 2, 3]), x.shape.length), 1e-9);
}

/** x/(bias + α/size Σ x²)^β, the sum over `size` channels around each: a 1×1 convolution with a band of ones. */
function localResponseNormalization(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  const size = node.int('size', 1);
  const rank = x.shape.length - 2;
  const channels = node.fixedExtent(x.shape, 1);
  const band = new Float32Array(channels * channels);
  for (let channel = 0; channel < channels; channel++) {
    const first = Math.max(0, channel - Math.floor((size - 1) / 2));
    const last = Math.min(channels - 1, channel + Math.ceil((size - 1) / 2));
    for (let other = first; other <= last; other++) band[channel * channels + other] = node.float('alpha', 1e-4) / size;
  }
  const ones = new Array<number>(rank).fill(1);
  const sum = builder.add(
    'Conv',
    [builder.times(x, x), builder.constant(band, [channels, channels, ...ones])],
    { strides: ones, dilations: ones, pads: [...ones, ...ones].fill(0), group: 1 },
    node.label,
  );
  const base = builder.plus(sum, builder.scalar(node.float('bias', 1)));
  return builder.over(x, builder.power(base, builder.scalar(node.float('beta', 0.75))));
}

/** x over its p-norm along an axis. */
function lpNormalization(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  const axes = [node.axis(node.int('axis', -1), x.shape.length)];
  if (node.int('p', 2) === 1) return builder.over(x, builder.sum(builder.abs(x), axes, true));
  return builder.over(x, builder.sqrt(builder.sum(builder.times(x, x), axes, true)));
}

/** Normalisations. */
export const normalization: Readonly<Record<string, Translation>> = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  LayerNormalization: (node) => layerNormalised(node, node.value(0), node.value(1), node.optional(2)),
  RMSNormalization: rmsNormalization,
  MeanVarianceNormalization: meanVarianceNormalization,
  LRN: localResponseNormalization,
  LpNormalization: lpNormalization,
};
