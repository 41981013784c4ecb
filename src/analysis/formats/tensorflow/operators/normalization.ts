import { affine, localResponseNormalised, standardised } from '../../../compound/normalisation';
import { plain, type Tensor } from '../../../compound/tensor';
import type { TensorflowNode, Translation } from '../node';
import { normalised } from './convolution';
import { imageOf } from './window';

function batchNorm(node: TensorflowNode): Tensor {
  if (node.has('is_training') && !node.flag('is_training')) return normalised(node, node.tensor(0), 1);
  return rowsNormalised(node);
}

/**
 * In training the mean and variance are those of the numbers themselves. Keras 2 writes layer normalisation so, with what is
 * normalised as the image of the one channel that a row is: [1, rows, m, 1].
 */
function rowsNormalised(node: TensorflowNode): Tensor {
  const { builder: b } = node;
  const { value } = imageOf(node, node.tensor(0));
  if (value.shape[0] !== 1 || !node.string('data_format', 'NHWC').startsWith('NC')) {
    throw node.unsupported(
      'it normalises with the statistics of the batch (is_training)',
      'Export the model for inference (training=False).',
    );
  }
  const axes = [0, ...value.shape.keys()].filter((axis, i) => (i === 0 ? true : axis > 1));
  const result = standardised(b, value, axes, node.int('epsilon', 1e-4));
  const perChannel = value.shape.map((dim, axis) => (axis === 1 ? dim : 1));
  const [scale, offset] = [1, 2].map((index) => b.reshape(node.value(index), perChannel));
  return plain(affine(b, result, scale, offset));
}

/** x/(bias + α Σ x²)^β over depth_radius channels to either side. */
function localResponse(node: TensorflowNode): Tensor {
  const { value, order } = imageOf(node, node.tensor(0));
  const size = 2 * node.int('depth_radius', 5) + 1;
  const alpha = node.int('alpha', 1) * size;
  const settings = { size, alpha, beta: node.int('beta', 0.5), bias: node.int('bias', 1) };
  return { value: localResponseNormalised(node.builder, value, settings), order };
}

/** Normalisations. */
export const normalization: Readonly<Record<string, Translation>> = {
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  LRN: localResponse,
};
