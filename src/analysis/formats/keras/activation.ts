import { AnalysisError } from '../../base/errors';
import {
  above,
  celu,
  clip,
  gelu,
  glu,
  hardShrink,
  hardSigmoid,
  hardSwish,
  logSigmoid,
  mish,
  selu,
  softShrink,
  swish,
} from '../../compound/activations';
import { map, shapeOf, type Tensor, valueAxis } from '../../compound/tensor';
import { isJsonObject, type Json } from '../../files/json';
import type { NetworkBuilder } from '../../network/builder';
import type { Value } from '../../network/network';
import { configOf, Settings } from './settings';

/** The two generations of Keras give some names different meanings. */
export type KerasGeneration = 2 | 3;

/** What ReLU can be told: f(x) = x between threshold and max, max above, slope · (x − threshold) below. */
export interface ReluSettings {
  readonly slope: number;
  readonly max: number | null;
  readonly threshold: number;
}

/** @see keras/src/activations/activations.py, also for what happens at the kinks */
export function relu(b: NetworkBuilder, x: Value, { slope, max, threshold }: ReluSettings): Value {
  if (slope !== 0 && max === null && threshold === 0) return b.add('LeakyRelu', [x], { alpha: slope });
  const offset = b.scalar(threshold);
  const kept = threshold === 0 ? b.relu(x) : above(b, x, threshold, b.scalar(0));
  const positive = max === null ? kept : clip(b, threshold === 0 ? x : kept, 0, max);
  return slope === 0 ? positive : b.minus(positive, b.times(b.scalar(slope), b.relu(b.minus(offset, x))));
}

/** (x + √(x² + c)) / 2. */
export function squareplus(b: NetworkBuilder, x: Value, c: number): Value {
  return b.times(b.scalar(0.5), b.plus(x, b.sqrt(b.plus(b.times(x, x), b.scalar(c)))));
}

/** a · σ(b) for the halves a, b along an axis. */
export function gated(b: NetworkBuilder, tensor: Tensor, axis: number): Tensor {
  return map(tensor, (x) => glu(b, x, valueAxis(tensor, axis)));
}

/** exp(x) over its sum along an axis, or the logarithm of that. */
export function softmax(b: NetworkBuilder, tensor: Tensor, axis: number, op: 'Softmax' | 'LogSoftmax'): Tensor {
  return map(tensor, (x) => b.add(op, [x], { axis: valueAxis(tensor, axis) }));
}

type Elementwise = (b: NetworkBuilder, x: Value, keras: KerasGeneration) => Value;

/** clip(x/6 + 1/2, 0, 1) in Keras 3 and clip(x/5 + 1/2, 0, 1) in Keras 2. */
const kerasHardSigmoid: Elementwise = (b, x, keras) => hardSigmoid(b, x, keras === 3 ? 1 / 6 : 0.2, 0.5);

/** By the names of keras.activations. */
export const elementwise: Readonly<Record<string, Elementwise>> = {
  linear: (_, x) => x,
  relu: (b, x) => b.relu(x),
  relu6: (b, x) => clip(b, x, 0, 6),
  leaky_relu: (b, x) => b.add('LeakyRelu', [x], { alpha: 0.2 }),
  elu: (b, x) => b.add('Elu', [x], { alpha: 1 }),
  selu: (b, x) => selu(b, x),
  celu: (b, x) => celu(b, x, 1),
  sigmoid: (b, x) => b.sigmoid(x),
  hard_sigmoid: kerasHardSigmoid,
  log_sigmoid: logSigmoid,
  sparse_sigmoid: (b, x) => clip(b, b.times(b.scalar(0.5), b.plus(x, b.scalar(1))), 0, 1),
  tanh: (b, x) => b.tanh(x),
  hard_tanh: (b, x) => clip(b, x, -1, 1),
  tanh_shrink: (b, x) => b.minus(x, b.tanh(x)),
  soft_shrink: (b, x) => softShrink(b, x, 0.5),
  hard_shrink: (b, x) => hardShrink(b, x, 0.5),
  softplus: (b, x) => b.softplus(x),
  softsign: (b, x) => b.add('Softsign', [x], {}),
  // (x + 1)² / 4 between −1 and 1, 0 below, x above.
  sparse_plus: (b, x) => {
    const u = b.plus(clip(b, x, -1, 1), b.scalar(1));
    return b.plus(b.times(b.scalar(0.25), b.times(u, u)), b.relu(b.minus(x, b.scalar(1))));
  },
  squareplus: (b, x) => squareplus(b, x, 4),
  silu: (b, x) => swish(b, x),
  swish: (b, x) => swish(b, x),
  hard_silu: hardSwish,
  hard_swish: hardSwish,
  gelu,
  mish,
  exponential: (b, x) => b.exp(x),
};

