import { einsum } from '../../../compound/einsum';
import { plain, type Tensor } from '../../../compound/tensor';
import type { Value } from '../../../network/network';
import { inPlainOrder, type TensorflowNode, type Translation } from '../node';
import { fused } from './convolution';

function turned(node: TensorflowNode, index: number, swap: boolean): Value {
  const x = node.value(index);
  const rank = x.shape.length;
  if (rank < 2) throw node.unreadable(`it needs matrices, got a tensor of rank ${rank}`);
  if (!swap) return x;
  const axes = [...x.shape.keys()];
  return node.builder.transpose(x, [...axes.slice(0, -2), rank - 1, rank - 2]);
}

const matMul =
  (swapLeft: string, swapRight: string) =>
  (node: TensorflowNode): Tensor => {
    const factors = [turned(node, 0, node.flag(swapLeft)), turned(node, 1, node.flag(swapRight))];
    return plain(node.builder.add('MatMul', factors, {}, node.label));
  };

/** Matrix products. */
export const products: Readonly<Record<string, Translation>> = {
  MatMul: matMul('transpose_a', 'transpose_b'),
  _FusedMatMul: fused(matMul('transpose_a', 'transpose_b')),
  FusedMatMul: fused(matMul('transpose_a', 'transpose_b')),
  BatchMatMul: matMul('adj_x', 'adj_y'),
  BatchMatMulV2: matMul('adj_x', 'adj_y'),
  BatchMatMulV3: matMul('adj_x', 'adj_y'),
  Einsum: inPlainOrder((node) =>
    einsum(
      node.builder,
      node.string('equation', ''),
      node.inputs.map((_, i) => node.value(i)),
      node.label,
    ),
  ),
};
