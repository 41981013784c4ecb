import type { BackendId } from '../../protocol/words';
import type { Backend, Executable } from '../backends/backend';
import { chooseBackend } from '../backends/table';
import type { CallKind } from '../network/calls';
import { networkOf } from '../network/differentiate';
import type { Network } from '../network/network';
import { peakBytes } from '../network/peakMemory';
import { bytesOfWeights, HEAVY } from '../network/weights';
import { BatchingClassifier } from './batchingClassifier';
import type { Smoothness } from './classifier';
import type { ReadModel } from './read';

/** How a model is opened. */
export interface ModelOptions {
  readonly backend: BackendId | 'auto';
  readonly threads?: number | undefined;
  /** See BackendOptions. */
  readonly tensorflow?: string | undefined;
  readonly batch?: number | undefined;
  /** One linear output is the logit of class 1 against class 0. */
  readonly binary: boolean;
  /** Bytes that batches may take. */
  readonly memory: number;
}

/** A model that can be asked. */
export interface OpenModel {
  readonly model: ReadModel;
  readonly backend: Backend;
  readonly refused: readonly { id: BackendId; reason: string }[];
  readonly classifier: BatchingClassifier;
  dispose(): Promise<void>;
}

/** Compiles a model's network for a backend. Sessions are made when they are first needed and kept. */
export async function openModel(model: ReadModel, options: ModelOptions): Promise<OpenModel> {
  const { backend, refused } = await chooseBackend(options.backend, options);
  return { model, backend, refused, ...classifierOf(model.network, model, backend, options) };
}

/** A classifier on any network with input x and output logits. */
export function classifierOf(
  network: Network,
  model: { readonly classes: number; readonly smoothness: Smoothness; readonly stepped?: boolean },
  backend: Backend,
  options: Pick<ModelOptions, 'batch' | 'memory'>,
): Pick<OpenModel, 'classifier' | 'dispose'> {
  const networks = new Map<string, Network>();
  const executables = new Map<string, Promise<Executable>>();
  const made = (kind: CallKind, c: number): Network => {
    const key = `${kind} ${c}`;
    const known = networks.get(key) ?? networkOf(network, kind, c);
    networks.set(key, known);
    return known;
  };
  const open = (kind: CallKind, c: number): Promise<Executable> => {
    const key = `${kind} ${c}`;
    const known = executables.get(key);
    if (known) return known;
    const executable = backend.load(made(kind, c));
    executables.set(key, executable);
    // What failed to load is tried again when it is asked for again.
    executable.catch(() => executables.delete(key));
    return executable;
  };
  const { arenaFactor, smallestBatch } = backend.allowances;
  const weights = bytesOfWeights(network);
  // Beside weights that fill much of the memory, batches are to take no more than they do.
  const memory = weights < HEAVY ? options.memory : Math.min(options.memory, weights);
  const peaks = new Map<string, number>();
  const fitting = (kind: CallKind, c: number): number => {
    const key = `${kind} ${c}`;
    const peak = peaks.get(key) ?? peakBytes(made(kind, c));
    peaks.set(key, peak);
    return Math.floor(memory / (arenaFactor * peak));
  };
  const memoryLimit = (kind: CallKind, c: number): number => Math.max(smallestBatch, fitting(kind, c));
  const cotangentLimit = (c: number): number => {
    let limit = c;
    while (limit > 1 && fitting('gradients', limit) < smallestBatch) limit = Math.ceil(limit / 2);
    return limit;
  };
  const classifier = new BatchingClassifier({
    open,
    image: network.inputs['x'].shape.slice(1),
    classes: model.classes,
    smoothness: model.smoothness,
    stepped: model.stepped ?? false,
    batch: options.batch,
    memoryLimit,
    cotangentLimit,
  });
  return {
    classifier,
    dispose: async () => {
      // What failed to load holds nothing, and is no reason to keep the others.
      const loaded = await Promise.allSettled(executables.values());
      executables.clear();
      for (const one of loaded) if (one.status === 'fulfilled') await one.value.dispose();
    },
  };
}
