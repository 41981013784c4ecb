import {
  affine,
  batchNormalisation,
  groupsStandardised,
  localResponseNormalised,
  rmsNormalised,
  standardised,
} from '../../../compound/normalisation';
import type { Shape, Value } from '../../../network/network';
import type { OnnxNode, Translation } from '../node';

/** A vector of numbers per channel, [C], in the shape that broadcasts along axis 1 of a tensor of that rank. */
function perChannel(rank: number, channels: number): number[] {
  return [channels, ...new Array<number>(Math.max(0, rank - 2)).fill(1)];
}

function batchNormalization(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  if (node.int('training_mode', 0) !== 0) return standardisedWeights(node, x);
  const [scale, bias, mean, variance] = ['scale', 'bias', 'mean', 'variance'].map(
    (what, i) => node.constant(i + 1, `the ${what} of a batch normalization`).data,
  );
  const epsilon = node.float('epsilon', 1e-5);
  const constants = batchNormalisation({ mean, variance, gamma: scale, beta: bias, epsilon });
  const [factors, terms] = [constants.scale, constants.shift].map((data) =>
    builder.constant(data, perChannel(x.shape.length, scale.length)),
  );
  return affine(builder, x, factors, terms);
}

/** Weight-standardised convolutions are exported as the training mode of a batch normalization of their weights. */
function standardisedWeights(node: OnnxNode, x: Value): Value {
  if (x.op !== 'Constant') {
    throw node.unreadable('batch normalization is in training mode; export the model after model.eval()');
  }
  const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : axis));
  const normal = standardised(node.builder, x, axes, node.float('epsilon', 1e-5));
  return shapedAffine(node, normal, perChannel(x.shape.length, x.shape[1]), node.value(1), node.value(2));
}

/** x times a scale, plus a bias where there is one, both reshaped. */
function shapedAffine(node: OnnxNode, x: Value, shape: Shape, scale: Value, bias: Value | undefined): Value {
  const { builder } = node;
  return affine(builder, x, builder.reshape(scale, shape), bias && builder.reshape(bias, shape));
}

function axesFrom(first: number, rank: number): number[] {
  return Array.from({ length: rank - first }, (_, i) => first + i);
}

function instanceNormalization(node: OnnxNode): Value {
  const x = node.value(0);
  const rank = x.shape.length;
  const normal = standardised(node.builder, x, axesFrom(2, rank), node.float('epsilon', 1e-5));
  return shapedAffine(node, normal, perChannel(rank, x.shape[1]), node.value(1), node.value(2));
}

function groupNormalization(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  const groups = node.int('num_groups', 1);
  const normal = groupsStandardised(builder, x, groups, node.float('epsilon', 1e-5));
  // Before opset 21 there is one scale and one bias a group.
  if (node.opset < 21) {
    return builder.reshape(shapedAffine(node, normal, [groups, 1], node.value(1), node.value(2)), x.shape);
  }
  const shape = perChannel(x.shape.length, x.shape[1]);
  return shapedAffine(node, builder.reshape(normal, x.shape), shape, node.value(1), node.value(2));
}

/** Normalises over the last axes, from `axis` on. */
export function layerNormalised(node: OnnxNode, x: Value, scale: Value, bias: Value | undefined): Value {
  const axis = node.axis(node.int('axis', -1), x.shape.length);
  const normal = standardised(node.builder, x, axesFrom(axis, x.shape.length), node.float('epsilon', 1e-5));
  return shapedAffine(node, normal, scale.shape, scale, bias);
}

function rmsNormalization(node: OnnxNode): Value {
  const x = node.value(0);
  const axes = axesFrom(node.axis(node.int('axis', -1), x.shape.length), x.shape.length);
  return affine(
    node.builder,
    rmsNormalised(node.builder, x, axes, node.float('epsilon', 1e-5)),
    node.value(1),
    undefined,
  );
}

function meanVarianceNormalization(node: OnnxNode): Value {
  const x = node.value(0);
  return standardised(node.builder, x, node.axes(node.ints('axes', [0, 2, 3]), x.shape.length), 1e-9);
}

function localResponseNormalization(node: OnnxNode): Value {
  const x = node.value(0);
  node.fixedExtent(x.shape, 1);
  return localResponseNormalised(node.builder, x, {
    size: node.int('size', 1),
    alpha: node.float('alpha', 1e-4),
    beta: node.float('beta', 0.75),
    bias: node.float('bias', 1),
  });
}

/** x over its p-norm along an axis; 0 where that is 0. */
function lpNormalization(node: OnnxNode): Value {
  const { builder } = node;
  const x = node.value(0);
  const axes = [node.axis(node.int('axis', -1), x.shape.length)];
  const norm =
    node.int('p', 2) === 1
      ? builder.sum(builder.abs(x), axes, true)
      : builder.sqrt(builder.sum(builder.times(x, x), axes, true));
  return builder.over(x, builder.where(builder.equal(norm, builder.scalar(0)), builder.scalar(1), norm));
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
