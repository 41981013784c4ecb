import { homedir, totalmem } from 'node:os';
import path from 'node:path';

import { computationRevision } from '../base/version';
import type { ArtefactOptions } from './artefacts';

/**
 * Where artefacts are kept: BOUNDARY_LENS_CACHE (a folder, or `off`), else the system's folder for what can be computed
 * again.
 */
export function artefactOptions(environment: NodeJS.ProcessEnv = process.env): ArtefactOptions {
  const chosen = environment['BOUNDARY_LENS_CACHE'];
  const given = chosen === undefined || chosen === '' ? path.join(systemCache(environment), 'boundary-lens') : chosen;
  const folder = chosen === 'off' ? null : given;
  return { folder, memory: Math.min(totalmem() / 8, 2 ** 30), disk: 2 ** 31, revision: computationRevision };
}

/**
 * The system's folder for what can be computed again. A variable that is empty or names no absolute path counts as unset:
 * the cache would lie wherever the process happens to be started.
 *
 * @see XDG Base Directory Specification 0.8, "All paths set in these environment variables must be absolute"
 */
export function systemCache(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const absolute = (name: string): string | undefined => {
    const value = environment[name];
    return value !== undefined && path.isAbsolute(value) ? value : undefined;
  };
  switch (platform) {
    case 'win32':
      return absolute('LOCALAPPDATA') ?? path.join(homedir(), 'AppData', 'Local');
    case 'darwin':
      return path.join(homedir(), 'Library', 'Caches');
    default:
      return absolute('XDG_CACHE_HOME') ?? path.join(homedir(), '.cache');
  }
}
