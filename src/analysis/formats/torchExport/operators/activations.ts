import {
  above,
  celu,
  clip,
  gelu,
  glu,
  hardShrink,
  hardSigmoid,
  hardSwish,
  logSigmoid,
  mish,
  selu,
  softplusIsIdentity,
  softShrink,
  swish,
  tanhGelu,
} from '../../../compound/activations';
import type { Value } from '../../../network/network';
import { type AtenNode, trainingMode, type Translation } from '../node';
import { float, formula, plain, scaled } from './elementwise';

function parametricRelu(node: AtenNode): Value {
  const { builder } = node;
  const [x, slope] = [node.value('self'), node.value('weight')];
  if (slope.op === 'Constant' && slope.data.length === 1) {
    return builder.add('LeakyRelu', [x], { alpha: slope.data[0] }, node.label);
  }
  const isVector = slope.shape.length === 1 && x.shape.length > 1;
  const shape = isVector ? [slope.shape[0], ...x.shape.slice(2).map(() => 1)] : slope.shape;
  return above(builder, x, 0, builder.times(x, builder.reshape(slope, shape)));
}

/** At inference the slope is the mean of its range. */
function randomRelu(node: AtenNode): readonly Value[] {
  if (node.flag('training', false)) throw trainingMode(node);
  const alpha = (node.number('lower', 1 / 8) + node.number('upper', 1 / 3)) / 2;
  return [node.builder.add('LeakyRelu', [float(node)], { alpha }, node.label)];
}

/** γ x above 0, γ α (e^(βx) − 1) below. */
function elu(node: AtenNode): Value {
  const { builder } = node;
  const x = float(node);
  const [alpha, scale, inner] = [node.number('alpha', 1), node.number('scale', 1), node.number('input_scale', 1)];
  if (inner === 1) return scaled(node, builder.add('Elu', [x], { alpha }, node.label), scale);
  const below = builder.add('Elu', [scaled(node, x, inner)], { alpha });
  return scaled(node, builder.where(builder.greater(x, builder.scalar(0)), x, below), scale);
}

/** log(1 + e^(βx))/β, and x itself beyond a threshold: torch's 20 lies where float32 knows no difference. */
function softplus(node: AtenNode): Value {
  const { builder } = node;
  const x = float(node);
  const [beta, threshold] = [node.number('beta', 1), node.number('threshold', 20)];
  const inner = scaled(node, x, beta);
  const soft = scaled(node, builder.softplus(inner), 1 / beta);
  return threshold >= softplusIsIdentity
    ? soft
    : builder.where(builder.greater(inner, builder.scalar(threshold)), x, soft);
}

function gated(node: AtenNode): Value {
  const x = node.value('self');
  const axis = node.axis(node.number('dim', -1), x.shape.length);
  node.fixedExtent(x.shape, axis);
  return glu(node.builder, x, axis);
}

function dropout(node: AtenNode): readonly Value[] {
  if (node.flag('train', false) && node.number('p', 0.5) > 0) throw trainingMode(node);
  const x = node.has('input') ? node.value('input') : node.value('self');
  return [x];
}

/** Activations and dropout. */
export const activations: Readonly<Record<string, Translation>> = {
  softsign: plain('Softsign'),
  tanh: plain('Tanh'),
  sigmoid: plain('Sigmoid'),
  relu: plain('Relu'),
  relu6: formula((x, { builder }) => clip(builder, x, 0, 6)),
  hardtanh: formula((x, node) => clip(node.builder, x, node.number('min_val', -1), node.number('max_val', 1))),
  leaky_relu: formula((x, node) => node.builder.add('LeakyRelu', [x], { alpha: node.number('negative_slope', 0.01) })),
  rrelu: randomRelu,
  rrelu_with_noise: randomRelu,
  rrelu_with_noise_functional: randomRelu,
  prelu: parametricRelu,
  _prelu_kernel: parametricRelu,
  elu,
  selu: formula((x, { builder }) => selu(builder, x)),
  celu: formula((x, node) => celu(node.builder, x, node.number('alpha', 1))),
  gelu: formula((x, node) => (node.text('approximate', 'none') === 'tanh' ? tanhGelu : gelu)(node.builder, x)),
  silu: formula((x, { builder }) => swish(builder, x)),
  mish: formula((x, { builder }) => mish(builder, x)),
  softplus,
  hardsigmoid: formula((x, { builder }) => hardSigmoid(builder, x, 1 / 6, 0.5)),
  hardswish: formula((x, { builder }) => hardSwish(builder, x)),
  log_sigmoid: formula((x, { builder }) => logSigmoid(builder, x)),
  log_sigmoid_forward: formula((x, { builder }) => logSigmoid(builder, x)),
  hardshrink: formula((x, node) => hardShrink(node.builder, x, node.number('lambd', 0.5))),
  softshrink: formula((x, node) => softShrink(node.builder, x, node.number('lambd', 0.5))),
  threshold: formula((x, node) =>
    above(node.builder, x, node.required('threshold'), node.builder.scalar(node.required('value'))),
  ),
  glu: gated,
  dropout,
  native_dropout: dropout,
  feature_dropout: dropout,
  alpha_dropout: dropout,
  feature_alpha_dropout: dropout,
};
