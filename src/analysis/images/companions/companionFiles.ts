import type { Stats } from 'node:fs';
import { lstat, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';

import { type CompanionFile, networksFolder } from '../../../protocol/companions';
import { AnalysisError } from '../../base/errors';
import { type Json, parseJson } from '../../files/json';

/** Names and numbers for tens of thousands of classes take less. */
const largest = 8 * 2 ** 20;

/**
 * The files beside a model that other tools wrote. Nobody named them, so what is no ordinary file of the model's folder, too
 * large or damaged is left alone, and the notes say so.
 */
export class CompanionFiles {
  /** What was found, but not read. */
  readonly notes: string[] = [];

  private constructor(private readonly folders: readonly string[]) {}

  /** Of the model's folder, and of its parent where that folder is called `onnx`; inside the model, where it is a folder. */
  static async of(model: string): Promise<CompanionFiles> {
    const isFolder = (await stat(model).catch(() => null))?.isDirectory() === true;
    const folder = await realpath(isFolder ? model : dirname(model)).catch(() => null);
    if (folder === null) return new CompanionFiles([]);
    return new CompanionFiles(basename(folder) === networksFolder ? [folder, dirname(folder)] : [folder]);
  }

  /** A file's text, null where there is none that may be read. */
  async text(name: CompanionFile): Promise<string | null> {
    for (const folder of this.folders) {
      const path = join(folder, name);
      const kind = await lstat(path).catch(() => null);
      if (kind === null) continue;
      const refusal = await refused(path, kind, folder);
      if (refusal === null) return (await readFile(path, 'utf8')).replace(/^\ufeff/, '');
      this.notes.push(`${name} beside the model was not read: ${refusal}.`);
    }
    return null;
  }

  /** A file's JSON, undefined where there is none. */
  async json(name: CompanionFile): Promise<Json | undefined> {
    const text = await this.text(name);
    if (text === null) return undefined;
    try {
      return parseJson(text, name);
    } catch (error) {
      if (!(error instanceof AnalysisError)) throw error;
      this.notes.push(`${name} beside the model was not read: ${error.message.replace(/\.$/, '')}.`);
      return undefined;
    }
  }
}

async function refused(path: string, kind: Stats, folder: string): Promise<string | null> {
  const real = await realpath(path).catch(() => null);
  if (!real?.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
    return 'it is a link that leads out of the folder';
  }
  const file = kind.isSymbolicLink() ? await stat(real) : kind;
  // A hard link shows another place's file under a name inside the folder.
  if (!file.isFile() || file.nlink !== 1) return 'it must be an ordinary file without further hard links';
  return file.size <= largest ? null : `it must have at most 8 MiB, got ${file.size} bytes`;
}
