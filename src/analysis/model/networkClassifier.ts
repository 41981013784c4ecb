import type { Backend } from '../backends/backend';
import { inTurns } from '../base/steps';
import type { CallKind } from '../network/calls';
import { derivation } from '../network/differentiate';
import type { Network } from '../network/network';
import { peakBytes } from '../network/peakMemory';
import { bytesOfWeights, HEAVY } from '../network/weights';
import { BatchingClassifier } from './batchingClassifier';
import type { Smoothness } from './classifier';
import { Executables } from './executables';

/** A classifier and what it holds. */
export interface NetworkClassifier {
  readonly classifier: BatchingClassifier;
  readonly dispose: () => Promise<void>;
}

/** What a classifier needs to know of a network besides itself. */
export interface Classified {
  /** K. */
  readonly classes: number;
  readonly smoothness: Smoothness;
  readonly stepped?: boolean;
}

/** How a classifier answers. */
export interface AnsweringOptions {
  readonly batch?: number | undefined;
  /** Bytes that batches may take. */
  readonly memory: number;
  /** Once it aborts, every call is rejected with its reason, at once. */
  readonly signal?: AbortSignal | undefined;
  /** Called once where it answers more slowly than it would, with a sentence that says why. */
  readonly note?: ((sentence: string) => void) | undefined;
}

/** A classifier on any network with input x and output logits. Sessions are made when they are first needed and kept. */
export function classifierOf(
  network: Network,
  model: Classified,
  backend: Backend,
  options: AnsweringOptions,
): NetworkClassifier {
  const { signal } = options;
  const networks = new Map<string, Promise<Network>>();
  const made = (kind: CallKind, c: number): Promise<Network> => {
    const key = `${kind} ${c}`;
    const known = networks.get(key) ?? inTurns(derivation(network, kind, c), signal);
    networks.set(key, known);
    return known;
  };
  const executables = new Executables(backend, made);
  const { held, smallestBatch, firstBatch, keepsSize } = backend.allowances;
  const weights = bytesOfWeights(network);
  const there = backend.memory ?? options.memory;
  const peaks = new Map<string, Promise<number>>();
  const bytesOfImage = async (kind: CallKind, c: number): Promise<number> => {
    const key = `${kind} ${c}`;
    const peak = peaks.get(key) ?? made(kind, c).then(peakBytes);
    peaks.set(key, peak);
    return held(await peak);
  };
  // Beside weights that fill much of the memory, each kind of call takes a share of what they do.
  const isCrowded = weights >= HEAVY && backend.memory === undefined;
  const fitting = async (share: number, kind: CallKind, c: number): Promise<number> => {
    const memory = isCrowded ? Math.min(there, share * weights) : there;
    return Math.floor(memory / (await bytesOfImage(kind, c)));
  };
  const fewest = async (kind: CallKind, c: number): Promise<number> => {
    return backend.fewestImages?.(await made(kind, c)) ?? smallestBatch;
  };
  const memoryLimit = async (kind: CallKind, c: number): Promise<number> => {
    const most = await fitting(1 / 3, kind, c);
    return most >= smallestBatch ? most : Math.max(most, await fewest(kind, c));
  };
  // Another image saves a heavy network little, all gradients of an image from one forward pass save much.
  const fits = async (c: number): Promise<boolean> => {
    const most = await fitting(1, 'gradients', c);
    return most >= smallestBatch || most >= (await fewest('gradients', c));
  };
  const limits = new Map<number, Promise<number>>();
  const cotangentLimitOf = async (c: number): Promise<number> => {
    let limit = c;
    while (limit > 1 && !(await fits(limit))) limit = Math.ceil(limit / 2);
    return limit;
  };
  const cotangentLimit = (c: number): Promise<number> => {
    const limit = limits.get(c) ?? cotangentLimitOf(c);
    limits.set(c, limit);
    return limit;
  };
  let isNoted = false;
  const halved = (images: number): void => {
    if (!isNoted) {
      options.note?.(`The backend ${backend.id} had no memory for ${images} images at once: it got half as many.`);
    }
    isNoted = true;
  };
  const classifier = new BatchingClassifier({
    open: (kind, c) => executables.open(kind, c),
    image: network.inputs['x'].shape.slice(1),
    classes: model.classes,
    smoothness: model.smoothness,
    stepped: model.stepped ?? false,
    batch: options.batch,
    smallestBatch,
    firstBatch,
    keepsSize,
    memoryLimit,
    bytesOfImage,
    cotangentLimit,
    halved,
  });
  const stop = (): void => {
    classifier.stop(signal?.reason);
  };
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const dispose = (): Promise<void> => {
    signal?.removeEventListener('abort', stop);
    return executables.dispose();
  };
  return { classifier, dispose };
}
