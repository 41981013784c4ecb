import type { BackendHere, BackendsHere } from '../protocol/backends';
import type { BackendId } from '../protocol/words';
import { count } from './format';

/** What a backend is, on what; or why it is not here, and what mends that. */
export function backendInWords(here: BackendHere): string {
  const { id, present, provider, version, device, threads, software, reason } = here;
  if (!present) return reason ?? '';
  const role = software ? 'No graphics card: the processor plays one, which is slow, and right for tests.' : roles[id];
  const on = onProcessor.includes(id) ? `${device}, ${count(threads ?? 1, 'thread')}` : device;
  return `${role} Version ${version} (${provider}), on ${on}.`;
}

/** What `auto` takes, in a sentence. */
export function autoInWords({ tries, reason }: BackendsHere['auto']): string {
  if (reason !== null) return reason;
  const processor = 'onnxruntime on the processor';
  if (tries.length === 0) return `Takes ${processor}: nothing else here is tried without being named.`;
  return `Tries ${tries.join(' and ')} with each model, and takes the fastest that agrees with ${processor}, or that itself.`;
}

const onProcessor: readonly BackendId[] = ['onnxruntime', 'tensorflow'];

/** What each is for. */
const roles: Readonly<Record<BackendId, string>> = {
  onnxruntime: 'The processor, and the measure for the others.',
  webgpu: 'The graphics card.',
  cuda: 'The graphics card of NVIDIA’s.',
  directml: 'The graphics card, by DirectML.',
  coreml: 'Apple’s processor and graphics, by CoreML.',
  tensorflow: 'TensorFlow: slower, and made by others, to check results against.',
};
