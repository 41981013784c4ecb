import { homedir } from 'node:os';

import * as vscode from 'vscode';

/** What a report of a fault should say: versions, system and the last error, without the user's paths. */
export function issueText(context: vscode.ExtensionContext, lastError: string): string {
  const { version } = context.extension.packageJSON as { version: string };
  return [
    `Boundary Lens ${version}`,
    `VS Code ${vscode.version}`,
    `Node ${process.version}, ${process.platform} ${process.arch}`,
    `Backend setting: ${vscode.workspace.getConfiguration('boundaryLens').get<string>('backend', 'auto')}`,
    '',
    'Last error:',
    redacted(lastError) || '(none)',
  ].join('\n');
}

/** Where faults are reported, by package.json's `bugs`; undefined where it names no page. */
export function tracker(context: Pick<vscode.ExtensionContext, 'extension'>): vscode.Uri | undefined {
  const { bugs } = context.extension.packageJSON as { bugs?: string | { url?: string } };
  const url = typeof bugs === 'string' ? bugs : bugs?.url;
  return url?.startsWith('https://') ? vscode.Uri.parse(url) : undefined;
}

/** Paths of the user's own, which may name them, become …/file. */
function redacted(text: string): string {
  return text.replaceAll(homedir(), '~').replace(/(?:[A-Za-z]:)?(?:[\\/][^\s\\/:'")]+)+[\\/]([^\s\\/:'")]+)/g, '…/$1');
}
