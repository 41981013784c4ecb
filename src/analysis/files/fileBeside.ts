import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, resolve, sep } from 'node:path';

import { AnalysisError } from '../base/errors';
import type { DiskFile } from './diskFile';
import type { ModelFiles } from './modelFiles';

/**
 * A file that a model's own file names, in its folder or below; it joins the model's files and is not read.
 *
 * @param location as the model names it
 * @param whose what names it, for messages
 * @throws AnalysisError 'model-unreadable' where it is missing or lies elsewhere, by its name, by a link, or by being a hard
 *   link
 */
export async function fileBeside(files: ModelFiles, location: string, whose: string): Promise<DiskFile> {
  const unreadable = (reason: string, cause?: unknown): AnalysisError =>
    new AnalysisError('model-unreadable', `${whose}: ${reason}.`, { cause });
  const leaves =
    location === '' ||
    isAbsolute(location) ||
    /^[A-Za-z][A-Za-z0-9+.-]*:|^[/\\]|\0/.test(location) ||
    location.split(/[/\\]/).includes('..');
  if (leaves) {
    throw unreadable(`the location must be a path inside the model's folder, got ${JSON.stringify(location)}`);
  }
  const folder = await realpath(dirname(files.path));
  const path = resolve(folder, location);
  const real = await realpath(path).catch((cause: unknown) => {
    throw unreadable(`the weights file ${path} is missing; it must lie beside the model under that name`, cause);
  });
  if (!real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
    throw unreadable(`${path} is a link that leads out of the model's folder`);
  }
  const stats = await stat(real);
  // A hard link shows another place's file under a name inside the folder.
  if (stats.isFile() && stats.nlink === 1) return files.beside(real, stats);
  throw unreadable(`${real} must be an ordinary file without further hard links`);
}
