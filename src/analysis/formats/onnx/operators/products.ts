import { attended, causalMask } from '../../../compound/attention';
import type { Dim, Shape, Value } from '../../../network/network';
import { elementCount } from '../../../network/shapes';
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

interface Labelled {
  readonly value: Value;
  readonly labels: readonly string[];
}

function letters(term: string): string[] {
  return Array.from({ length: term.length }, (_, i) => term.charAt(i));
}

/** The axes behind '…' get labels of their own, counted from the back. */
function labelled(node: OnnxNode, value: Value, term: string): Labelled {
  const [before, after] = term.split('...');
  if (!term.includes('...')) return { value, labels: letters(term) };
  const unnamed = value.shape.length - before.length - after.length;
  if (unnamed < 0) throw node.unreadable(`"${term}" has more axes than its input`);
  const names = Array.from({ length: unnamed }, (_, i) => String(unnamed - 1 - i));
  return { value, labels: [...letters(before), ...names, ...letters(after)] };
}

function checkLabels(node: OnnxNode, { value, labels }: Labelled): void {
  if (labels.length !== value.shape.length) throw node.unreadable('a term has another number of axes than its input');
  if (new Set(labels).size !== labels.length) {
    throw node.unsupported('diagonals (a letter twice in one term) are not followed');
  }
}

/** Brings axes into the order of labels; all must be there. */
function arranged(node: OnnxNode, { value, labels }: Labelled, order: readonly string[]): Value {
  return node.builder.transpose(
    value,
    order.map((label) => labels.indexOf(label)),
  );
}

/** Sums over the labels that nobody asks for. */
function withoutUnused(node: OnnxNode, { value, labels }: Labelled, wanted: readonly string[]): Labelled {
  const axes = labels.flatMap((label, axis) => (wanted.includes(label) ? [] : [axis]));
  if (axes.length === 0) return { value, labels };
  return { value: node.builder.sum(value, axes, false), labels: labels.filter((label) => wanted.includes(label)) };
}

/** The product of two labelled tensors, summed over the labels that are not wanted: one MatMul. */
function contracted(node: OnnxNode, first: Labelled, second: Labelled, wanted: readonly string[]): Labelled {
  const { builder } = node;
  const a = withoutUnused(node, first, [...second.labels, ...wanted]);
  const b = withoutUnused(node, second, [...first.labels, ...wanted]);
  const common = a.labels.filter((label) => b.labels.includes(label));
  const inner = common.filter((label) => !wanted.includes(label));
  const stack = common.filter((label) => wanted.includes(label));
  const rows = a.labels.filter((label) => !common.includes(label));
  const columns = b.labels.filter((label) => !common.includes(label));
  const extents = ({ value, labels }: Labelled, group: readonly string[]): Dim[] =>
    group.map((label) => value.shape[labels.indexOf(label)]);
  const stacked = extents(a, stack);
  const merged = (x: Value, groups: readonly Shape[]): Value =>
    builder.reshape(x, [...stacked, ...groups.map(elementCount)]);
  const left = merged(arranged(node, a, [...stack, ...rows, ...inner]), [extents(a, rows), extents(a, inner)]);
  const right = merged(arranged(node, b, [...stack, ...inner, ...columns]), [extents(b, inner), extents(b, columns)]);
  const product = builder.add('MatMul', [left, right], {}, node.label);
  const value = builder.reshape(product, [...stacked, ...extents(a, rows), ...extents(b, columns)]);
  return { value, labels: [...stack, ...rows, ...columns] };
}

function einsum(node: OnnxNode): Value {
  const equation = node.string('equation', '').replaceAll(' ', '');
  const [left, right] = equation.split('->') as [string, string?];
  const terms = left.split(',');
  const operands = node.values().map((value, i) => labelled(node, value, terms[i] ?? ''));
  operands.forEach((operand) => {
    checkLabels(node, operand);
  });
  const unnamed = operands.map(({ labels }) => labels.filter((label) => /\d/.test(label)));
  const ellipsis = unnamed.reduce((longest, names) => (names.length > longest.length ? names : longest));
  // Without "->" the letters that occur once come out in alphabetical order.
  const all = operands.flatMap(({ labels }) => labels).filter((label) => !/\d/.test(label));
  const once = all.filter((label) => all.indexOf(label) === all.lastIndexOf(label)).sort();
  const [before, after] = (right ?? `...${once.join('')}`).split('...') as [string, string?];
  const wanted = after === undefined ? letters(before) : [...letters(before), ...ellipsis, ...letters(after)];
  const result = operands.reduce((a, b, i) => {
    const later = operands.slice(i + 1).flatMap(({ labels }) => labels);
    return contracted(node, a, b, [...wanted, ...later]);
  });
  return arranged(node, withoutUnused(node, result, wanted), wanted);
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
  Einsum: einsum,
  Attention: attention,
};
