import { LONGEST_PRODUCT, multipliedAlong } from '../../../compound/reductions';
import { map, plain, reduce, shapeOf, type Tensor, valueAxes } from '../../../compound/tensor';
import { elementCount } from '../../../network/shapes';
import type { TensorflowNode, Translation } from '../node';

function axesOf(node: TensorflowNode, x: Tensor): number[] {
  const rank = x.order.length;
  return [...new Set(node.numbers(1, 'the axes').map((axis) => node.axis(axis, rank)))];
}

const reduced =
  (op: 'ReduceSum' | 'ReduceMean' | 'ReduceMax'): Translation =>
  (node) => {
    const x = node.tensor(0);
    return reduce(node.builder, op, x, axesOf(node, x), node.flag('keep_dims'));
  };

function least(node: TensorflowNode): Tensor {
  const { builder: b } = node;
  const x = node.tensor(0);
  const negated = map(x, (value) => b.neg(value));
  return map(reduce(b, 'ReduceMax', negated, axesOf(node, x), node.flag('keep_dims')), (value) => b.neg(value));
}

function product(node: TensorflowNode): Tensor {
  const { builder: b } = node;
  const x = node.tensor(0);
  const axes = axesOf(node, x);
  let { value } = x;
  for (const axis of valueAxes(x, axes)) {
    const extent = value.shape[axis];
    if (extent < 0 || extent > LONGEST_PRODUCT) throw node.unsupported(`a product of ${extent} factors is too long`);
    value =
      extent === 0
        ? b.expand(b.cast(b.scalar(1), value.type), value.shape.with(axis, 1))
        : multipliedAlong(b, value, axis);
  }
  const result = { value, order: x.order };
  if (node.flag('keep_dims')) return result;
  return reduce(b, 'ReduceSum', result, axes, false);
}

/** Whether any, or all, of known truths hold. */
const truth =
  (holds: (data: ArrayLike<number>) => boolean): Translation =>
  (node) => {
    const { data } = node.constant(0, 'what is tested');
    if (axesOf(node, node.tensor(0)).length !== node.tensor(0).order.length) {
      throw node.unsupported('it tests along some axes only');
    }
    return plain(node.builder.constant(Uint8Array.of(Number(holds(data))), []));
  };

/** Reductions along axes. */
export const reduction: Readonly<Record<string, Translation>> = {
  Sum: reduced('ReduceSum'),
  Mean: reduced('ReduceMean'),
  Max: reduced('ReduceMax'),
  Min: least,
  Prod: product,
  All: truth((data) => Array.from(data).every((entry) => entry !== 0)),
  Any: truth((data) => Array.from(data).some((entry) => entry !== 0)),
  L2Loss: (node) => {
    throw node.unsupported(`it sums over all ${elementCount(shapeOf(node.tensor(0)))} numbers, images included`);
  },
};
