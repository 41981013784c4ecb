import * as vscode from 'vscode';

import { whenTrusted } from '../trust';
import type { Results } from './results';

/** Registers panels of results as an editor for report files, by Open With. */
export function registerReports(results: Results): vscode.Disposable {
  const provider: vscode.CustomReadonlyEditorProvider = {
    openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: async ({ uri }, panel) => {
      if (await whenTrusted(() => results.showFile(uri.fsPath, panel))) return;
      panel.dispose();
      await vscode.commands.executeCommand('vscode.openWith', uri, 'default');
    },
  };
  return vscode.window.registerCustomEditorProvider('boundaryLens.report', provider);
}
