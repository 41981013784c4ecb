import { attended } from '../../compound/attention';
import { inOwnOrder, plain, shapeOf, type Tensor } from '../../compound/tensor';
import type { NetworkBuilder } from '../../network/builder';
import type { Value } from '../../network/network';
import { activation } from './activation';
import type { Weight } from './hdf5';
import { constant, inputOf, type Layer } from './layer';

/** x W + b over the last axis. */
export const dense: Layer = (call) => {
  const { builder: b, settings, keras } = call;
  const biased = settings.boolean('use_bias', true);
  const { kernel, bias } = biased
    ? call.variables(['kernel', 'bias'])
    : { ...call.variables(['kernel']), bias: undefined };
  return activation(b, linear(b, inputOf(call), kernel, bias, settings.layer), settings, keras);
};

/** x W + b over the last axis, for a kernel (in, out). */
export function linear(
  b: NetworkBuilder,
  input: Tensor,
  kernel: Weight,
  bias: Weight | undefined,
  label: string,
): Tensor {
  const rank = input.order.length;
  const channelsStandFirst = rank > 2 && input.order[1] === rank - 1;
  if (!channelsStandFirst) {
    const product = b.add('MatMul', [inOwnOrder(b, input), constant(b, kernel)], {}, label);
    return plain(bias === undefined ? product : b.plus(product, constant(b, bias)));
  }
  // Between convolutions this is a convolution of window 1, and nothing has to be rearranged.
  const r = rank - 2;
  const ones = new Array<number>(r).fill(1);
  const weight = b.reshape(b.transpose(constant(b, kernel), [1, 0]), [kernel.shape[1], kernel.shape[0], ...ones]);
  const inputs = [input.value, weight, ...(bias === undefined ? [] : [constant(b, bias)])];
  const attributes = { strides: ones, pads: new Array<number>(2 * r).fill(0), dilations: ones, group: 1 };
  return { value: b.add('Conv', inputs, attributes, label), order: input.order };
}

/** A linear map that is written as in Einstein's notation, where each axis is either summed or kept. */
export const einsumDense: Layer = (call) => {
  const { builder: b, settings, keras } = call;
  const input = inputOf(call);
  const equation = settings.text('equation').replace(/\s/g, '');
  const [inputLabels = '', kernelLabels = '', outputLabels = ''] = equation.split(/,|->/);
  // "..." stands for the axes that are left; they get letters that no equation uses.
  const left = Math.max(input.order.length - (inputLabels.length - 3), 0);
  const ellipsis = String.fromCharCode(...Array.from({ length: left }, (_, i) => 0x3b1 + i));
  const labels = Array.from(inputLabels.replace('...', ellipsis));
  const result = Array.from(outputLabels.replace('...', ellipsis));
  const summed = labels.filter((label) => kernelLabels.includes(label));
  const kept = labels.filter((label) => !kernelLabels.includes(label));
  const made = Array.from(kernelLabels).filter((label) => !labels.includes(label));
  if (result.toSorted().join('') !== [...kept, ...made].sort().join('')) {
    throw settings.unsupported(`the equation ${equation}`, 'each axis must be summed or kept');
  }
  const biased = settings.has('bias_axes');
  const { kernel, bias } = biased
    ? call.variables(['kernel', 'bias'])
    : { ...call.variables(['kernel']), bias: undefined };

  const shape = shapeOf(input);
  const extent = (label: string) => {
    const axis = kernelLabels.indexOf(label);
    return axis >= 0 ? kernel.shape[axis] : shape[labels.indexOf(label)];
  };
  const size = (of: readonly string[]) => of.reduce((product, label) => product * extent(label), 1);
  const x = b.transpose(
    inOwnOrder(b, input),
    [...kept, ...summed].map((label) => labels.indexOf(label)),
  );
  const matrix = b.reshape(x, [...kept.map(extent), size(summed)]);
  const arranged = b.transpose(
    constant(b, kernel),
    [...summed, ...made].map((label) => kernelLabels.indexOf(label)),
  );
  const product = b.matMul(matrix, b.reshape(arranged, [size(summed), size(made)]));
  const unfolded = b.reshape(product, [...kept, ...made].map(extent));
  const value = b.transpose(
    unfolded,
    result.map((label) => [...kept, ...made].indexOf(label)),
  );
  return activation(b, plain(bias === undefined ? value : b.plus(value, constant(b, bias))), settings, keras);
};

/** softmax(Q Kᵀ / √d) V in several heads, between linear maps of query, key, value and result. */
export const multiHeadAttention: Layer = (call) => {
  const { builder: b, settings, named } = call;
  const [query, value, key = value] = call.inputs;
  if ((value as Tensor | undefined) === undefined) throw settings.wrong('inbound_nodes', 'query and value', null);
  if (settings.has('attention_axes') && query.order.length > 3) {
    throw settings.unsupported('attention over some of several axes', 'reshape to (batch, tokens, features) before');
  }
  for (const [option, operand] of Object.entries(named)) {
    const harmless = ['query', 'value', 'key', 'training', 'inputs'].includes(option);
    if (!harmless && operand !== null && operand !== false) {
      throw settings.unsupported(`the argument ${option}`, 'only unmasked attention is');
    }
  }
  const names = ['query', 'key', 'value', 'output'] as const;
  const kernels = names.map((name) => `${name === 'output' ? 'attention_output' : name}/kernel` as const);
  const biases = names.map((name) => `${name === 'output' ? 'attention_output' : name}/bias` as const);
  const biased = settings.boolean('use_bias', true);
  const weights = call.variables(biased ? kernels.flatMap((kernel, i) => [kernel, biases[i]]) : kernels);

  const project = (tensor: Tensor, name: 'query' | 'key' | 'value'): Value => {
    const kernel = weights[`${name}/kernel`];
    const bias = biased ? weights[`${name}/bias`] : undefined;
    const [features, heads, size] = kernel.shape;
    const tokens = b.reshape(inOwnOrder(b, tensor), tokenShape(tensor));
    const product = b.matMul(tokens, b.reshape(constant(b, kernel), [features, heads * size]));
    const sum = bias === undefined ? product : b.plus(product, b.reshape(constant(b, bias), [heads * size]));
    return b.transpose(b.reshape(sum, [-1, tokens.shape[1], heads, size]), [0, 2, 1, 3]);
  };
  const scale = 1 / Math.sqrt(settings.number('key_dim'));
  const inputs = { query: project(query, 'query'), key: project(key, 'key'), value: project(value, 'value') };
  const result = attended(b, inputs, { scale });

  const kernel = weights['attention_output/kernel'];
  const [heads, size] = kernel.shape;
  const outputs = kernel.shape.slice(2);
  const width = outputs.reduce((product, extent) => product * extent, 1);
  const joined = b.reshape(b.transpose(result, [0, 2, 1, 3]), [-1, result.shape[2], heads * size]);
  const product = b.matMul(joined, b.reshape(constant(b, kernel), [heads * size, width]));
  const bias = biased ? weights['attention_output/bias'] : undefined;
  const sum = bias === undefined ? product : b.plus(product, b.reshape(constant(b, bias), [width]));
  return plain(b.reshape(sum, [...shapeOf(query).slice(0, -1), ...outputs]));
};

/** All axes between the batch and the features as one. */
function tokenShape(tensor: Tensor): readonly number[] {
  const shape = shapeOf(tensor);
  const tokens = shape.slice(1, -1).reduce((product, extent) => product * extent, 1);
  return [shape[0], tokens, shape[shape.length - 1]];
}
