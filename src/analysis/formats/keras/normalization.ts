import type { NetworkBuilder } from '../../network/builder';
import type { Value } from '../../network/network';
import type { Weight } from './hdf5';
import { inputOf, type Layer, type LayerCall } from './layer';
import { alongAxes, broadcast, channelsFirst, inOrder, map, plain, reduce, type Tensor } from './tensor';

/** γ (x − mean) / √(variance + ε) + β with the statistics of training, as one product and one sum. */
export const batchNormalization: Layer = (call) => {
  const { builder: b, settings } = call;
  const input = inputOf(call);
  const { gamma, beta, moving_mean, moving_variance } = scaled(call, ['moving_mean', 'moving_variance']);
  const epsilon = settings.number('epsilon', 1e-3);
  const scale = Float64Array.from(moving_variance.data, (v, c) => (gamma?.data[c] ?? 1) / Math.sqrt(v + epsilon));
  const shift = Float32Array.from(moving_mean.data, (mean, c) => (beta?.data[c] ?? 0) - mean * scale[c]);
  const axes = settings.integers('axis', [-1]);
  return map(input, (x) =>
    b.plus(b.times(x, alongAxes(b, Float32Array.from(scale), input, axes)), alongAxes(b, shift, input, axes)),
  );
};

/** γ (x − mean) / √(variance + ε) + β with each image's own statistics over some axes. */
export const layerNormalization: Layer = (call) => {
  const { builder: b, settings } = call;
  const input = inputOf(call);
  const axes = settings.integers('axis', [-1]);
  const { gamma, beta } = scaled(call, []);
  const mean = reduce(b, 'ReduceMean', input, axes, true).value;
  const centred = map(input, (x) => b.minus(x, mean));
  const variance = reduce(
    b,
    'ReduceMean',
    map(centred, (d) => b.times(d, d)),
    axes,
    true,
  ).value;
  const deviation = b.sqrt(b.plus(variance, b.scalar(settings.number('epsilon', 1e-3))));
  // What Keras calls RMS scaling here divides by the deviation without taking the mean off.
  const rms = settings.boolean('rms_scaling', false);
  const standard = map(rms ? input : centred, (x) => b.over(x, deviation));
  return affine(b, standard, gamma, beta, axes);
};

/** γ x / √(mean x² + ε). */
export const rmsNormalization: Layer = (call) => {
  const { builder: b, settings } = call;
  const input = inputOf(call);
  const axes = settings.integers('axis', [-1]);
  const squares = map(input, (x) => b.times(x, x));
  const meanSquare = reduce(b, 'ReduceMean', squares, axes, true).value;
  const root = b.sqrt(b.plus(meanSquare, b.scalar(settings.number('epsilon', 1e-6))));
  const { scale } = call.variables(['scale']);
  return affine(
    b,
    map(input, (x) => b.over(x, root)),
    scale,
    undefined,
    axes,
  );
};

/** Standardises groups of channels of each image, then γ and β for each channel. */
export const groupNormalization: Layer = (call) => {
  const { builder: b, settings } = call;
  const input = inputOf(call);
  const rank = input.order.length;
  const [axis] = settings.integers('axis', [-1]);
  const order = channelsFirst(rank, axis === 1 && rank > 2 ? 'channels_first' : 'channels_last');
  if (axis !== -1 && axis !== order[1]) throw settings.unsupported(`axis ${axis}`, 'use the axis of the channels');
  const x = inOrder(b, input, order);
  const channels = x.shape[1];
  const wanted = settings.number('groups', 32);
  const groups = wanted === -1 ? channels : wanted;
  const size = x.shape.slice(1).reduce((product, extent) => product * extent, 1) / groups;
  const grouped = b.reshape(x, [x.shape[0], groups, size]);
  const centred = b.minus(grouped, b.mean(grouped, [2], true));
  const variance = b.mean(b.times(centred, centred), [2], true);
  const standard = b.over(centred, b.sqrt(b.plus(variance, b.scalar(settings.number('epsilon', 1e-3)))));
  const { gamma, beta } = scaled(call, []);
  return affine(b, { value: b.reshape(standard, x.shape), order }, gamma, beta, [axis]);
};

/** x / ‖x‖₂ along some axes. */
export const unitNormalization: Layer = (call) => {
  const { builder: b, settings } = call;
  const input = inputOf(call);
  const squares = map(input, (x) => b.times(x, x));
  const norm = reduce(b, 'ReduceSum', squares, settings.integers('axis', [-1]), true).value;
  return map(input, (x) => b.over(x, b.sqrt(b.add('Clip', [norm], { min: 1e-12, max: null }))));
};

/** (x − mean) / √variance with statistics of the training data, which are variables or stand in the configuration. */
export const dataNormalization: Layer = (call) => {
  const { builder: b, settings } = call;
  const input = inputOf(call);
  const axes = settings.has('axis') ? settings.integers('axis') : [];
  const given = settings.has('mean');
  const stored = given ? undefined : call.variables(['mean', 'variance', 'count']);
  const mean = stored?.mean.data ?? Float32Array.from(settings.numbers('mean'));
  const variance = stored?.variance.data ?? Float32Array.from(settings.numbers('variance'));
  const deviation = variance.map((v) => Math.max(Math.sqrt(v), 1e-7));
  // Statistics given as one number hold for all.
  const along = (data: Float32Array) => alongAxes(b, data, input, data.length === 1 ? [] : axes);
  const invert = settings.has('invert') && settings.boolean('invert');
  return map(input, (x) =>
    invert ? b.plus(b.times(x, along(deviation)), along(mean)) : b.over(b.minus(x, along(mean)), along(deviation)),
  );
};

/** x · scale + offset; either may be a number or one for each channel. */
export const rescaling: Layer = (call) => {
  const { builder: b, settings } = call;
  const factor = (field: string, absent: number): Tensor => {
    const numbers = settings.numbers(field, absent);
    return plain(numbers.length === 1 ? b.scalar(numbers[0]) : b.constant(numbers, [numbers.length]));
  };
  return broadcast(b, [inputOf(call), factor('scale', 1), factor('offset', 0)], (x, scale, offset) =>
    b.plus(b.times(x, scale), offset),
  );
};

/** γ and β where the layer has them, and others. */
function scaled<Name extends string>(
  call: LayerCall,
  others: readonly Name[],
): Readonly<Record<Name, Weight>> & { readonly gamma?: Weight; readonly beta?: Weight } {
  const names: ('gamma' | 'beta')[] = [];
  if (call.settings.boolean('scale', true)) names.push('gamma');
  // With RMS scaling, LayerNormalization has no β whatever it says.
  if (call.settings.boolean('center', true) && !call.settings.boolean('rms_scaling', false)) names.push('beta');
  return call.variables([...names, ...others]);
}

function affine(
  b: NetworkBuilder,
  input: Tensor,
  gamma: Weight | undefined,
  beta: Weight | undefined,
  axes: readonly number[],
): Tensor {
  const scaledBy = (x: Value) => (gamma === undefined ? x : b.times(x, alongAxes(b, gamma.data, input, axes)));
  const shifted = (x: Value) => (beta === undefined ? x : b.plus(x, alongAxes(b, beta.data, input, axes)));
  return map(input, (x) => shifted(scaledBy(x)));
}
