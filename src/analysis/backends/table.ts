import { type BackendId, type IncludedBackend, includedBackends } from '../../protocol/words';
import { AnalysisError } from '../base/errors';
import type { Backend, BackendOptions } from './backend';
import { onnxruntimeBackend } from './onnxruntime/sessions';
import { tensorflowBackend } from './tensorflow/backend';
import { hasGraphicsCard } from './webgpu/adapter';
import { webgpuBackend } from './webgpu/backend';

/** How a backend is made; it throws 'invalid-input' where it is missing on this machine, saying why. */
export type CreateBackend = (options: BackendOptions) => Promise<Backend>;

const table: Readonly<Record<IncludedBackend, CreateBackend>> = {
  onnxruntime: onnxruntimeBackend,
  webgpu: webgpuBackend,
  tensorflow: tensorflowBackend,
};

/** Every backend of this version and how it is made; none for the other ids of the protocol. */
export const backends: Readonly<Partial<Record<BackendId, CreateBackend>>> = table;

/**
 * The backend of that id.
 *
 * @throws AnalysisError 'invalid-input' where it is not there
 */
export async function backendNamed(id: BackendId, options: BackendOptions): Promise<Backend> {
  const create = backends[id];
  if (!create) {
    throw new AnalysisError(
      'invalid-input',
      `--backend must be auto or ${includedBackends.join(', ')} in this version, got ${id}; leave the option out to use what is there`,
    );
  }
  return create(options);
}

/**
 * What may be faster than onnxruntime on the processor: WebGPU where there is a graphics card. TensorFlow is not among them,
 * which was slower on every network that was measured. Of a card that does not work it is said why.
 */
export async function fasterBackends(options: BackendOptions): Promise<{
  readonly backends: readonly Backend[];
  readonly refused: readonly { readonly id: BackendId; readonly reason: string }[];
}> {
  if (!hasGraphicsCard()) return { backends: [], refused: [] };
  try {
    return { backends: [await table.webgpu(options)], refused: [] };
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    return { backends: [], refused: [{ id: 'webgpu', reason: error.message }] };
  }
}
