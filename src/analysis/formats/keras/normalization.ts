import {
  affine,
  batchNormalisation,
  deviation,
  groupsStandardised,
  rmsNormalised,
  standardised,
  unitLength,
} from '../../compound/normalisation';
import {
  alongAxes,
  broadcast,
  channelsFirst,
  inOrder,
  map,
  plain,
  type Tensor,
  valueAxes,
} from '../../compound/tensor';
import type { NetworkBuilder } from '../../network/builder';
import type { Weight } from './hdf5';
import { inputOf, type Layer, type LayerCall } from './layer';

/** γ (x − mean) / √(variance + ε) + β with the statistics of training, as one product and one sum. */
export const batchNormalization: Layer = (call) => {
  const { builder: b, settings } = call;
  const input = inputOf(call);
  const { gamma, beta, moving_mean, moving_variance } = scaled(call, ['moving_mean', 'moving_variance']);
  const { scale, shift } = batchNormalisation({
    mean: moving_mean.data,
    variance: moving_variance.data,
    gamma: gamma?.data,
    beta: beta?.data,
    epsilon: settings.number('epsilon', 1e-3),
  });
  return scaledAndShifted(b, input, scale, shift, settings.integers('axis', [-1]));
};

/** γ (x − mean) / √(variance + ε) + β with each image's own statistics over some axes. */
export const layerNormalization: Layer = (call) => {
  const { builder: b, settings } = call;
  const input = inputOf(call);
  const axes = settings.integers('axis', [-1]);
  const { gamma, beta } = scaled(call, []);
  const epsilon = settings.number('epsilon', 1e-3);
  const along = valueAxes(input, axes);
  // What Keras calls RMS scaling here divides by the deviation without taking the mean off.
  const standard = settings.boolean('rms_scaling', false)
    ? map(input, (x) => b.over(x, deviation(b, x, along, epsilon)))
    : map(input, (x) => standardised(b, x, along, epsilon));
  return scaledAndShifted(b, standard, gamma?.data, beta?.data, axes);
};

/** γ x / √(mean x² + ε). */
export const rmsNormalization: Layer = (call) => {
  const { builder: b, settings } = call;
  const input = inputOf(call);
  const axes = settings.integers('axis', [-1]);
  const epsilon = settings.number('epsilon', 1e-6);
  const { scale } = call.variables(['scale']);
  const standard = map(input, (x) => rmsNormalised(b, x, valueAxes(input, axes), epsilon));
  return scaledAndShifted(b, standard, scale.data, undefined, axes);
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
  const standard = groupsStandardised(b, x, groups, settings.number('epsilon', 1e-3));
  const { gamma, beta } = scaled(call, []);
  return scaledAndShifted(b, { value: b.reshape(standard, x.shape), order }, gamma?.data, beta?.data, [axis]);
};

/** x / ‖x‖₂ along some axes. */
export const unitNormalization: Layer = (call) => {
  const { builder: b, settings } = call;
  const input = inputOf(call);
  const axes = valueAxes(input, settings.integers('axis', [-1]));
  return map(input, (x) => unitLength(b, x, axes, 1e-12));
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

function scaledAndShifted(
  b: NetworkBuilder,
  input: Tensor,
  gamma: Float32Array | undefined,
  beta: Float32Array | undefined,
  axes: readonly number[],
): Tensor {
  const along = (data: Float32Array | undefined) => data && alongAxes(b, data, input, axes);
  return map(input, (x) => affine(b, x, along(gamma), along(beta)));
}
