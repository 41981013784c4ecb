import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Tensor as TfjsTensor } from '@tensorflow/tfjs-core';

import { AnalysisError } from '../../base/errors';
import { type Lifetimes, lifetimes } from '../../network/lifetimes';
import type { ConstantData, DataType, Network, OperatorValue, Value } from '../../network/network';
import { dependsOnBatch, nodeName } from '../../network/shapes';
import type { Tensor } from '../backend';
import type { Session } from '../session';
import { channelsLast } from './channelsLast';
import { filter } from './convolution';
import type { Tfjs } from './kernel';
import { compute, typeOf } from './kernels';

/** After so long, ms, it is heard between two operators whether the network was let go of. */
const LONGEST_HOLD = 20;

/** What a network has on the device from its loading to its end. */
interface Held {
  /** What depends on no image: constants, and what is computed from them alone. */
  readonly fixed: Set<Value>;
  /** Of those, the ones that runs need. */
  readonly constants: Map<Value, TfjsTensor>;
  /** By convolution: its weight, as TensorFlow takes it. */
  readonly filters: Map<Value, TfjsTensor>;
  isReleased: boolean;
}

/**
 * A network run operator by operator on TensorFlow.js, whatever backend is behind it: forward operators only, since the
 * network holds its gradients already. Every value is let go where the count of memory (peakBytes) lets it go. A run in whose
 * midst it is interrupted ends there.
 *
 * @param weights that enter the network, by the names of their inputs; copied
 * @throws AnalysisError 'limit-exceeded' where the weights do not fit in memory
 * @throws AnalysisError 'unsupported-op' where TensorFlow does not take one
 */
export function executed(tf: Tfjs, canonical: Network, weights: Readonly<Record<string, Tensor>> = {}): Session {
  const network = channelsLast(canonical);
  const lives = lifetimes(network);
  const held: Held = { fixed: new Set(), constants: new Map(), filters: new Map(), isReleased: false };
  const interrupt = (): void => {
    held.isReleased = true;
  };
  const release = (): void => {
    interrupt();
    for (const tensor of [...held.constants.values(), ...held.filters.values()]) tensor.dispose();
    held.constants.clear();
    held.filters.clear();
  };
  try {
    load(tf, network, lives.order, weights, held);
  } catch (error) {
    release();
    throw refusal(error);
  }
  return {
    run: async (feeds, results) => {
      const outputs = await runOnce(tf, network, lives, held, feeds);
      try {
        await Promise.all(
          Object.entries(outputs).map(async ([name, tensor]) => {
            results[name].data.set(await tensor.data());
          }),
        );
      } finally {
        for (const tensor of Object.values(outputs)) tensor.dispose();
      }
    },
    interrupt,
    release: () => Promise.resolve().then(release),
  };
}

/** Computes what depends on no image, and keeps of it what runs need. */
function load(
  tf: Tfjs,
  network: Network,
  order: readonly Value[],
  weights: Readonly<Record<string, Tensor>>,
  { fixed, constants, filters }: Held,
): void {
  const needed = new Set<Value>(Object.values(network.outputs));
  for (const value of order) {
    const tensor = constantOf(tf, value, constants, weights);
    if (tensor !== undefined) {
      fixed.add(value);
      constants.set(value, tensor);
    } else if ('inputs' in value) {
      value.inputs.forEach((input, i) => {
        const weight = constants.get(input);
        if (weight !== undefined && i === 1 && (value.op === 'Conv' || value.op === 'ConvTranspose')) {
          const made = tf.tidy(() => filter(tf, weight, value));
          filters.set(value, made);
        } else {
          needed.add(input);
        }
      });
    }
  }
  for (const [value, tensor] of constants) {
    if (needed.has(value)) continue;
    tensor.dispose();
    constants.delete(value);
  }
}

/** What a value is that depends on no image; undefined of others. */
function constantOf(
  tf: Tfjs,
  value: Value,
  constants: ReadonlyMap<Value, TfjsTensor>,
  weights: Readonly<Record<string, Tensor>>,
): TfjsTensor | undefined {
  if (value.op === 'Constant') return uploaded(tf, value.data, value.shape, value.type);
  if (value.op === 'Input') {
    return value.name in weights ? uploaded(tf, weights[value.name].data, value.shape, value.type) : undefined;
  }
  const inputs = value.inputs.flatMap((input) => constants.get(input) ?? []);
  if (inputs.length < value.inputs.length || dependsOnBatch(value.shape)) return undefined;
  return tf.tidy(() => compute(tf, value.op, inputs, value, value.shape));
}

