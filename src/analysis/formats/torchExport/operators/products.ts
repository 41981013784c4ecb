import { attended, causalMask } from '../../../compound/attention';
import { einsum } from '../../../compound/einsum';
import type { Value } from '../../../network/network';
import { elementCount } from '../../../network/shapes';
import type { AtenNode, Translation } from '../node';

const scaled = (node: AtenNode, x: Value, factor: number): Value => node.builder.times(x, node.builder.scalar(factor));

const product =
  (first: string, second: string): Translation =>
  (node) => {
    const [left, right] = [node.value(first), node.value(second)];
    const isLost = right.shape.length > 1 && left.shape.at(-1) !== right.shape.at(-2);
    if (isLost && node.reading.fixedBatch !== null && [...left.shape, ...right.shape].some((dim) => dim < 0)) {
      throw node.unsupported(
        'where the batch is among the axes of its inputs cannot be told',
        'Export the model with a dynamic batch.',
      );
    }
    return node.builder.add('MatMul', [left, right], {}, node.label);
  };

/** β C + α A B. */
const addedProduct =
  (first: string, second: string): Translation =>
  (node) => {
    // The factor goes to B, which is a weight: no work is left for later.
    const right = scaled(node, node.value(second), node.number('alpha', 1));
    const result = node.builder.add('MatMul', [node.value(first), right], {}, node.label);
    return node.builder.plus(result, scaled(node, node.value('self'), node.number('beta', 1)));
  };

function linear(node: AtenNode): Value {
  const { builder } = node;
  const weight = builder.transpose(node.value('weight'), [1, 0]);
  const result = builder.add('MatMul', [node.value('input'), weight], {}, node.label);
  return node.has('bias') ? builder.plus(result, node.value('bias')) : result;
}

/** [.., length, size] as [n, heads, length, size]. */
function headed(node: AtenNode, x: Value): Value {
  const { shape } = x;
  if (shape.length === 4) return x;
  const [length, size] = shape.slice(-2);
  if (shape.length === 3) return node.builder.reshape(x, [shape[0], 1, length, size]);
  return node.builder.reshape(x, [shape[0], elementCount(shape.slice(1, -2)), length, size]);
}

function attention(node: AtenNode): readonly Value[] {
  const { builder } = node;
  if (node.number('dropout_p', 0) > 0) {
    throw node.unreadable('attention drops at random; call model.eval() and export the model again');
  }
  if (node.flag('enable_gqa', false)) throw node.unsupported('heads that share keys are not followed');
  const [query, key, value] = ['query', 'key', 'value'].map((name) => headed(node, node.value(name)));
  const size = node.fixedExtent(query.shape, 3);
  const given = node.optional(node.has('attn_bias') ? 'attn_bias' : 'attn_mask');
  const mask = given && given.shape.length > 2 ? headed(node, given) : given;
  const causal = node.flag('is_causal', false)
    ? causalMask(builder, node.fixedExtent(query.shape, 2), node.fixedExtent(key.shape, 2))
    : undefined;
  const result = attended(
    builder,
    { query, key, value },
    {
      scale: node.number('scale', 1 / Math.sqrt(size)),
      allowed: mask?.type === 'bool' ? mask : causal,
      bias: mask?.type === 'float32' ? mask : undefined,
    },
  );
  return [builder.reshape(result, [...node.value('query').shape.slice(0, -1), result.shape[3]])];
}

/** Matrix products and what is made of them. */
export const products: Readonly<Record<string, Translation>> = {
  linear,
  matmul: product('self', 'other'),
  mm: product('self', 'mat2'),
  bmm: product('self', 'mat2'),
  mv: product('self', 'vec'),
  dot: product('self', 'tensor'),
  addmm: addedProduct('mat1', 'mat2'),
  baddbmm: addedProduct('batch1', 'batch2'),
  einsum: (node) => einsum(node.builder, node.text('equation', ''), node.values('tensors'), node.label),
  scaled_dot_product_attention: attention,
  _scaled_dot_product_flash_attention: attention,
  _scaled_dot_product_flash_attention_for_cpu: attention,
  _scaled_dot_product_efficient_attention: attention,
  _scaled_dot_product_cudnn_attention: attention,
  _scaled_dot_product_attention_math: attention,
};
