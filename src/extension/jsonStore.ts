import { createHash } from 'node:crypto';

import type { TSchema } from '@sinclair/typebox';
import * as vscode from 'vscode';

import { mismatch } from '../protocol/check';

/** Keeps one value a key, each in a file of its own, over Reload Window and restarts. */
export class JsonStore<T> {
  constructor(
    private readonly folder: vscode.Uri,
    private readonly schema: TSchema,
    private readonly log: Pick<vscode.LogOutputChannel, 'warn'>,
  ) {}

  /** @returns the file's path. */
  async save(key: string, value: T): Promise<string> {
    await vscode.workspace.fs.createDirectory(this.folder);
    const file = this.file(key);
    await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify(value)));
    return file.fsPath;
  }

  /** Keeps what a file holds as it is; `load` finds out what it is. @returns the path of what is kept. */
  async adopt(key: string, source: vscode.Uri): Promise<string> {
    await vscode.workspace.fs.createDirectory(this.folder);
    await vscode.workspace.fs.copy(source, this.file(key), { overwrite: true });
    return this.file(key).fsPath;
  }

  /** Undefined where there is none, or one that is not what it should be: an older version may have written it. */
  async load(key: string): Promise<T | undefined> {
    const file = this.file(key);
    if (!(await exists(file.fsPath))) return undefined;
    try {
      const value: unknown = JSON.parse(Buffer.from(await vscode.workspace.fs.readFile(file)).toString());
      const reason = mismatch(this.schema, value);
      if (reason === undefined) return value as T;
      this.log.warn(`${file.fsPath} is not what is kept there, ${reason}.`);
    } catch (error) {
      this.log.warn(`${file.fsPath} cannot be read: ${String(error)}`);
    }
    return undefined;
  }

  /** The file's path, where there is one. */
  async find(key: string): Promise<string | undefined> {
    return (await exists(this.file(key).fsPath)) ? this.file(key).fsPath : undefined;
  }

  private file(key: string): vscode.Uri {
    return vscode.Uri.joinPath(this.folder, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`);
  }
}

export async function exists(file: string): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(vscode.Uri.file(file));
    return true;
  } catch {
    return false;
  }
}
