import { attended, causalMask } from '../../../compound/attention';
import { einsum } from '../../../compound/einsum';
import type { Value } from '../../../network/network';
import type { OnnxNode, Translation } from '../node';

function matMul(node: OnnxNode): Value {
  return node.builder.add('MatMul', [node.value(0), node.value(1)], {}, node.label);
}

/** α A B + β C, with A and B transposed where asked for. */
function gemm(node: OnnxNode): Value {
  const { builder } = node;
  const turned = (index: number, attribute: string): Value =>
    node.int(attribute, 0) === 1 ? builder.transpose(node.value(index), [1, 0]) : node.value(index);
  const scaled = (x: Value, factor: number): Value => builder.times(x, builder.scalar(factor));
  // The factor goes to B, which is a weight: no work is left for later.
  const right = scaled(turned(1, 'transB'), node.float('alpha', 1));
  const product = builder.add('MatMul', [turned(0, 'transA'), right], {}, node.label);
  const bias = node.optional(2);
  return bias ? builder.plus(product, scaled(bias, node.float('beta', 1))) : product;
}

/** [n, length, heads·size] → [n, heads, length, size]. */
function headed(node: OnnxNode, x: Value, heads: number): Value {
  if (x.shape.length === 4) return x;
  const [n, length, width] = x.shape;
  return node.builder.transpose(node.builder.reshape(x, [n, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** Repeats each of the key's or value's heads for its group of query heads. */
function sharedHeads(node: OnnxNode, x: Value, heads: number): Value {
  const [n, own, length, size] = x.shape;
  if (own === heads) return x;
  const each = node.builder.expand(node.builder.reshape(x, [n, own, 1, length, size]), [
    n,
    own,
    heads / own,
    length,
    size,
  ]);
  return node.builder.reshape(each, [n, heads, length, size]);
}

/** softmax(Q Kᵀ·scale + mask) V; opset 23. */
function attention(node: OnnxNode): Value {
  const { builder } = node;
  if (node.has(4) || node.has(5) || node.proto.output.slice(1).some((name) => name !== '')) {
    throw node.unsupported('cached keys and values are for text generators, not for images');
  }
  if (node.has(6) || node.hasAttribute('left_window_size') || node.hasAttribute('right_window_size')) {
    throw node.unsupported('padded keys and local windows are not followed', 'Export with opset 23.');
  }
  const flat = node.value(0).shape.length === 3;
  const heads = flat ? node.int('q_num_heads', 1) : node.value(0).shape[1];
  const query = headed(node, node.value(0), heads);
  const key = sharedHeads(node, headed(node, node.value(1), node.int('kv_num_heads', heads)), heads);
  const value = sharedHeads(node, headed(node, node.value(2), node.int('kv_num_heads', heads)), heads);
  const scale = node.float('scale', 1 / Math.sqrt(query.shape[3]));
  const mask = node.optional(3);
  const scores = { scale, softcap: node.float('softcap', 0), allowed: allowed(node, query, key, mask) };
  const bias = mask?.type === 'bool' ? undefined : mask;
  const result = attended(builder, { query, key, value }, { ...scores, bias });
  if (!flat) return result;
  const [n, , length, size] = result.shape;
  return builder.reshape(builder.transpose(result, [0, 2, 1, 3]), [n, length, heads * size]);
}

/** Which keys a query may see; undefined where it is all of them. */
function allowed(node: OnnxNode, query: Value, key: Value, mask: Value | undefined): Value | undefined {
  const { builder } = node;
  const given = mask?.type === 'bool' ? mask : undefined;
  if (node.int('is_causal', 0) !== 1) return given;
  const causal = causalMask(builder, node.fixedExtent(query.shape, 2), node.fixedExtent(key.shape, 2));
  return given === undefined ? causal : builder.add('And', [causal, given], {});
}

/** Matrix products and what is made of them. */
export const products: Readonly<Record<string, Translation>> = {
  MatMul: matMul,
  Gemm: gemm,
  Einsum: (node) => einsum(node.builder, node.string('equation', ''), node.values(), node.label),
  Attention: attention,
};