/** Whether keras.activations has an elementwise function of that name. */
export function isElementwiseActivation(name: string): boolean {
  return Object.hasOwn(elementwise, name);
}

/**
 * A function of keras.activations, by name.
 *
 * @param layer the layer that has it, for messages
 * @throws AnalysisError 'unsupported-op' where Keras has none of that name
 */
export function namedActivation(
  b: NetworkBuilder,
  tensor: Tensor,
  name: string,
  keras: KerasGeneration,
  layer: string,
): Tensor {
  if (isElementwiseActivation(name)) return map(tensor, (x) => elementwise[name](b, x, keras));
  if (name === 'softmax') {
    // Of a single number the softmax is 1: Keras 2 took the last axis of whatever came.
    return softmax(b, tensor, -1, 'Softmax');
  }
  if (name === 'log_softmax') return softmax(b, tensor, -1, 'LogSoftmax');
  if (name === 'glu') return gated(b, tensor, -1);
  throw new AnalysisError(
    'unsupported-op',
    `${layer}: the activation "${name}" is not one of Keras that this program knows; ` +
      'custom functions are code and not in the file. Export the model to ONNX instead.',
  );
}

/** A layer that is an activation: ReLU, LeakyReLU, ELU, Softmax; undefined for other classes. */
export function activationLayer(
  b: NetworkBuilder,
  tensor: Tensor,
  className: string,
  settings: Settings,
  keras: KerasGeneration,
): Tensor | undefined {
  switch (className) {
    case 'Activation':
      return activation(b, tensor, settings, keras);
    case 'ReLU':
      return map(tensor, (x) => relu(b, x, reluSettings(settings)));
    case 'LeakyReLU': {
      const field = settings.has('negative_slope') ? 'negative_slope' : 'alpha';
      return map(tensor, (x) => b.add('LeakyRelu', [x], { alpha: settings.numbers(field, 0.3)[0] }));
    }
    case 'ELU':
      return map(tensor, (x) => b.add('Elu', [x], { alpha: settings.numbers('alpha', 1)[0] }));
    case 'ThresholdedReLU':
      return map(tensor, (x) => above(b, x, settings.numbers('theta', 1)[0], b.scalar(0)));
    case 'Softmax': {
      const axes = settings.integers('axis', [-1]);
      if (axes.length > 1) throw settings.unsupported('softmax over several axes', 'flatten them before');
      if (axes[0] >= shapeOf(tensor).length) throw settings.wrong('axis', 'an axis of the input', axes);
      return softmax(b, tensor, axes[0], 'Softmax');
    }
    default:
      return undefined;
  }
}

/** max_value, negative_slope and threshold of a ReLU. */
export function reluSettings(settings: Settings): ReluSettings {
  return {
    slope: settings.has('negative_slope') ? settings.numbers('negative_slope')[0] : 0,
    max: settings.has('max_value') ? settings.numbers('max_value')[0] : null,
    threshold: settings.has('threshold') ? settings.numbers('threshold')[0] : 0,
  };
}

/** The "activation" of a layer: a name, a serialised function or a serialised layer. */
export function activation(b: NetworkBuilder, tensor: Tensor, settings: Settings, keras: KerasGeneration): Tensor {
  const given: Json | undefined = settings.fields['activation'];
  if (given === undefined || given === null) return tensor;
  if (typeof given === 'string') return namedActivation(b, tensor, given, keras, settings.layer);
  const className = isJsonObject(given) ? given['class_name'] : undefined;
  if (!isJsonObject(given) || typeof className !== 'string') {
    throw settings.wrong('activation', 'the name of an activation', given);
  }
  if (className === 'function' && typeof given['config'] === 'string') {
    return namedActivation(b, tensor, given['config'], keras, settings.layer);
  }
  const inner = new Settings(`${className} in ${settings.layer}`, configOf(given));
  return (
    activationLayer(b, tensor, className, inner, keras) ?? namedActivation(b, tensor, className, keras, settings.layer)
  );
}
