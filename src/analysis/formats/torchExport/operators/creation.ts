import type { Value } from '../../../network/network';
import type { Operand } from '../../batch/operand';
import type { AtenNode, Translation } from '../node';
import { namedType } from './elementwise';

/** A tensor of one number, in the type that is named. */
function filled(node: AtenNode, shape: readonly number[], number: Value, fallback: Value['type']): Value {
  const value = node.builder.cast(number, namedType(node, 'dtype') ?? fallback);
  return node.builder.expand(node.builder.reshape(value, []), node.bounded(shape));
}

const constant =
  (number: number): Translation =>
  (node) =>
    filled(node, node.dims('size'), node.builder.scalar(number), 'float32');

const newConstant =
  (number: number): Translation =>
  (node) =>
    filled(node, node.dims('size'), node.builder.scalar(number), node.value('self').type);

const like =
  (number: number): Translation =>
  (node) => {
    const { shape, type } = node.value('self');
    return filled(node, shape, node.builder.scalar(number), type);
  };

function range(node: AtenNode): Value {
  const [start, step] = [node.number('start', 0), node.number('step', 1)];
  const end = node.required('end');
  const [length] = node.bounded([Math.max(0, Math.ceil((end - start) / step))]);
  const numbers = Array.from({ length }, (_, i) => start + i * step);
  const isWhole = [start, step, end].every(Number.isInteger);
  const type = namedType(node, 'dtype') ?? (isWhole ? 'int64' : 'float32');
  return node.builder.cast(node.builder.constant(numbers, [length]), type);
}

function linspace(node: AtenNode): Value {
  const [start, end, steps] = ['start', 'end', 'steps'].map((name) => node.required(name));
  node.bounded([steps]);
  const numbers = Array.from({ length: steps }, (_, i) =>
    steps === 1 ? start : start + (i * (end - start)) / (steps - 1),
  );
  return node.builder.constant(numbers, [steps]);
}

function identity(node: AtenNode): Value {
  const rows = node.required('n');
  const columns = node.number('m', rows);
  node.bounded([rows, columns]);
  const data = Array.from({ length: rows * columns }, (_, at) => Number(at % columns === Math.floor(at / columns)));
  return node.builder.constant(data, [rows, columns]);
}

/** Each vector along an axis of its own. */
function meshgrid(node: AtenNode): readonly Value[] {
  const { builder } = node;
  const vectors = node.values('tensors');
  const swaps = node.has('indexing') && node.text('indexing', 'ij') === 'xy' && vectors.length > 1;
  const order = vectors.map((_, i) => (swaps && i < 2 ? 1 - i : i));
  const shape = order.map((i) => vectors[i].shape[0] ?? 1);
  node.bounded(shape);
  return vectors.map((vector, i) => {
    const single = shape.map((extent, axis) => (order[axis] === i ? extent : 1));
    return builder.expand(builder.reshape(vector, single), shape);
  });
}

/** What a higher-order operator runs, as it is: switches of the gradient and of precision change nothing here. */
const passedThrough = (node: AtenNode): readonly Operand[] => node.reading.subgraph(node.graph(), node.graphInputs());

/** Constants, and graphs within the graph. */
export const creation: Readonly<Record<string, Translation>> = {
  zeros: constant(0),
  ones: constant(1),
  empty: constant(0),
  full: (node) => filled(node, node.dims('size'), node.value('fill_value'), node.value('fill_value').type),
  new_zeros: newConstant(0),
  new_ones: newConstant(1),
  new_empty: newConstant(0),
  new_full: (node) => filled(node, node.dims('size'), node.value('fill_value'), node.value('self').type),
  zeros_like: like(0),
  ones_like: like(1),
  empty_like: like(0),
  full_like: (node) => {
    const { shape, type } = node.value('self');
    return filled(node, shape, node.value('fill_value'), type);
  },
  scalar_tensor: (node) => filled(node, [], node.value('s'), 'float32'),
  arange: range,
  linspace,
  eye: identity,
  meshgrid,
  'torch.ops.higher_order.wrap_with_set_grad_enabled': passedThrough,
  'torch.ops.higher_order.wrap_with_autocast': passedThrough,
  'torch.ops.higher_order.tag_activation_checkpoint': passedThrough,
};
