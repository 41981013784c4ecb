import { type BackendId, type IncludedBackend, includedBackends } from '../../protocol/words';
import { AnalysisError } from '../base/errors';
import type { Backend, BackendOptions } from './backend';
import { onnxruntimeBackend } from './onnxruntime/sessions';
import { tensorflowBackend } from './tensorflow/backend';
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
 * The backend that was asked for, and by id what `auto` passed over.
 *
 * @throws AnalysisError 'invalid-input' where it is not there
 */
export async function chooseBackend(
  asked: BackendId | 'auto',
  options: BackendOptions,
): Promise<{ readonly backend: Backend; readonly refused: readonly { id: BackendId; reason: string }[] }> {
  const create = asked === 'auto' ? table.onnxruntime : backends[asked];
  if (!create) {
    throw new AnalysisError(
      'invalid-input',
      `--backend must be auto or ${includedBackends.join(', ')} in this version, got ${asked}; leave the option out to use what is there`,
    );
  }
  return { backend: await create(options), refused: [] };
}
