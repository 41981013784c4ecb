import { type BackendId, backendIds } from '../../protocol/words';
import { onnxruntimeBackend } from '../backends/onnxruntime/onnxruntime';
import { AnalysisError } from '../base/errors';
import { table } from './table';

/** A backend on this machine: what it is, or why it is missing. */
export interface BackendHere {
  readonly id: BackendId;
  readonly present: boolean;
  readonly version: string | null;
  readonly device: string | null;
  readonly threads: number | null;
  readonly reason: string | null;
}

/** Every backend that the protocol knows, present or not. */
export async function backendsHere(): Promise<BackendHere[]> {
  return Promise.all(backendIds.map((id) => (id === 'onnxruntime' ? onnxruntimeHere() : Promise.resolve(missing(id)))));
}

/** What `backends` prints. */
export function backendsText(backends: readonly BackendHere[]): string {
  const rows = backends.map(({ id, present, version, device, threads, reason }) => [
    id,
    present ? 'present' : 'missing',
    present ? [version, device, `${threads ?? 1} threads`].filter(Boolean).join(', ') : reason,
  ]);
  return table([['backend', '', 'what it is, or why it is missing'], ...rows]);
}

async function onnxruntimeHere(): Promise<BackendHere> {
  try {
    const { id, version, device, threads } = await onnxruntimeBackend();
    return { id, present: true, version, device, threads, reason: null };
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    return { ...missing('onnxruntime'), reason: error.message };
  }
}

function missing(id: BackendId): BackendHere {
  return { id, present: false, version: null, device: null, threads: null, reason: 'not part of this version' };
}
