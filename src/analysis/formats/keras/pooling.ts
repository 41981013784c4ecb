import { averagePooled, imageCells } from '../../compound/pooling';
import { channelsFirst, inOrder, reduce, type Tensor } from '../../compound/tensor';
import { padsOf } from './convolution';
import { dataFormat, inputOf, type Layer, type LayerCall } from './layer';

/** MaxPooling1D, 2D, 3D. */
export const maxPooling: Layer = (call) => pooled(call, 'MaxPool');

/** AveragePooling1D, 2D, 3D: padding does not count in the mean. */
export const averagePooling: Layer = (call) => pooled(call, 'AveragePool');

function pooled(call: LayerCall, op: 'MaxPool' | 'AveragePool'): Tensor {
  const { builder: b, settings } = call;
  const input = inputOf(call);
  const order = channelsFirst(input.order.length, dataFormat(settings));
  const x = inOrder(b, input, order);
  const extents = x.shape.slice(2);
  const r = extents.length;
  const field = settings.has('pool_size') || !settings.has('pool_length') ? 'pool_size' : 'pool_length';
  const kernel = settings.extents(field, r, 2);
  const strides = settings.has('strides') ? settings.extents('strides', r) : kernel;
  const window = { kernel, strides, dilations: extents.map(() => 1) };
  const pads = padsOf(settings, extents, window);
  const padded = { ...window, pads };
  const value =
    op === 'MaxPool'
      ? b.add(op, [x], padded, settings.layer)
      : averagePooled(b, x, padded, imageCells(extents), settings.layer);
  return { value, order };
}

/** GlobalAveragePooling1D, 2D, 3D. */
export const globalAveragePooling: Layer = (call) => globallyPooled(call, 'ReduceMean');

/** GlobalMaxPooling1D, 2D, 3D. */
export const globalMaxPooling: Layer = (call) => globallyPooled(call, 'ReduceMax');

function globallyPooled(call: LayerCall, op: 'ReduceMean' | 'ReduceMax'): Tensor {
  const input = inputOf(call);
  const spatial = channelsFirst(input.order.length, dataFormat(call.settings)).slice(2);
  const keepdims = call.settings.has('keepdims') && call.settings.boolean('keepdims');
  return reduce(call.builder, op, input, spatial, keepdims);
}
