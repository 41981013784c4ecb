import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Tensor as TfjsTensor } from '@tensorflow/tfjs-core';

import { AnalysisError } from '../../base/errors';
import { Turns } from '../../base/turns';
import { type Lifetimes, lifetimes } from '../../network/lifetimes';
import type { ConstantValue, Network, OperatorValue, Value } from '../../network/network';
import { nodeName } from '../../network/shapes';
import type { Executable, Tensor } from '../backend';
import { filter } from './convolution';
import type { Tfjs } from './kernel';
import { compute, typeOf } from './kernels';

/** TensorFlow computes on the thread that calls it. After so long, ms, what else that has to do has its turn between two operators. */
const LONGEST_HOLD = 20;

/** Of runs: two at a time would hold twice the memory. */
const turns = new Turns();

/** What a network has on the device from its loading to its end. */
interface Held {
  readonly constants: Map<Value, TfjsTensor>;
  /** By convolution: its weight, as TensorFlow takes it. */
  readonly filters: Map<Value, TfjsTensor>;
  isDisposed: boolean;
}

/**
 * A network run operator by operator on TensorFlow.js, whatever backend is behind it: forward operators only, since the
 * network holds its gradients already. Every value is let go where the count of memory (peakBytes) lets it go. A run in whose
 * midst the network is disposed of ends there.
 *
 * @throws AnalysisError 'limit-exceeded' where the weights do not fit in memory
 * @throws AnalysisError 'unsupported-op' where TensorFlow does not take one
 */
export function executable(tf: Tfjs, network: Network): Executable {
  const lives = lifetimes(network);
  const held: Held = { constants: new Map(), filters: new Map(), isDisposed: false };
  const { constants, filters } = held;
  const hold = (value: Value): void => {
    if (value.op === 'Constant' && !constants.has(value)) constants.set(value, constant(tf, value));
  };
  const dispose = (): void => {
    held.isDisposed = true;
    for (const tensor of [...constants.values(), ...filters.values()]) tensor.dispose();
    constants.clear();
    filters.clear();
  };
  try {
    for (const value of lives.order) {
      const inputs = 'inputs' in value ? value.inputs : [];
      inputs.forEach((input, i) => {
        if (input.op === 'Constant' && i === 1 && (value.op === 'Conv' || value.op === 'ConvTranspose')) {
          const made = tf.tidy(() => filter(tf, constant(tf, input), value));
          filters.set(value, made);
        } else {
          hold(input);
        }
      });
    }
    Object.values(network.outputs).forEach(hold);
  } catch (error) {
    dispose();
    throw refusal(error);
  }
  const run: Executable['run'] = async (feeds) => {
    const results = await runOnce(tf, network, lives, held, feeds);
    try {
      const read = Object.entries(results).map(async ([name, tensor]) => {
        return [name, Float32Array.from(await tensor.data())] as const;
      });
      return Object.fromEntries(await Promise.all(read));
    } finally {
      for (const tensor of Object.values(results)) tensor.dispose();
    }
  };
  return {
    run: (feeds) => turns.take(() => run(feeds)),
    dispose: () => {
      dispose();
      return Promise.resolve();
    },
  };
}

function constant(tf: Tfjs, { data, shape, type }: ConstantValue): TfjsTensor {
  return tf.tensor(data, [...shape], typeOf[type]);
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
      if (held.isDisposed) throw new AnalysisError('cancelled', 'the network was let go of');
      current = value;
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
