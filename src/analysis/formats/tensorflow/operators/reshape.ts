import { plain, reshape, shapeOf, type Tensor } from '../../../compound/tensor';
import { innerPartOfReshape, reshapeTarget } from '../../batch/reshape';
import type { TensorflowNode } from '../node';

/** The same numbers in row-major order in another shape, of which one entry may be −1: what is left. */
export function reshaped(node: TensorflowNode): Tensor {
  const x = node.value(0);
  const shape = reshapeTarget(node, x, node.extents(1, 'the shape'), true);
  const result = node.builder.reshape(x, shape);
  if (shape.some((dim) => dim < -1)) node.reading.merged.set(result, innerPartOfReshape(node, x, shape));
  return plain(result);
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
