import { basename } from 'node:path';

import type { BackendId } from '../../protocol/words';
import type { Backend, BackendOptions } from '../backends/backend';
import { type Available, backendNamed, fasterBackends } from '../backends/table';
import { AnalysisError } from '../base/errors';
import { unlessStopped } from '../base/unlessStopped';
import { toolVersion } from '../base/version';
import type { Vector } from '../math/vector';
import { type AnsweringOptions, classifierOf } from './networkClassifier';
import { withPlansTried } from './triedPlans';
import { pointsAround, refusalOf, type Tried } from './trusted';

/** A store of plain values under keys of plain values. */
export interface Remembered {
  find<T>(key: readonly unknown[]): Promise<T | undefined>;
  keep(key: readonly unknown[], value: unknown): Promise<void>;
}

/** A backend, and by id what `auto` passed over, with why. */
export interface Chosen {
  readonly backend: Backend;
  readonly refused: readonly { readonly id: BackendId; readonly reason: string }[];
  /** Those that agree as well, the fastest first: where `auto` moves on to. None where the backend was named. */
  readonly others: readonly Backend[];
}

/** What is kept of it, by model. */
export interface KeptChoice extends Pick<Chosen, 'refused'> {
  /** The model's file, without its folder. */
  readonly model: string;
  readonly sha256: string;
  /** The backends that agree, the fastest first. */
  readonly ids: readonly BackendId[];
}

/** Where backends come from. */
export interface Catalogue {
  readonly named: (id: BackendId, options: BackendOptions) => Promise<Backend>;
  readonly faster: (options: BackendOptions) => Promise<Available>;
}

interface Choice extends BackendOptions, Pick<AnsweringOptions, 'signal'> {
  readonly backend: BackendId | 'auto';
  readonly memory: number;
  readonly remembered?: Remembered;
  /** This machine's where it is left out. */
  readonly catalogue?: Catalogue;
}

/** A model that a backend is chosen for. */
type ChosenFor = Tried & { readonly path: string; readonly sha256: string };

const here: Catalogue = { named: backendNamed, faster: fasterBackends };

/** Of the timed batch. */
const images = 16;

/**
 * The backend that was asked for, once it has answered for the model as onnxruntime does on the processor. `auto` takes the
 * fastest of those that do, by the time of one batch of gradients.
 *
 * @throws AnalysisError 'invalid-input' where the one that was named is not there, 'unsupported-op' where its answers differ;
 *   the signal's reason
 */
export async function chosenBackend(
  model: ChosenFor,
  options: Choice,
  samples: () => Promise<readonly Vector[]>,
): Promise<Chosen> {
  const { backend: asked, catalogue = here, signal } = options;
  // A card's own libraries may take minutes to begin with, and heed nobody.
  const made = <T>(one: Promise<T>): Promise<T> => unlessStopped(one, signal);
  if (asked === 'onnxruntime') {
    return { backend: await made(catalogue.named(asked, options)), refused: [], others: [] };
  }
  const reference = await made(catalogue.named('onnxruntime', { ...options, device: undefined }));
  const tried = (one: Backend): Backend => withPlansTried(one, reference);
  if (asked === 'auto') {
    const { backends, refused } = await made(catalogue.faster(options));
    const chosen = await fastest(model, reference, backends, options, samples);
    const others = chosen.others.map(tried);
    return { backend: tried(chosen.backend), refused: [...refused, ...chosen.refused], others };
  }
  const backend = await made(catalogue.named(asked, options));
  const refusal = await refusalOf(model, backend, reference, await samples(), options);
  if (refusal === null) return { backend: tried(backend), refused: [], others: [] };
  throw new AnalysisError(
    'unsupported-op',
    `${asked} (${backend.device}) is not to be trusted with this model: ${refusal}. Take --backend onnxruntime.`,
  );
}

/** The fastest of some backends that agree with the reference, or that itself. What is found is kept, and not tried again. */
export async function fastest(
  model: ChosenFor,
  reference: Backend,
  others: readonly Backend[],
  options: Pick<Choice, 'memory' | 'signal' | 'remembered'>,
  samples: () => Promise<readonly Vector[]>,
): Promise<Chosen> {
  const { remembered } = options;
  if (others.length === 0) return { backend: reference, refused: [], others: [] };
  const all = [reference, ...others];
  const machine = all.map(({ id, provider, device, driver, version, threads }) => {
    return [id, provider, device, driver, version, threads];
  });
  const key = ['backends', model.sha256, machine, toolVersion];
  const known = await remembered?.find<KeptChoice>(key);
  const found = known?.ids.flatMap((id) => all.filter((one) => one.id === id)) ?? [];
  if (known && found.length > 0) return { backend: found[0], refused: known.refused, others: found.slice(1) };

  const points = await samples();
  const refused: { id: BackendId; reason: string }[] = [];
  const timed = [{ backend: reference, time: await batchTime(model, reference, points, options) }];
  for (const other of others) {
    const reason = await refusalOf(model, other, reference, points, options);
    if (reason === null) timed.push({ backend: other, time: await batchTime(model, other, points, options) });
    else refused.push({ id: other.id, reason });
  }
  const [best, ...slower] = timed.toSorted((a, b) => a.time - b.time || 0);
  for (const { backend, time } of slower) refused.push({ id: backend.id, reason: slowerBy(time, best.time) });
  const order = [best, ...slower].map(({ backend }) => backend);
  const { path, sha256 } = model;
  const kept: KeptChoice = { model: basename(path), sha256, ids: order.map(({ id }) => id), refused };
  await remembered?.keep(key, kept);
  return { backend: best.backend, refused, others: order.slice(1) };
}

function slowerBy(time: number, less: number): string {
  if (time === Infinity) return 'it did not finish a batch';
  return `slower with this model, ${time.toFixed(1)} ms for a batch against ${less.toFixed(1)}`;
}

/** How long one batch of gradients takes, ms, once the session is warm; Infinity where there are none. */
async function batchTime(
  model: Tried,
  backend: Backend,
  samples: readonly Vector[],
  { memory, signal }: AnsweringOptions,
): Promise<number> {
  const compiled = classifierOf(model.network, model, backend, { batch: images, memory, signal });
  const points = pointsAround(samples, model.network);
  const cotangent = Float64Array.from({ length: model.classes }, (_, i) => (i === 0 ? 1 : 0));
  const batch = async (): Promise<number> => {
    const start = performance.now();
    await Promise.all(
      Array.from({ length: images }, (_, i) => compiled.classifier.gradients(points[i % points.length], [cotangent])),
    );
    return performance.now() - start;
  };
  try {
    await batch();
    return await batch();
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof AnalysisError) return Infinity;
    throw error;
  } finally {
    await compiled.dispose();
  }
}
