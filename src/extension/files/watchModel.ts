import path from 'node:path';

import * as vscode from 'vscode';

/** How long a file is left alone after a change: it may still be being written, ms. */
const settling = 300;

/** Calls back a while after something changed beside a model's file, which may be a file of its own. */
export function watchModel(file: string, changed: () => void): vscode.Disposable {
  const folder = vscode.Uri.file(path.dirname(file));
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, '{*,variables/*}'));
  let timer: NodeJS.Timeout | undefined;
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(changed, settling);
  };
  return vscode.Disposable.from(
    watcher,
    watcher.onDidChange(later),
    watcher.onDidCreate(later),
    watcher.onDidDelete(later),
    new vscode.Disposable(() => {
      clearTimeout(timer);
    }),
  );
}
