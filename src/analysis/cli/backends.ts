import { type BackendId, backendIds } from '../../protocol/words';
import { backends } from '../backends/table';
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
export function backendsHere(): Promise<BackendHere[]> {
  return Promise.all(backendIds.map(here));
}

/** What `backends` prints. */
export function backendsText(backends: readonly BackendHere[]): string {
  const rows = backends.map(({ id, present, version, device, threads, reason }) => [
    id,
    present ? 'present' : 'missing',
    present ? [version, device, `${threads ?? 1} threads`].filter(Boolean).join(', ') : (reason ?? ''),
  ]);
  return table([['backend', '', 'what it is, or why it is missing'], ...rows]);
}

async function here(id: BackendId): Promise<BackendHere> {
  const missing = { id, present: false, version: null, device: null, threads: null };
  const create = backends[id];
  if (!create) return { ...missing, reason: 'not part of this version' };
  try {
    const { version, device, threads } = await create({});
    return { id, present: true, version, device, threads, reason: null };
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    return { ...missing, reason: error.message };
  }
}
