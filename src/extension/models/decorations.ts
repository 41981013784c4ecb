import * as vscode from 'vscode';

import { lastInWords } from '../../reading/model';
import { isModel } from '../files/modelFiles';
import type { History } from '../runs/history';

/** Marks models of which there are results, in the Explorer and on tabs. */
export class ResultDecorations implements vscode.FileDecorationProvider, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<undefined>();
  readonly onDidChangeFileDecorations = this.changes.event;
  private readonly listening: vscode.Disposable;

  constructor(private readonly history: History) {
    const lookAgain = (): void => {
      this.changes.fire(undefined);
    };
    this.listening = vscode.Disposable.from(
      history.onChange(lookAgain),
      vscode.workspace.onDidGrantWorkspaceTrust(lookAgain),
    );
  }

  async provideFileDecoration({ scheme, fsPath }: vscode.Uri): Promise<vscode.FileDecoration | undefined> {
    if (scheme !== 'file' || !isModel(fsPath) || !vscode.workspace.isTrusted || !this.history.has(fsPath)) {
      return undefined;
    }
    const [last] = await this.history.of(fsPath);
    if (!last) return undefined;
    // VS Code keeps the text, which an age would not stay true in.
    const found = `found ${new Date(last.at).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' })}`;
    return new vscode.FileDecoration('BL', `Boundary Lens: ${lastInWords(last, found)}`);
  }

  dispose(): void {
    this.listening.dispose();
    this.changes.dispose();
  }
}
