import * as vscode from 'vscode';

import type { Failure } from '../protocol/failure';

const actions = {
  'Restart Engine': 'boundaryLens.restartEngine',
  'Show Log': 'boundaryLens.showLog',
  'Report Issue': 'boundaryLens.reportIssue',
};

/** Shows a failure with what the user can do about it. */
export async function withEngineActions({ code, message }: Failure): Promise<void> {
  const offered: (keyof typeof actions)[] =
    code === 'engine-lost' || code === 'internal' ? ['Restart Engine', 'Show Log', 'Report Issue'] : ['Show Log'];
  const chosen = await vscode.window.showErrorMessage(`Boundary Lens: ${firstLine(message)}`, ...offered);
  if (chosen) await vscode.commands.executeCommand(actions[chosen]);
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