/** A copy on the device: TensorFlow.js would make it in the first run, of an array that may have been given back by then. */
function uploaded(tf: Tfjs, data: ConstantData, shape: readonly number[], type: DataType): TfjsTensor {
  const tensor = tf.tensor(data, [...shape], typeOf[type]);
  tf.tidy(() => {
    if (tensor.size > 0) tf.slice(tf.reshape(tensor, [tensor.size]), 0, 1);
  });
  return tensor;
}

/** The outputs of one run, each a tensor of its own. */
async function runOnce(
  tf: Tfjs,
  network: Network,
  { order, gone, home }: Lifetimes,
  held: Held,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Record<string, TfjsTensor>> {
  const images = batchOf(network, feeds);
  const made = new Map<Value, TfjsTensor>();
  /** By value with memory of its own: it and its views. */
  const sharing = new Map<Value, TfjsTensor[]>();
  const results: Record<string, TfjsTensor> = {};
  const tensorOf = (value: Value): TfjsTensor => {
    const tensor = made.get(value) ?? held.constants.get(value);
    if (tensor === undefined) throw new Error(`${value.op} is needed before it is made`);
    return tensor;
  };
  const letGo = (value: Value): void => {
    for (const tensor of sharing.get(value) ?? []) tensor.dispose();
    sharing.delete(value);
  };
  const hold = (value: Value, tensor: TfjsTensor): void => {
    made.set(value, tensor);
    const owner = home.get(value) ?? value;
    sharing.set(owner, [...(sharing.get(owner) ?? []), tensor]);
  };
  const operator = (value: OperatorValue): TfjsTensor => {
    const inputs = value.inputs.map((input, i) => (i === 1 ? held.filters.get(value) : undefined) ?? tensorOf(input));
    const shape = value.shape.map((dim) => (dim < 0 ? -dim * images : dim));
    return tf.tidy(() => compute(tf, value.op, inputs, value, shape));
  };
  let current: Value | undefined;
  try {
    let began = performance.now();
    for (const [at, value] of order.entries()) {
      if (performance.now() - began > LONGEST_HOLD) {
        await nextTurn();
        began = performance.now();
      }
      if (held.isReleased) throw new AnalysisError('cancelled', 'the network was let go of');
      current = value;
      if (held.fixed.has(value)) continue;
      if (value.op === 'Input') {
        const { data, shape } = feeds[value.name];
        hold(value, tf.tensor(data, [...shape], typeOf[value.type]));
      } else if (value.op !== 'Constant') {
        hold(value, operator(value));
      }
      gone[at].forEach(letGo);
    }
    for (const [name, value] of Object.entries(network.outputs)) results[name] = tf.clone(tensorOf(value));
    return results;
  } catch (error) {
    for (const tensor of Object.values(results)) tensor.dispose();
    throw refusal(error, current);
  } finally {
    for (const value of [...sharing.keys()]) letGo(value);
  }
}
/** n, from an input whose shape depends on it. */
function batchOf(network: Network, feeds: Readonly<Record<string, Tensor>>): number {
  for (const { name, shape } of Object.values(network.inputs)) {
    const axis = shape.findIndex((dim) => dim < 0);
    if (axis >= 0) return feeds[name].shape[axis] / -shape[axis];
  }
  return 1;
}

function refusal(cause: unknown, value?: Value): unknown {
  if (cause instanceof AnalysisError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/OOM|alloc|memory|exhausted/i.test(message)) {
    const text = `TensorFlow ran out of memory; a smaller batch needs less of it. (${message})`;
    return new AnalysisError('limit-exceeded', text, { cause });
  }
  const name = value === undefined ? 'this network' : nodeName(value.op, value.label);
  return new AnalysisError('unsupported-op', `TensorFlow cannot run ${name}: ${message}`, { cause });
}
