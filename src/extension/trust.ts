import * as vscode from 'vscode';

/** Runs `action` in a trusted workspace of real files; otherwise nothing starts, and the user is told what to do. */
export async function whenTrusted<T>(action: () => Promise<T>): Promise<T | undefined> {
  if (!vscode.workspace.isTrusted) {
    const manage = 'Manage Workspace Trust';
    const chosen = await vscode.window.showWarningMessage(
      'Boundary Lens reads models and images only in a trusted workspace.',
      manage,
    );
    if (chosen === manage) await vscode.commands.executeCommand('workbench.trust.manage');
    return undefined;
  }
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length > 0 && folders.every(({ uri }) => uri.scheme !== 'file')) {
    void vscode.window.showWarningMessage('Boundary Lens needs files on disk; this workspace is virtual.');
    return undefined;
  }
  return action();
}
