import {
  affine,
  batchNormalisation,
  groupsStandardised,
  rmsNormalised,
  standardised,
} from '../../../compound/normalisation';
import type { Shape, Value } from '../../../network/network';
import { type AtenNode, trainingMode, type Translation } from '../node';

/** A vector of numbers per channel, [C], in the shape that broadcasts along axis 1 of a tensor of that rank. */
function perChannel(rank: number, channels: number): number[] {
  return [channels, ...new Array<number>(Math.max(0, rank - 2)).fill(1)];
}

/** x times "weight" plus "bias", where given, in a shape that broadcasts. */
function shapedAffine(node: AtenNode, x: Value, shape: Shape | undefined): Value {
  const shaped = (name: string): Value | undefined => {
    const value = node.optional(name);
    return value && shape ? node.builder.reshape(value, shape) : value;
  };
  return affine(node.builder, x, shaped('weight'), shaped('bias'));
}

const batchNorm =
  (training: (node: AtenNode) => boolean): Translation =>
  (node) => {
    const { builder } = node;
    const x = node.value('input');
    const epsilon = node.number('eps', 1e-5);
    if (training(node)) return [standardisedChannels(node, x, epsilon)];
    const [mean, variance] = ['running_mean', 'running_var'].map((name) => node.constant(name).data);
    const [gamma, beta] = ['weight', 'bias'].map((name) => (node.has(name) ? node.constant(name).data : undefined));
    const { scale, shift } = batchNormalisation({ mean, variance, gamma, beta, epsilon });
    const [factors, terms] = [scale, shift].map((data) =>
      builder.constant(data, perChannel(x.shape.length, data.length)),
    );
    return [affine(builder, x, factors, terms)];
  };

/**
 * Statistics of the tensor itself: right for weights (standardised convolutions), for images whose channels are counted apart,
 * and, where no others were ever kept, for a file of one image.
 */
function standardisedChannels(node: AtenNode, x: Value, epsilon: number): Value {
  const ofOneImage = node.reading.fixedBatch === 1 && !node.has('running_mean');
  if (x.shape[0] < 0 && !ofOneImage) throw trainingMode(node);
  const axes = x.shape.flatMap((dim, axis) => (axis === 1 || dim < 0 ? [] : axis));
  const normal = standardised(node.builder, x, axes, epsilon);
  return shapedAffine(node, normal, perChannel(x.shape.length, x.shape[1]));
}

function instanceNorm(node: AtenNode): Value {
  const x = node.value('input');
  if (!node.flag('use_input_stats', true)) throw node.unsupported('running statistics are not followed');
  const axes = x.shape.map((_, axis) => axis).slice(2);
  const normal = standardised(node.builder, x, axes, node.number('eps', 1e-5));
  return shapedAffine(node, normal, perChannel(x.shape.length, x.shape[1]));
}

function groupNorm(node: AtenNode): readonly Value[] {
  const x = node.value('input');
  const groups = node.op === 'group_norm' ? node.required('num_groups') : node.required('group');
  const normal = groupsStandardised(node.builder, x, groups, node.number('eps', 1e-5));
  return [shapedAffine(node, node.builder.reshape(normal, x.shape), perChannel(x.shape.length, x.shape[1]))];
}

function normalizedAxes(node: AtenNode, x: Value): number[] {
  const count = (node.numbers('normalized_shape', undefined) ?? []).length;
  return x.shape.map((_, axis) => axis).slice(x.shape.length - count);
}

function layerNorm(node: AtenNode): readonly Value[] {
  const x = node.value('input');
  const normal = standardised(node.builder, x, normalizedAxes(node, x), node.number('eps', 1e-5));
  return [shapedAffine(node, normal, undefined)];
}

/** What torch adds under the root where none is given: the step of a float32 at 1. */
const FLOAT_STEP = 2 ** -23;

function rmsNorm(node: AtenNode): readonly Value[] {
  const x = node.value('input');
  const normal = rmsNormalised(node.builder, x, normalizedAxes(node, x), node.number('eps', FLOAT_STEP));
  return [shapedAffine(node, normal, undefined)];
}

/** Normalisations. */
export const normalization: Readonly<Record<string, Translation>> = {
  batch_norm: batchNorm((node) => node.flag('training', false)),
  _native_batch_norm_legit: batchNorm((node) => node.flag('training', true)),
  native_batch_norm: batchNorm((node) => node.flag('training', true)),
  _native_batch_norm_legit_no_training: batchNorm(() => false),
  _native_batch_norm_legit_functional: batchNorm((node) => node.flag('training', true)),
  _batch_norm_with_update: batchNorm(() => true),
  _batch_norm_no_update: batchNorm(() => false),
  instance_norm: instanceNorm,
  group_norm: groupNorm,
  native_group_norm: groupNorm,
  layer_norm: layerNorm,
  native_layer_norm: layerNorm,
  rms_norm: rmsNorm,
  _fused_rms_norm: rmsNorm,
};
