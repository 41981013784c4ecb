import process from 'node:process';

import type { BackendId } from '../../protocol/words';
import { AnalysisError } from '../base/errors';
import type { Backend, BackendOptions } from './backend';
import { coremlBackend } from './coreml/backend';
import { cudaBackend, hasCuda } from './cuda/backend';
import { directmlBackend } from './directml/backend';
import { NoSuchDevice } from './noSuchDevice';
import { onnxruntimeBackend } from './onnxruntime/sessions';
import { tensorflowBackend } from './tensorflow/backend';
import { hasGraphicsCard } from './webgpu/adapter';
import { webgpuBackend } from './webgpu/backend';

/** How a backend is made; it throws 'invalid-input' where it is missing on this machine, saying why. */
export type CreateBackend = (options: BackendOptions) => Promise<Backend>;

/** Every backend and how it is made. */
export const backends: Readonly<Record<BackendId, CreateBackend>> = {
  onnxruntime: onnxruntimeBackend,
  webgpu: webgpuBackend,
  cuda: cudaBackend,
  directml: directmlBackend,
  coreml: coremlBackend,
  tensorflow: tensorflowBackend,
};

/** A backend that was asked for and is not here. */
export class MissingBackend extends AnalysisError {
  constructor(cause: AnalysisError) {
    super('invalid-input', cause.message, { cause });
  }
}

/**
 * The backend of that id.
 *
 * @throws AnalysisError 'invalid-input': a MissingBackend where it is not there, with why; a NoSuchDevice
 */
export async function backendNamed(id: BackendId, options: BackendOptions): Promise<Backend> {
  try {
    return await backends[id](options);
  } catch (error) {
    throw error instanceof AnalysisError && !(error instanceof NoSuchDevice) ? new MissingBackend(error) : error;
  }
}

/** Backends, and those that are not here, with why. */
export interface Available {
  readonly backends: readonly Backend[];
  readonly refused: readonly { readonly id: BackendId; readonly reason: string }[];
}

/**
 * What may be faster than onnxruntime on the processor: CUDA and WebGPU where there is a card, or the one of CUDA's cards that
 * is named. Not TensorFlow, which was slower on every network that was measured; nor DirectML and CoreML, which nobody of us has
 * run, and what goes down in a driver's code takes the process along. Of a card that does not work it is said why.
 *
 * @param make how one is made; that of the table unless told
 * @param has whether there may be one here, without asking it; of this machine unless told
 * @throws NoSuchDevice where a card is named that none of them has
 */
export async function fasterBackends(
  options: BackendOptions,
  make: (id: BackendId) => Promise<Backend> = (id) => backends[id](options),
  has: Readonly<Record<'cuda' | 'webgpu', () => boolean>> = { cuda: hasCuda, webgpu: hasGraphicsCard },
): Promise<Available> {
  const { device } = options;
  // Only CUDA counts its cards.
  const counted = device === undefined ? (['cuda', 'webgpu'] as const) : (['cuda'] as const);
  const ids = counted.filter((id) => has[id]());
  if (device !== undefined && ids.length === 0) {
    const otherwise = process.platform === 'win32' ? ', or take --backend directml' : '';
    throw new NoSuchDevice(
      `There is no card ${device} for auto: --device counts CUDA’s cards, and CUDA is not ready here. Leave --device out${otherwise}.`,
    );
  }
  const found: Backend[] = [];
  const refused: { id: BackendId; reason: string }[] = [];
  for (const id of ids) {
    try {
      found.push(await make(id));
    } catch (error) {
      if (!(error instanceof AnalysisError)) throw error;
      if (device !== undefined) throw error;
      refused.push({ id, reason: error.message });
    }
  }
  return { backends: found, refused };
}
