import { createHash } from 'node:crypto';

import * as vscode from 'vscode';

/** Keeps one value a key, each in a file of its own, over Reload Window and restarts. */
export class JsonStore<T> {
  constructor(private readonly folder: vscode.Uri) {}

  /** @returns the file's path. */
  async save(key: string, value: T): Promise<string> {
    await vscode.workspace.fs.createDirectory(this.folder);
    const file = this.file(key);
    await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify(value)));
    return file.fsPath;
  }

  /** Undefined where there is none, or one that cannot be read. */
  async load(key: string): Promise<T | undefined> {
    try {
      return JSON.parse(Buffer.from(await vscode.workspace.fs.readFile(this.file(key))).toString()) as T;
    } catch {
      return undefined;
    }
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
