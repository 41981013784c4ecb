import { averagePooled, imageCells } from '../../../compound/pooling';
import type { Tensor } from '../../../compound/tensor';
import type { TensorflowNode, Translation } from '../node';
import { imageOf, poolWindow } from './window';

function maxPool(node: TensorflowNode): Tensor {
  const { value, order } = imageOf(node, node.tensor(0));
  return { value: node.builder.add('MaxPool', [value], poolWindow(node, value.shape.slice(2)), node.label), order };
}

/** Padding does not count in the mean. */
function averagePool(node: TensorflowNode): Tensor {
  const { value, order } = imageOf(node, node.tensor(0));
  const spatial = value.shape.slice(2);
  const window = poolWindow(node, spatial);
  return { value: averagePooled(node.builder, value, window, imageCells(spatial), node.label), order };
}

/** Pools over windows. */
export const pooling: Readonly<Record<string, Translation>> = {
  MaxPool: maxPool,
  MaxPool3D: maxPool,
  AvgPool: averagePool,
  AvgPool3D: averagePool,
};
