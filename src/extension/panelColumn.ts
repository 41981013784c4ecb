import * as vscode from 'vscode';

/** The column for our panels: where one of them is already, else beside the editor, so that there is never a third. */
export function panelColumn(): vscode.ViewColumn {
  const isOurs = ({ input }: vscode.Tab): boolean =>
    input instanceof vscode.TabInputWebview && /-boundaryLens\.(result|preflight)$/.test(input.viewType);
  return vscode.window.tabGroups.all.find(({ tabs }) => tabs.some(isOurs))?.viewColumn ?? vscode.ViewColumn.Beside;
}
