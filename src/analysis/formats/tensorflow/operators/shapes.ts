import { plain, shapeOf, type Tensor } from '../../../compound/tensor';
import type { Dim } from '../../../network/network';
import { elementCount } from '../../../network/shapes';
import { extentOf, type Extents, settled } from '../../batch/extents';
import { isExtents, type Operand, type TensorflowNode, type Translation } from '../node';

function shapeOperand(node: TensorflowNode, dims: readonly Dim[], shape: readonly number[]): Operand {
  const extents: Extents = { op: 'Extents', type: 'int64', shape, elements: dims.map(extentOf) };
  const result = settled(node.builder, extents);
  return result.op === 'Constant' ? plain(result) : result;
}

function shape(node: TensorflowNode): Operand {
  const dims = shapeOf(node.tensor(0));
  return shapeOperand(node, dims, [dims.length]);
}

function fill(node: TensorflowNode): Tensor {
  const { builder: b } = node;
  const value = b.reshape(node.value(1), []);
  return plain(b.expand(value, node.bounded(node.shape(0))));
}

/** A tensor's shape, filled with one number. */
const filledLike =
  (x: number): Translation =>
  (node) => {
    const { builder: b } = node;
    const operand = node.inputs[0];
    const like = isExtents(operand) ? operand : node.tensor(0).value;
    return plain(b.expand(b.cast(b.scalar(x), like.type), shapeOf(node.tensor(0))));
  };

function range(node: TensorflowNode): Tensor {
  const [start, limit, step] = ['the start', 'the limit', 'the step'].map((what, i) => node.number(i, what));
  const [length] = node.bounded([Math.max(0, Math.ceil((limit - start) / step))]);
  if (!Number.isFinite(length)) throw node.unreadable('its step must not be 0');
  const numbers = Array.from({ length }, (_, i) => start + i * step);
  const floats = node.tensor(0).value.type === 'float32';
  return plain(floats ? node.builder.constant(numbers, [length]) : node.builder.integers(numbers));
}

/** Shapes and what is made of them. */
export const shapes: Readonly<Record<string, Translation>> = {
  Shape: shape,
  Size: (node) => shapeOperand(node, [elementCount(shapeOf(node.tensor(0)))], []),
  Rank: (node) => plain(node.builder.constant(Int32Array.of(node.tensor(0).order.length), [])),
  Fill: fill,
  ZerosLike: filledLike(0),
  OnesLike: filledLike(1),
  Range: range,
};
