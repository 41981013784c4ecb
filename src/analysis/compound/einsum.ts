import { AnalysisError } from '../base/errors';
import type { NetworkBuilder } from '../network/builder';
import type { Dim, Shape, Value } from '../network/network';
import { elementCount } from '../network/shapes';

interface Labelled {
  readonly value: Value;
  readonly labels: readonly string[];
}

function letters(term: string): string[] {
  return Array.from({ length: term.length }, (_, i) => term.charAt(i));
}

/** The axes behind '…' get labels of their own, counted from the back. */
function labelled(value: Value, term: string): Labelled {
  const [before, after] = term.split('...');
  if (!term.includes('...')) return { value, labels: letters(term) };
  const unnamed = value.shape.length - before.length - after.length;
  if (unnamed < 0) throw misfit(`"${term}" has more axes than its input`);
  const names = Array.from({ length: unnamed }, (_, i) => String(unnamed - 1 - i));
  return { value, labels: [...letters(before), ...names, ...letters(after)] };
}

function checkLabels({ value, labels }: Labelled): void {
  if (labels.length !== value.shape.length) throw misfit('a term has another number of axes than its input');
  if (new Set(labels).size !== labels.length) {
    throw new AnalysisError('unsupported-op', 'Einsum: diagonals (a letter twice in one term) are not followed.');
  }
}

/** Brings axes into the order of labels; all must be there. */
function arranged(b: NetworkBuilder, { value, labels }: Labelled, order: readonly string[]): Value {
  return b.transpose(
    value,
    order.map((label) => labels.indexOf(label)),
  );
}

/** Sums over the labels that nobody asks for. */
function withoutUnused(b: NetworkBuilder, { value, labels }: Labelled, wanted: readonly string[]): Labelled {
  const axes = labels.flatMap((label, axis) => (wanted.includes(label) ? [] : [axis]));
  if (axes.length === 0) return { value, labels };
  return { value: b.sum(value, axes, false), labels: labels.filter((label) => wanted.includes(label)) };
}

/** The product of two labelled tensors, summed over the labels that are not wanted: one MatMul. */
function contracted(
  b: NetworkBuilder,
  first: Labelled,
  second: Labelled,
  wanted: readonly string[],
  label?: string,
): Labelled {
  const one = withoutUnused(b, first, [...second.labels, ...wanted]);
  const other = withoutUnused(b, second, [...first.labels, ...wanted]);
  const common = one.labels.filter((label) => other.labels.includes(label));
  const inner = common.filter((label) => !wanted.includes(label));
  const stack = common.filter((label) => wanted.includes(label));
  const rows = one.labels.filter((label) => !common.includes(label));
  const columns = other.labels.filter((label) => !common.includes(label));
  const extents = ({ value, labels }: Labelled, group: readonly string[]): Dim[] =>
    group.map((label) => value.shape[labels.indexOf(label)]);
  const stacked = extents(one, stack);
  const merged = (x: Value, groups: readonly Shape[]): Value => b.reshape(x, [...stacked, ...groups.map(elementCount)]);
  const left = merged(arranged(b, one, [...stack, ...rows, ...inner]), [extents(one, rows), extents(one, inner)]);
  const right = merged(arranged(b, other, [...stack, ...inner, ...columns]), [
    extents(other, inner),
    extents(other, columns),
  ]);
  const product = b.add('MatMul', [left, right], {}, label);
  const value = b.reshape(product, [...stacked, ...extents(one, rows), ...extents(other, columns)]);
  return { value, labels: [...stack, ...rows, ...columns] };
}

function misfit(reason: string): AnalysisError {
  return new AnalysisError('model-unreadable', `Einsum: ${reason}.`);
}

/**
 * The sum of products that an equation such as "bij,bjk->bik" names, one MatMul for each further operand.
 *
 * @param label the node's name in the model's file, for messages
 * @throws AnalysisError 'model-unreadable' where the equation does not fit its operands, 'unsupported-op' for diagonals
 */
export function einsum(b: NetworkBuilder, equation: string, values: readonly Value[], label?: string): Value {
  const [left, right] = equation.replaceAll(' ', '').split('->') as [string, string?];
  const terms = left.split(',');
  const operands = values.map((value, i) => labelled(value, terms[i] ?? ''));
  operands.forEach(checkLabels);
  const unnamed = operands.map(({ labels }) => labels.filter((name) => /\d/.test(name)));
  const ellipsis = unnamed.reduce((longest, names) => (names.length > longest.length ? names : longest));
  // Without "->" the letters that occur once come out in alphabetical order.
  const all = operands.flatMap(({ labels }) => labels).filter((name) => !/\d/.test(name));
  const once = all.filter((name) => all.indexOf(name) === all.lastIndexOf(name)).sort();
  const [before, after] = (right ?? `...${once.join('')}`).split('...') as [string, string?];
  const wanted = after === undefined ? letters(before) : [...letters(before), ...ellipsis, ...letters(after)];
  const result = operands.reduce((one, other, i) => {
    const later = operands.slice(i + 1).flatMap(({ labels }) => labels);
    return contracted(b, one, other, [...wanted, ...later], label);
  });
  return arranged(b, withoutUnused(b, result, wanted), wanted);
}
