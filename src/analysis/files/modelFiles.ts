import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import { modelName } from '../../protocol/modelName';
import { AnalysisError } from '../base/errors';
import type { Bytes } from './bytes';
import { DiskFile } from './diskFile';

const LARGEST_MODEL = 8 * 2 ** 30;
/** What a protocol buffer can hold. */
const LARGEST_FILE = 2 ** 31 - 1;
/** Of the models in a folder, how many a message names. */
const MOST_NAMED = 5;

/** What tells a model from its next version without reading it. */
export interface ModelIdentity {
  /** Bytes of all of its files. */
  readonly size: number;
  /** When the last of them changed, ms since 1970. */
  readonly modified: number;
}

/**
 * The files of a model: its own and those beside it that it names. Each is opened once, and only when its content is
 * asked for; all are closed together.
 */
export class ModelFiles {
  private readonly files = new Map<string, DiskFile>();
  private readonly opened: { dispose(): void }[] = [];

  /**
   * @param path the model's own file, as it was named
   * @param main its content
   * @param maxBytes what all files together may take
   */
  constructor(
    readonly path: string,
    readonly main: Bytes,
    readonly maxBytes = LARGEST_MODEL,
  ) {
    if (main instanceof DiskFile) this.files.set(main.path, main);
  }

  /**
   * Opens a model's file. Its files may take `maxBytes`, 8 GiB unless told.
   *
   * @throws AnalysisError 'invalid-input' where there is no such file, 'model-unreadable' where it is empty,
   *   'limit-exceeded' where it is too large
   */
  static async open(
    path: string,
    { maxBytes = LARGEST_MODEL }: { readonly maxBytes?: number } = {},
  ): Promise<ModelFiles> {
    const stats = await stat(path).catch((cause: unknown) => {
      const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
      const rule = isMissing
        ? `The model ${path} does not exist.`
        : `The model ${path} must be a file that can be read.`;
      throw new AnalysisError('invalid-input', rule, { cause });
    });
    if (stats.isDirectory()) {
      const models = (await readdir(path)).filter((name) => modelName.test(name)).sort();
      const named = models.slice(0, MOST_NAMED).join(', ');
      const more = models.length > MOST_NAMED ? ` and ${models.length - MOST_NAMED} more` : '';
      const advice = models.length > 0 ? ` Name one of its models: ${named}${more}.` : ' There is no model in it.';
      throw new AnalysisError('invalid-input', `The model must be a file, but ${path} is a folder.${advice}`);
    }
    if (stats.size === 0) throw new AnalysisError('model-unreadable', `${path} is empty: export or download it again.`);
    const largest = Math.min(maxBytes, LARGEST_FILE);
    if (stats.size > largest) {
      throw new AnalysisError('limit-exceeded', `${path} must be at most ${largest} bytes, got ${stats.size}.`);
    }
    return new ModelFiles(path, new DiskFile(resolve(path), stats), maxBytes);
  }

  /** Another file of the model; that it may be read is checked before. */
  beside(path: string, stats: Stats): DiskFile {
    const known = this.files.get(path) ?? new DiskFile(path, stats);
    this.files.set(path, known);
    return known;
  }

  /** All files, absolute, the model's own first. */
  get paths(): readonly string[] {
    return [...this.files.keys()];
  }

  get identity(): ModelIdentity {
    const files = [...this.files.values()];
    return {
      size: files.reduce((sum, { size }) => sum + size, 0),
      modified: Math.max(...files.map(({ modified }) => modified)),
    };
  }

  /** How many bytes were read so far. */
  get bytesRead(): number {
    return [...this.files.values()].reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  }

  /** SHA-256 of the contents of all files one after another, in hexadecimal digits. */
  async sha256(signal?: AbortSignal): Promise<string> {
    const hash = createHash('sha256');
    for (const file of this.files.values()) {
      for await (const piece of file.pieces()) {
        signal?.throwIfAborted();
        hash.update(piece);
      }
    }
    return hash.digest('hex');
  }

  /** Disposes of something together with the files, before them. */
  keep(reader: { dispose(): void }): void {
    this.opened.push(reader);
  }

  dispose(): void {
    for (const reader of this.opened.splice(0)) reader.dispose();
    for (const file of this.files.values()) file.dispose();
  }
}
