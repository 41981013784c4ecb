import { plain, type Tensor } from '../../../compound/tensor';
import type { TensorflowNode } from '../node';

function blockOf(node: TensorflowNode, x: Tensor): { readonly block: readonly number[]; readonly cells: number } {
  const block = node.numbers(1, 'the block');
  if (block.length + 1 > x.order.length || block.some((extent) => !(extent >= 1))) {
    throw node.unreadable('the block must have a positive extent for some of the spatial axes');
  }
  return { block, cells: block.reduce((product, extent) => product * extent, 1) };
}

/** [n, …, rest]: the pixels k apart along each axis become images of their own, [k₁ k₂ n, …/k, rest]. */
export function spaceToBatch(node: TensorflowNode): Tensor {
  const { builder: b } = node;
  const x = node.value(0);
  const { block, cells } = blockOf(node, node.tensor(0));
  const margins = node.numbers(2, 'the padding');
  const rest = x.shape.slice(block.length + 1);
  const pads = [0, 1].flatMap((side) => [0, ...block.map((_, i) => margins[2 * i + side]), ...rest.map(() => 0)]);
  const padded = b.pad(x, pads);
  const outer = block.map((extent, i) => padded.shape[i + 1] / extent);
  const split = b.reshape(padded, [x.shape[0], ...block.flatMap((extent, i) => [outer[i], extent]), ...rest]);
  const r = block.length;
  const perm = [
    ...block.map((_, i) => 2 * i + 2),
    0,
    ...block.map((_, i) => 2 * i + 1),
    ...rest.map((_, i) => 2 * r + 1 + i),
  ];
  return plain(b.reshape(b.transpose(split, perm), [x.shape[0] * cells, ...outer, ...rest]));
}

/** The inverse: [k₁ k₂ n, …, rest] to [n, … · k, rest], less what is cropped. */
export function batchToSpace(node: TensorflowNode): Tensor {
  const { builder: b } = node;
  const x = node.value(0);
  const { block, cells } = blockOf(node, node.tensor(0));
  const crops = node.numbers(2, 'the cropping');
  const r = block.length;
  const spatial = x.shape.slice(1, r + 1);
  const rest = x.shape.slice(r + 1);
  const split = b.reshape(x, [...block, x.shape[0] / cells, ...spatial, ...rest]);
  const perm = [r, ...block.flatMap((_, i) => [r + 1 + i, i]), ...rest.map((_, i) => 2 * r + 1 + i)];
  const whole = spatial.map((extent, i) => extent * block[i]);
  const joined = b.reshape(b.transpose(split, perm), [x.shape[0] / cells, ...whole, ...rest]);
  return plain(
    b.slice(
      joined,
      block.map((_, i) => i + 1),
      block.map((_, i) => crops[2 * i]),
      whole.map((extent, i) => extent - crops[2 * i + 1]),
    ),
  );
}
