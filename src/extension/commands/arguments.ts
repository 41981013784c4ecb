import * as vscode from 'vscode';

/** What menus, keybindings and other extensions name a file by. */
export type FileArgument = vscode.Uri | string;

/** The files that a command was called on: menus give the one that was clicked and, of a selection, all. */
export function filesMeant(clicked?: FileArgument, selected?: unknown): string[] {
  // On a tab the second argument is no selection but says which tab it was.
  const several = (Array.isArray(selected) ? (selected as unknown[]) : []).filter(isFile);
  const all = several.length > 0 ? several : [clicked].filter(isFile);
  return all.map((file) => (typeof file === 'string' ? file : file.fsPath));
}

/** The file that the active tab shows, as text or in a viewer. */
export function activeFile(): string | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const shown = input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom ? input.uri : undefined;
  return shown?.scheme === 'file' ? shown.fsPath : undefined;
}

function isFile(argument: unknown): argument is FileArgument {
  return typeof argument === 'string' || argument instanceof vscode.Uri;
}
