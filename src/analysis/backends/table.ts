import type { BackendId } from '../../protocol/report';
import { AnalysisError } from '../base/errors';
import type { Backend, BackendOptions } from './backend';
import { onnxruntimeBackend } from './onnxruntime/sessions';

/** How a backend is made; it throws 'invalid-input' where it is missing on this machine, saying why. */
type Create = (options: BackendOptions) => Promise<Backend>;

/** Every backend of the protocol and how it is made; null where this version has none. */
export const backends: Readonly<Record<BackendId, Create | null>> = {
  onnxruntime: onnxruntimeBackend,
  webgpu: null,
  cuda: null,
  directml: null,
  coreml: null,
  tensorflow: null,
};

/** The protocol's ids, in the order of the table. */
export const backendIds = Object.keys(backends) as readonly BackendId[];

/**
 * The backend that was asked for, and by id what `auto` passed over.
 *
 * @throws AnalysisError 'invalid-input' where it is not there
 */
export async function chooseBackend(
  asked: BackendId | 'auto',
  options: BackendOptions,
): Promise<{ readonly backend: Backend; readonly refused: readonly { id: BackendId; reason: string }[] }> {
  const create = backends[asked === 'auto' ? 'onnxruntime' : asked];
  if (!create) {
    const here = backendIds.filter((id) => backends[id] !== null);
    throw new AnalysisError(
      'invalid-input',
      `--backend must be ${['auto', ...here].join(' or ')} in this version, got ${asked}; leave the option out to use what is there`,
    );
  }
  return { backend: await create(options), refused: [] };
}
