import { AnalysisError } from '../../base/errors';
import { repeated } from '../../compound/resampling';
import { isInterpolation, resized } from '../../compound/resizing';
import { channelsFirst, inOrder, inOwnOrder, plain, reshape, shapeOf, type Tensor } from '../../compound/tensor';
import type { Shape } from '../../network/network';
import { dataFormat, inputOf, type Layer, type LayerCall } from './layer';

/** All axes but the batch as one, with the channels last. */
export const flatten: Layer = (call) => {
  const { builder: b, settings } = call;
  const input = inputOf(call);
  const { length: rank } = input.order;
  const shape = shapeOf(input);
  const size = shape.slice(1).reduce((product, extent) => product * extent, 1);
  if (rank < 3 || dataFormat(settings) === 'channels_last') return reshape(b, input, [shape[0], size]);
  const channelsLast = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
  return plain(b.reshape(inOrder(b, input, channelsLast), [shape[0], size]));
};

/** The same numbers in "target_shape", where −1 stands for what is left. */
export const reshaping: Layer = (call) => {
  const input = inputOf(call);
  const target = call.settings.integers('target_shape');
  return reshape(call.builder, input, [shapeOf(input)[0], ...completed(shapeOf(input).slice(1), target)]);
};

/** A shape with its −1, if there is one, replaced by what is left of the numbers. */
export function completed(shape: Shape, target: readonly number[]): readonly number[] {
  const product = (extents: readonly number[]) => extents.reduce((p, extent) => p * extent, 1);
  const known = product(target.filter((extent) => extent !== -1));
  return target.map((extent) => (extent === -1 ? product(shape) / known : extent));
}

/** Axes in another order: "dims" counts from 1, after the batch. */
export const permute: Layer = (call) => {
  const input = inputOf(call);
  return permuted(input, [0, ...call.settings.integers('dims')], call.settings.layer);
};

/**
 * Axis j of the result is axis dims[j] of the tensor; no number moves.
 *
 * @param layer for messages
 * @throws AnalysisError 'model-unreadable' where `dims` is no permutation of the tensor's axes
 */
export function permuted(input: Tensor, dims: readonly number[], layer: string): Tensor {
  if (dims.length !== input.order.length || !input.order.every((_, axis) => dims.includes(axis))) {
    throw new AnalysisError(
      'model-unreadable',
      `${layer}: axes must be put in another order, each of ${input.order.length} once, got [${dims.join(', ')}].`,
    );
  }
  return { value: input.value, order: input.order.map((axis) => dims.indexOf(axis)) };
}

/** (batch, features) n times, as (batch, n, features). */
export const repeatVector: Layer = (call) => {
  const { builder: b, settings } = call;
  const input = inputOf(call);
  const [batch, features] = shapeOf(input);
  const rows = b.reshape(inOwnOrder(b, input), [batch, 1, features]);
  return plain(b.expand(rows, [batch, settings.number('n'), features]));
};

/** ZeroPadding1D, 2D, 3D. */
export const zeroPadding: Layer = (call) => {
  const { builder: b } = call;
  const { x, order, r } = image(call);
  const margins = call.settings.margins('padding', r);
  const pads = [0, 0, ...margins.map(([before]) => before), 0, 0, ...margins.map(([, after]) => after)];
  return { value: b.pad(x, pads), order };
};

/** Cropping1D, 2D, 3D. */
export const cropping: Layer = (call) => {
  const { builder: b } = call;
  const { x, order, r } = image(call);
  const margins = call.settings.margins('cropping', r);
  const axes = margins.map((_, i) => i + 2);
  const ends = margins.map(([, after], i) => x.shape[i + 2] - after);
  const starts = margins.map(([before]) => before);
  if (starts.some((start, i) => start >= ends[i])) {
    throw call.settings.wrong('cropping', 'smaller than the image', call.settings.fields['cropping']);
  }
  return { value: b.slice(x, axes, starts, ends), order };
};

/** UpSampling1D, 2D, 3D. */
export const upSampling: Layer = (call) => {
  const { builder: b, settings } = call;
  const { x, order, r } = image(call);
  const size = settings.extents('size', r, 2);
  const interpolation = r === 2 ? settings.text('interpolation', 'nearest') : 'nearest';
  if (interpolation === 'nearest') {
    return { value: size.reduce((value, k, i) => repeated(b, value, i + 2, k), x), order };
  }
  if (!isInterpolation(interpolation)) throw settings.unsupported(`${interpolation} interpolation`, 'use bilinear');
  const target = size.map((k, i) => k * x.shape[i + 2]);
  return { value: resized(b, x, target, interpolation), order };
};

function image(call: LayerCall) {
  const input = inputOf(call);
  const order = channelsFirst(input.order.length, dataFormat(call.settings));
  return { x: inOrder(call.builder, input, order), order, r: order.length - 2 };
}
