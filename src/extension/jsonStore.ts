import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { TSchema } from '@sinclair/typebox';
import type * as vscode from 'vscode';

import { mismatch } from '../protocol/check';
import { exists } from './files/paths';

/** Keeps one value a key, each in a file of its own, over Reload Window and restarts. */
export class JsonStore<T> {
  constructor(
    private readonly folder: vscode.Uri,
    private readonly schema: TSchema,
    private readonly log: Pick<vscode.LogOutputChannel, 'warn'>,
  ) {}

  /**
   * Whole or not at all: a window may be closed at any time.
   *
   * @returns bytes.
   */
  async save(key: string, value: T): Promise<number> {
    const text = JSON.stringify(value);
    await this.write(key, (draft) => writeFile(draft, text));
    return Buffer.byteLength(text);
  }

  /** The same at once, for the last moment of a window. */
  saveNow(key: string, value: T): number {
    const text = JSON.stringify(value);
    const file = this.file(key);
    mkdirSync(this.folder.fsPath, { recursive: true });
    writeFileSync(`${file}.draft`, text);
    renameSync(`${file}.draft`, file);
    return Buffer.byteLength(text);
  }

  /** Keeps what a file holds as it is, whole or not at all; `load` finds out what it is. @returns the path of what is kept. */
  async adopt(key: string, source: vscode.Uri): Promise<string> {
    return this.write(key, (draft) => copyFile(source.fsPath, draft));
  }

  /** Undefined where there is none, or one that is not what it should be: an older version may have written it. */
  async load(key: string): Promise<T | undefined> {
    const file = await this.find(key);
    return file === undefined ? undefined : this.read(file);
  }

  /** Every value that is what it should be. */
  async all(): Promise<T[]> {
    const names = await readdir(this.folder.fsPath).catch((): string[] => []);
    const files = names.filter((name) => name.endsWith('.json')).map((name) => path.join(this.folder.fsPath, name));
    const values = await Promise.all(files.map((file) => this.read(file)));
    return values.filter((value) => value !== undefined);
  }

  async remove(key: string): Promise<void> {
    await rm(this.file(key), { force: true });
  }

  /** The file's path, where there is one. */
  async find(key: string): Promise<string | undefined> {
    return (await exists(this.file(key))) ? this.file(key) : undefined;
  }

  private async write(key: string, fill: (draft: string) => Promise<void>): Promise<string> {
    const file = this.file(key);
    await mkdir(this.folder.fsPath, { recursive: true });
    await fill(`${file}.draft`);
    await rename(`${file}.draft`, file);
    return file;
  }

  private async read(file: string): Promise<T | undefined> {
    try {
      const value: unknown = JSON.parse(await readFile(file, 'utf8'));
      const reason = mismatch(this.schema, value);
      if (reason === undefined) return value as T;
      this.log.warn(`${file} is not what is kept there, ${reason}.`);
    } catch (error) {
      this.log.warn(`${file} cannot be read: ${String(error)}`);
    }
    return undefined;
  }

  private file(key: string): string {
    const name = createHash('sha256').update(key).digest('hex').slice(0, 32);
    return path.join(this.folder.fsPath, `${name}.json`);
  }
}
