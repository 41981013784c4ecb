import type { BackendId } from '../../protocol/words';
import type { Backend, BackendOptions } from '../backends/backend';
import { backendNamed, fasterBackends } from '../backends/table';
import { AnalysisError } from '../base/errors';
import { toolVersion } from '../base/version';
import type { Vector } from '../math/vector';
import { classifierOf } from './networkClassifier';
import { pointsAround, refusalOf, type Tried } from './trusted';

/** A store of plain values under keys of plain values. */
export interface Remembered {
  find<T>(key: readonly unknown[]): Promise<T | undefined>;
  keep(key: readonly unknown[], value: unknown): Promise<void>;
}

/** A backend and by id what `auto` passed over, with why. */
export interface Chosen {
  readonly backend: Backend;
  readonly refused: readonly { readonly id: BackendId; readonly reason: string }[];
}

interface Choice extends BackendOptions {
  readonly backend: BackendId | 'auto';
  readonly memory: number;
  readonly remembered?: Remembered;
}

/** Of the timed batch. */
const images = 16;

/**
 * The backend that was asked for, once it has answered for the model as onnxruntime does on the processor. `auto` takes the
 * fastest of those that do, by the time of one batch of gradients.
 *
 * @throws AnalysisError 'invalid-input' where the one that was named is not there, 'unsupported-op' where its answers differ
 */
export async function chosenBackend(
  model: Tried & { readonly sha256: string },
  options: Choice,
  samples: () => Promise<readonly Vector[]>,
): Promise<Chosen> {
  const { backend: asked, memory } = options;
  if (asked === 'auto') {
    const reference = await backendNamed('onnxruntime', options);
    const { backends, refused } = await fasterBackends(options);
    const chosen = await fastest(model, reference, backends, options, samples);
    return { ...chosen, refused: [...refused, ...chosen.refused] };
  }
  const backend = await backendNamed(asked, options);
  if (asked === 'onnxruntime') return { backend, refused: [] };
  const refusal = await refusalOf(model, backend, await backendNamed('onnxruntime', options), await samples(), memory);
  if (refusal === null) return { backend, refused: [] };
  throw new AnalysisError(
    'unsupported-op',
    `${asked} (${backend.device}) is not to be trusted with this model: ${refusal}. Take --backend onnxruntime.`,
  );
}

/** The fastest of some backends that agree with the reference, or that itself. What is found is kept, and not tried again. */
export async function fastest(
  model: Tried & { readonly sha256: string },
  reference: Backend,
  others: readonly Backend[],
  { memory, remembered }: Pick<Choice, 'memory' | 'remembered'>,
  samples: () => Promise<readonly Vector[]>,
): Promise<Chosen> {
  if (others.length === 0) return { backend: reference, refused: [] };
  const machine = [reference, ...others].map(({ id, provider, device, version, threads }) => {
    return [id, provider, device, version, threads];
  });
  const key = ['backend', model.sha256, machine, toolVersion];
  const known = await remembered?.find<{ id: BackendId; refused: Chosen['refused'] }>(key);
  const backend = [reference, ...others].find(({ id }) => id === known?.id);
  if (known && backend) return { backend, refused: known.refused };

  const points = await samples();
  const refused: { id: BackendId; reason: string }[] = [];
  let best = { backend: reference, time: await batchTime(model, reference, points, memory) };
  for (const other of others) {
    const reason = await refusalOf(model, other, reference, points, memory);
    if (reason !== null) {
      refused.push({ id: other.id, reason });
      continue;
    }
    const own = { backend: other, time: await batchTime(model, other, points, memory) };
    const [winner, loser] = own.time < best.time ? [own, best] : [best, own];
    refused.push({ id: loser.backend.id, reason: slower(loser.time, winner.time) });
    best = winner;
  }
  await remembered?.keep(key, { id: best.backend.id, refused });
  return { backend: best.backend, refused };
}

function slower(time: number, less: number): string {
  return `slower with this model, ${time.toFixed(1)} ms for a batch against ${less.toFixed(1)}`;
}

/** How long one batch of gradients takes, ms, once the session is warm; Infinity where there are none. */
async function batchTime(model: Tried, backend: Backend, samples: readonly Vector[], memory: number): Promise<number> {
  const compiled = classifierOf(model.network, model, backend, { batch: images, memory });
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
    if (error instanceof AnalysisError) return Infinity;
    throw error;
  } finally {
    await compiled.dispose();
  }
}
