import { type BackendId, includedBackends } from '../../protocol/words';
import type { Backend, Executable } from '../backends/backend';
import { onnxruntimeBackend } from '../backends/onnxruntime/onnxruntime';
import { AnalysisError } from '../base/errors';
import { gradientNetwork, hessianProductNetwork } from '../network/differentiate';
import type { Network } from '../network/network';
import { peakBytes } from '../network/peakMemory';
import { BatchingClassifier, type CallKind } from './batchingClassifier';
import type { Smoothness } from './classifier';
import type { ReadModel } from './read';

/** What a backend holds over what the values of a run need at a time; see peakBytes. */
const arenaFactor = 3;
/** onnxruntime is given a single image twice (see its backend), so that two cost no more. */
const smallestBatch = 2;

/** How a model is opened. */
export interface ModelOptions {
  readonly backend: BackendId | 'auto';
  readonly threads?: number | undefined;
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
  const { backend, refused } = await chooseBackend(options);
  return { model, backend, refused, ...classifierOf(model.network, model, backend, options) };
}

/** A classifier on any network with input x and output logits. */
export function classifierOf(
  network: Network,
  model: { readonly classes: number; readonly smoothness: Smoothness },
  backend: Backend,
  options: Pick<ModelOptions, 'batch' | 'memory'>,
): Pick<OpenModel, 'classifier' | 'dispose'> {
  const networks = new Map<string, Network>();
  const executables = new Map<string, Promise<Executable>>();
  const networkOf = (kind: CallKind, c: number): Network => {
    if (kind === 'logits') return network;
    const key = `${kind} ${c}`;
    const made =
      networks.get(key) ?? (kind === 'gradients' ? gradientNetwork(network, c) : hessianProductNetwork(network));
    networks.set(key, made);
    return made;
  };
  const compiled = (kind: CallKind, c: number): Promise<Executable> => {
    const key = `${kind} ${c}`;
    const executable = executables.get(key) ?? backend.load(networkOf(kind, c));
    executables.set(key, executable);
    return executable;
  };
  const memoryLimit = (kind: CallKind, c: number): number => {
    const images = Math.floor(options.memory / (arenaFactor * peakBytes(networkOf(kind, c))));
    return Math.max(smallestBatch, images);
  };
  const inputShape = network.inputs['x'].shape.slice(1);
  const classifier = new BatchingClassifier({
    sessions: {
      forward: () => compiled('logits', 0),
      gradient: (c) => compiled('gradients', c),
      hessianProduct: () => compiled('hessianProduct', 1),
    },
    inputShape,
    classes: model.classes,
    smoothness: model.smoothness,
    batch: options.batch,
    memoryLimit,
  });
  return {
    classifier,
    dispose: async () => {
      for (const executable of executables.values()) await (await executable).dispose();
    },
  };
}

async function chooseBackend(options: ModelOptions): Promise<Pick<OpenModel, 'backend' | 'refused'>> {
  if (options.backend !== 'auto' && !includedBackends.includes(options.backend)) {
    throw new AnalysisError(
      'invalid-input',
      `--backend must be auto or ${includedBackends.join(', ')} in this version, got ${options.backend}; leave the option out to use what is there`,
    );
  }
  return { backend: await onnxruntimeBackend({ ...(options.threads && { threads: options.threads }) }), refused: [] };
}
