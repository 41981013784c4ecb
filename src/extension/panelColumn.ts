import * as vscode from 'vscode';

/** Where a panel of ours opens: with those that are open, else beside the active editor, and never in a third column. */
export function panelColumn(): vscode.ViewColumn {
  const { all, activeTabGroup } = vscode.window.tabGroups;
  const place = all.find(({ tabs }) => tabs.some(isOurs)) ?? all.find((group) => group !== activeTabGroup);
  return place?.viewColumn ?? vscode.ViewColumn.Beside;
}

/** Where a file opens that is asked for in a panel: in the code's column, which is not that of the panel. */
export function codeColumn(): vscode.ViewColumn {
  const others = vscode.window.tabGroups.all.filter(({ tabs }) => !tabs.some(isOurs));
  const code = others.find(({ tabs }) => tabs.some(({ input }) => input instanceof vscode.TabInputText));
  return (code ?? others[0])?.viewColumn ?? vscode.ViewColumn.Beside;
}

function isOurs({ input }: vscode.Tab): boolean {
  return input instanceof vscode.TabInputWebview && /boundaryLens\.(result|series|preflight)$/.test(input.viewType);
}
