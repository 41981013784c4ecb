import type { BackendHere, BackendsHere } from '../../protocol/backends';
import { type BackendId, backendIds, cardBackends } from '../../protocol/words';
import { AnalysisError } from '../base/errors';
import type { Backend, BackendOptions } from './backend';
import { backends, fasterBackends } from './table';

/** Every backend that the protocol knows, present or not, and what `auto` would try: each is made once. */
export async function backendsHere(
  options: BackendOptions,
  { named, faster: fasterOf } = { named: backendHere, faster: fasterBackends },
): Promise<BackendsHere> {
  const known = new Map<BackendId, Promise<Backend>>();
  const make = (id: BackendId): Promise<Backend> => {
    const made = known.get(id) ?? named(id, options);
    known.set(id, made);
    return made;
  };
  const found: BackendHere[] = [];
  for (const id of backendIds) {
    const made = await refusable(() => make(id));
    found.push(typeof made === 'string' ? { ...missing, id, reason: made } : described(made));
  }
  const faster = await refusable(() => fasterOf(options, make));
  const auto =
    typeof faster === 'string'
      ? { tries: [], reason: faster }
      : { tries: faster.backends.map(({ id }) => id), reason: null };
  return { backends: found, auto };
}

/**
 * A backend as it is here: of which card is asked only where there is a choice.
 *
 * @throws AnalysisError 'invalid-input' where it is missing, with why
 */
export function backendHere(id: BackendId, { device, ...rest }: BackendOptions): Promise<Backend> {
  return backends[id](cardBackends.includes(id) ? { ...rest, device } : rest);
}

const missing = { present: false, provider: null, version: null, device: null, threads: null };

function described({ id, provider, version, device, threads, isSoftware }: Backend): BackendHere {
  const software = isSoftware ? ({ software: true } as const) : {};
  return { id, present: true, provider, version, device, threads, reason: null, ...software };
}

/** What is made, or why it is not. */
async function refusable<T>(make: () => Promise<T>): Promise<T | string> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    return error.message;
  }
}
