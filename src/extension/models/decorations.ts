import * as vscode from 'vscode';

import { lastInWords } from '../../reading/model';
import { isModel } from '../files/modelFiles';
import { watchModel } from '../files/watchModel';
import type { History } from '../runs/history';

/** Marks models of which there are results, in the Explorer and on tabs; otherwise where the file has changed since. */
export class ResultDecorations implements vscode.FileDecorationProvider, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<vscode.Uri | undefined>();
  readonly onDidChangeFileDecorations = this.changes.event;
  private readonly listening: vscode.Disposable;
  /** Of the files that are marked. */
  private readonly watched = new Map<string, vscode.Disposable>();

  constructor(private readonly history: History) {
    const lookAgain = (): void => {
      this.changes.fire(undefined);
    };
    this.listening = vscode.Disposable.from(
      history.onChange(lookAgain),
      vscode.workspace.onDidGrantWorkspaceTrust(lookAgain),
    );
  }

  async provideFileDecoration(uri: vscode.Uri): Promise<vscode.FileDecoration | undefined> {
    const { scheme, fsPath } = uri;
    if (scheme !== 'file' || !isModel(fsPath) || !vscode.workspace.isTrusted) return undefined;
    const [last] = await this.history.of(fsPath);
    if (!last) return undefined;
    this.watch(uri);
    // VS Code keeps the text, which an age would not stay true in.
    const found = `found ${new Date(last.at).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' })}`;
    const tooltip = `Boundary Lens: ${lastInWords(last, found)}`;
    return last.changed
      ? new vscode.FileDecoration('B!', tooltip, new vscode.ThemeColor('list.warningForeground'))
      : new vscode.FileDecoration('BL', tooltip);
  }

  dispose(): void {
    this.listening.dispose();
    for (const watching of this.watched.values()) watching.dispose();
    this.changes.dispose();
  }

  private watch(uri: vscode.Uri): void {
    if (this.watched.has(uri.fsPath)) return;
    const changed = (): void => {
      this.changes.fire(uri);
    };
    this.watched.set(uri.fsPath, watchModel(uri.fsPath, changed));
  }
}
