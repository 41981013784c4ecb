import { channelsFirst, inOrder, type Tensor } from '../../compound/tensor';
import { reach, samePads, transposedPads, type Window } from '../../compound/windows';
import type { Value } from '../../network/network';
import { activation } from './activation';
import type { Weight } from './hdf5';
import { constant, dataFormat, inputOf, type Layer, type LayerCall } from './layer';
import type { Settings } from './settings';

/** Conv1D, Conv2D, Conv3D: kernel (…window, C/groups, filters). */
export const convolution: Layer = (call) => {
  const { builder: b, settings } = call;
  const x = image(call);
  const { kernel, bias } = withBias(call, ['kernel']);
  const weight = b.transpose(constant(b, kernel), outputThenInput(kernel));
  const window = windowOf(settings, kernel.shape.slice(0, -2));
  const group = settings.number('groups', 1);
  return finish(call, convolved(call, x.value, weight, bias, window, group), x.order);
};

/** DepthwiseConv1D, DepthwiseConv2D: kernel (…window, C, multiplier), each channel on its own. */
export const depthwiseConvolution: Layer = (call) => {
  const x = image(call);
  // Keras 2 and the first releases of Keras 3 differ in the name only.
  const { kernel, bias } = withBias(call, ['kernel']);
  return finish(call, depthwise(call, x.value, kernel, bias), x.order);
};

/** SeparableConv1D, SeparableConv2D: a depthwise convolution, then one of window 1. */
export const separableConvolution: Layer = (call) => {
  const { builder: b } = call;
  const x = image(call);
  const { depthwise_kernel, pointwise_kernel, bias } = withBias(call, ['depthwise_kernel', 'pointwise_kernel']);
  const spread = depthwise(call, x.value, depthwise_kernel, undefined);
  const weight = b.transpose(constant(b, pointwise_kernel), outputThenInput(pointwise_kernel));
  const r = pointwise_kernel.shape.length - 2;
  const still = new Array<number>(r).fill(1);
  const attributes = { strides: still, pads: new Array<number>(2 * r).fill(0), dilations: still, group: 1 };
  const inputs = [spread, weight, ...(bias === undefined ? [] : [constant(b, bias)])];
  return finish(call, b.add('Conv', inputs, attributes, call.settings.layer), x.order);
};

/** Conv1DTranspose, Conv2DTranspose, Conv3DTranspose: kernel (…window, filters, C). */
export const transposedConvolution: Layer = (call) => {
  const { builder: b, settings } = call;
  const x = image(call);
  const { kernel, bias } = withBias(call, ['kernel']);
  const weight = b.transpose(constant(b, kernel), outputThenInput(kernel));
  const window = windowOf(settings, kernel.shape.slice(0, -2));
  const inputs = [x.value, weight, ...(bias === undefined ? [] : [constant(b, bias)])];
  const attributes = { ...window, ...padsOfTransposed(settings, x.value.shape.slice(2), window), group: 1 };
  const { strides, dilations, pads, outputPadding } = attributes;
  const value = b.add('ConvTranspose', inputs, { strides, dilations, pads, outputPadding, group: 1 }, settings.layer);
  return finish(call, value, x.order);
};

/** The input with channels first, and the order that brings it back. */
function image(call: LayerCall): Tensor {
  const input = inputOf(call);
  const order = channelsFirst(input.order.length, dataFormat(call.settings));
  return { value: inOrder(call.builder, input, order), order };
}

function withBias<Name extends string>(
  call: LayerCall,
  names: readonly Name[],
): Readonly<Record<Name, Weight>> & { readonly bias?: Weight } {
  return call.settings.boolean('use_bias', true) ? call.variables([...names, 'bias']) : call.variables(names);
}

function finish(call: LayerCall, value: Value, order: readonly number[]): Tensor {
  return activation(call.builder, { value, order }, call.settings, call.keras);
}

/** (…window, in, out) to (out, in, …window). */
function outputThenInput({ shape }: Weight): readonly number[] {
  const r = shape.length - 2;
  return [r + 1, r, ...Array.from({ length: r }, (_, axis) => axis)];
}

function windowOf(settings: Settings, kernel: readonly number[]): Window {
  const strides = settings.extents('strides', kernel.length, 1);
  return { kernel, strides, dilations: settings.extents('dilation_rate', kernel.length, 1) };
}

function depthwise(call: LayerCall, x: Value, kernel: Weight, bias: Weight | undefined): Value {
  const { builder: b, settings } = call;
  const window = windowOf(settings, kernel.shape.slice(0, -2));
  const [channels, multiplier] = kernel.shape.slice(-2);
  // Output channel c · multiplier + m is the m-th of input channel c: the row-major order of the kernel's last two axes.
  const merged = b.reshape(constant(b, kernel), [...window.kernel, 1, channels * multiplier]);
  const weight = b.transpose(merged, outputThenInput(kernel));
  return convolved(call, x, weight, bias, window, channels);
}

function convolved(
  { builder: b, settings }: LayerCall,
  x: Value,
  weight: Value,
  bias: Weight | undefined,
  window: Window,
  group: number,
): Value {
  const { strides, dilations } = window;
  const pads = padsOf(settings, x.shape.slice(2), window);
  const inputs = [x, weight, ...(bias === undefined ? [] : [constant(b, bias)])];
  return b.add('Conv', inputs, { strides, dilations, pads, group }, settings.layer);
}

/** The pads of a convolution or a pool, [begin…, end…]. */
export function padsOf(settings: Settings, extents: readonly number[], window: Window): readonly number[] {
  const padding = settings.text('padding', 'valid').toLowerCase();
  if (padding === 'same') return samePads(extents, window, 'end');
  const none = extents.map(() => 0);
  if (padding === 'valid') return [...none, ...none];
  if (padding === 'causal') return [...window.kernel.map((k, i) => (k - 1) * window.dilations[i]), ...none];
  throw settings.wrong('padding', 'valid, same or causal', padding);
}

/**
 * The pads of a transposed convolution whose output is the input of the convolution that it transposes.
 *
 * @see keras/src/backend/common/backend_utils.py, compute_conv_transpose_output_shape
 */
function padsOfTransposed(
  settings: Settings,
  extents: readonly number[],
  window: Window,
): { readonly pads: readonly number[]; readonly outputPadding: readonly number[] } {
  const same = settings.text('padding', 'valid').toLowerCase() === 'same';
  const extra = settings.has('output_padding') ? settings.integers('output_padding') : null;
  const outputs = extents.map((extent, i) => {
    const stride = window.strides[i];
    const span = reach(window, i);
    const added = extra === null ? null : (extra[i] ?? extra[0]);
    if (!same) return (extent - 1) * stride + span + (added ?? Math.max(stride - span, 0));
    return added === null ? extent * stride : (extent - 1) * stride + (span % 2) + added;
  });
  return transposedPads(extents, window, outputs, 'end');
}
