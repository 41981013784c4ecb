import { createHash } from 'node:crypto';

import * as vscode from 'vscode';

import type { Report } from '../protocol/report';

/** Keeps the last report of each model, so that Reload Window shows panels again without computing. */
export class ReportStore {
  constructor(private readonly folder: vscode.Uri) {}

  async save(model: string, report: Report): Promise<void> {
    await vscode.workspace.fs.createDirectory(this.folder);
    await vscode.workspace.fs.writeFile(this.file(model), Buffer.from(JSON.stringify(report)));
  }

  /** Undefined where there is none, or one that cannot be read. */
  async load(model: string): Promise<Report | undefined> {
    try {
      return JSON.parse(Buffer.from(await vscode.workspace.fs.readFile(this.file(model))).toString()) as Report;
    } catch {
      return undefined;
    }
  }

  private file(model: string): vscode.Uri {
    return vscode.Uri.joinPath(this.folder, `${createHash('sha256').update(model).digest('hex').slice(0, 32)}.json`);
  }
}
