import { plain, reshape, shapeOf, type Tensor } from '../../../compound/tensor';
import type { Dim, Shape } from '../../../network/network';
import { elementCount, formatShape } from '../../../network/shapes';
import type { TensorflowNode } from '../node';

/** The same numbers in row-major order in another shape, of which one entry may be −1: what is left. */
export function reshaped(node: TensorflowNode): Tensor {
  const x = node.tensor(0);
  const from = shapeOf(x);
  const elements = node.extents(1, 'the shape');
  const dims = node.shape(1);
  const target = dims.map((dim, axis) => (elements[axis].perBatch === 0 && dim === -1 ? 'inferred' : dim));
  const named = target.filter((dim) => dim !== 'inferred');
  const { fixedBatch } = node.reading;
  const holdsBatch = elements.some(({ perBatch }) => perBatch !== 0);
  if (fixedBatch !== null && !holdsBatch && elementCount(from) < 0) {
    const known = from.map((dim) => (dim < 0 ? -dim * fixedBatch : dim));
    return reshape(node.builder, x, withBatch(node, from, resolved(node, known, target, named), fixedBatch));
  }
  return reshape(node.builder, x, resolved(node, from, target, named));
}

/** Replaces the inferred entry by what is left of the elements. */
function resolved(
  node: TensorflowNode,
  from: Shape,
  target: readonly (Dim | 'inferred')[],
  named: readonly Dim[],
): readonly Dim[] {
  const wrong = () =>
    node.unreadable(`${formatShape(from)} cannot be arranged as [${target.map((dim) => String(dim)).join(', ')}]`);
  const [all, rest] = [elementCount(from), elementCount(named)];
  if (target.length - named.length > 1) throw wrong();
  if (named.length === target.length) {
    if (all !== rest) throw wrong();
    return named;
  }
  const extent = Math.abs(all) / Math.abs(rest);
  if (!Number.isInteger(extent)) throw wrong();
  const dim = all < 0 && rest >= 0 ? -extent : extent;
  return target.map((entry) => (entry === 'inferred' ? dim : entry));
}

/**
 * The shape in a file with a fixed batch size B with the batch put back: in row-major order the images stand `stride`
 * elements apart, so it is in the entry of extent B, or a multiple, that covers just this stride.
 */
function withBatch(node: TensorflowNode, from: Shape, entries: readonly number[], fixedBatch: number): readonly Dim[] {
  const stride = from.slice(from.findIndex((dim) => dim < 0) + 1).reduce((count, dim) => count * dim, 1);
  const after = (axis: number): number => entries.slice(axis + 1).reduce((count, dim) => count * dim, 1);
  const exact = entries.findIndex((dim, axis) => dim === fixedBatch && after(axis) === stride);
  const merged = entries.findIndex(
    (dim, axis) => dim % fixedBatch === 0 && dim * after(axis) === fixedBatch * stride && stride % after(axis) === 0,
  );
  const at = exact >= 0 ? exact : merged;
  if (at >= 0) return entries.with(at, -entries[at] / fixedBatch);
  throw node.unsupported(
    `where the batch of ${formatShape(from)} is in [${entries.join(', ')}] cannot be told`,
    'Export the model with an open batch.',
  );
}

/** Without some axes of extent 1, all of them unless it names some. */
export function squeezed(node: TensorflowNode): Tensor {
  const x = node.tensor(0);
  const shape = shapeOf(x);
  const named = (node.ints('squeeze_dims') ?? node.ints('axis'))?.map((axis) => node.axis(axis, shape.length));
  const axes = named ?? [...shape.keys()].filter((axis) => shape[axis] === 1);
  if (axes.some((axis) => shape[axis] !== 1)) throw node.unreadable('it may drop axes of extent 1 only');
  return without(node, x, axes);
}

/** A tensor without axes of extent 1, its value still in the order in which it lies. */
export function without({ builder: b }: TensorflowNode, { value, order }: Tensor, axes: readonly number[]): Tensor {
  const kept = order.filter((axis) => !axes.includes(axis));
  return {
    value: b.reshape(
      value,
      value.shape.filter((_, j) => !axes.includes(order[j])),
    ),
    order: kept.map((axis) => axis - axes.filter((other) => other < axis).length),
  };
}

/** A new axis of extent 1. */
export function withAxis(node: TensorflowNode, x: Tensor, axis: number): Tensor {
  const shape = [...shapeOf(x)];
  shape.splice(node.axis(axis, shape.length + 1), 0, 1);
  return x.order.length === 0 ? plain(node.builder.reshape(x.value, shape)) : reshape(node.builder, x, shape);
}
