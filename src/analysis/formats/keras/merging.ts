import {
  broadcast,
  concatenated,
  inOwnOrder,
  plain,
  reshape,
  shapeOf,
  type Tensor,
  valueAxis,
} from '../../compound/tensor';
import type { NetworkBuilder } from '../../network/builder';
import type { Value } from '../../network/network';
import type { Layer, LayerCall } from './layer';

/**
 * Add, Subtract, Multiply, Average, Maximum, Minimum: place by place over all inputs. Those of lower rank get their missing
 * axes behind the batch, not before it as NumPy does.
 */
export function merging(f: (b: NetworkBuilder, a: Value, other: Value) => Value, average = false): Layer {
  return (call) => {
    const { builder: b, inputs } = call;
    atLeast(call, 1);
    const rank = Math.max(...inputs.map(({ order }) => order.length));
    const aligned = inputs.map((tensor) => {
      const [batch, ...rest] = shapeOf(tensor);
      const missing = rank - tensor.order.length;
      return missing === 0 ? tensor : reshape(b, tensor, [batch, ...new Array<number>(missing).fill(1), ...rest]);
    });
    const merged = aligned.reduce((sum, next) => broadcast(b, [sum, next], (p, q) => f(b, p, q)));
    if (!average) return merged;
    return { value: b.times(merged.value, b.scalar(1 / inputs.length)), order: merged.order };
  };
}

/** One behind the other along an axis. */
export const concatenate: Layer = (call) => {
  atLeast(call, 1);
  return concatenated(call.builder, call.inputs, call.settings.number('axis', -1));
};

/** The inner products along one axis of each of two tensors (batch, …), for every pair of the places that are left. */
export const dot: Layer = (call) => {
  const { builder: b, settings } = call;
  atLeast(call, 2);
  const axes = settings.integers('axes');
  const matrices = call.inputs.slice(0, 2).map((tensor, i) => {
    const rank = tensor.order.length;
    if (rank < 2 || rank > 3) throw settings.unsupported(`a dot product of rank ${rank}`, 'reshape to rank 2 or 3');
    const axis = axes[i] ?? axes[0];
    const along = axis < 0 ? axis + rank : axis;
    const normalised = settings.has('normalize') && settings.boolean('normalize') ? unit(b, tensor, along) : tensor;
    const shape = shapeOf(normalised);
    const other = rank === 2 ? [] : [3 - along];
    const arranged = b.transpose(inOwnOrder(b, normalised), [0, ...other, along]);
    return { value: b.reshape(arranged, [shape[0], rank === 2 ? 1 : shape[3 - along], shape[along]]), rank };
  });
  const [p, q] = matrices;
  const product = b.matMul(p.value, b.transpose(q.value, [0, 2, 1]));
  const [batch, rows, columns] = product.shape;
  const left = [...(p.rank === 3 ? [rows] : []), ...(q.rank === 3 ? [columns] : [])];
  return plain(b.reshape(product, [batch, ...(left.length === 0 ? [1] : left)]));
};

function unit(b: NetworkBuilder, tensor: Tensor, axis: number): Tensor {
  const x = tensor.value;
  const squares = b.sum(b.times(x, x), [valueAxis(tensor, axis)], true);
  return { value: b.over(x, b.sqrt(b.add('Clip', [squares], { min: 1e-12, max: null }))), order: tensor.order };
}

function atLeast({ inputs, settings }: LayerCall, count: number): void {
  if (inputs.length < count) throw settings.wrong('inbound_nodes', `at least ${count} tensors`, inputs.length);
}
