import { clip, gelu, hardSigmoid, swish, tanhGelu } from '../../../compound/activations';
import type { Value } from '../../../network/network';
import type { OnnxNode, Translation } from '../node';
import { convolution } from './convolution';
import { layerNormalised } from './normalization';

/** Activations that onnxruntime's optimizer folds into the operator before them. */
function activated(node: OnnxNode, x: Value): Value {
  const { builder } = node;
  const [alpha = 0, beta = 0] = node.floats('activation_params', []);
  const activation = node.string('activation', '');
  switch (activation) {
    case '':
      return x;
    case 'Relu':
      return builder.relu(x);
    case 'Sigmoid':
      return builder.sigmoid(x);
    case 'Tanh':
      return builder.tanh(x);
    case 'LeakyRelu':
      return builder.add('LeakyRelu', [x], { alpha }, node.label);
    case 'Clip':
      return clip(builder, x, alpha, beta);
    case 'HardSigmoid':
      return hardSigmoid(builder, x, alpha, beta);
    default:
      throw node.unsupported(`the activation ${activation} is not known`);
  }
}

function fusedConv(node: OnnxNode): Value {
  const { builder } = node;
  const result = node.asValue(convolution['Conv'](node.with(node.inputs.slice(0, 3))) as Value);
  return activated(node, node.has(3) ? builder.plus(result, node.value(3)) : result);
}

function fusedMatMul(node: OnnxNode): Value {
  const { builder } = node;
  const [a, b] = [node.value(0), node.value(1)].map((value, i) => {
    if (node.int(i === 0 ? 'transA' : 'transB', 0) !== 1) return value;
    const perm = value.shape.map((_, axis) => axis);
    const rank = perm.length;
    return builder.transpose(value, [...perm.slice(0, -2), rank - 1, rank - 2]);
  });
  return builder.times(builder.matMul(a, b), builder.scalar(node.float('alpha', 1)));
}

/** LayerNormalization of x + skip (+ bias). */
function skipLayerNormalization(node: OnnxNode): Value {
  const { builder } = node;
  const sum = builder.plus(node.value(0), node.value(1));
  const all = node.has(4) ? builder.plus(sum, node.value(4)) : sum;
  return layerNormalised(node, all, node.value(2), node.optional(3));
}

const biased = (node: OnnxNode): Value => {
  const bias = node.optional(1);
  return bias ? node.builder.plus(node.value(0), bias) : node.value(0);
};

/** onnxruntime's own operators (domain com.microsoft), which its optimizer writes. */
export const contrib: Readonly<Record<string, Translation>> = {
  Gelu: (node) => gelu(node.builder, node.value(0)),
  BiasGelu: (node) => gelu(node.builder, biased(node)),
  FastGelu: (node) => tanhGelu(node.builder, biased(node)),
  QuickGelu: (node) => swish(node.builder, node.value(0), node.float('alpha', 1.702)),
  FusedConv: fusedConv,
  FusedMatMul: fusedMatMul,
  SkipLayerNormalization: skipLayerNormalization,
};
