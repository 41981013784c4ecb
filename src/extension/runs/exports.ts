import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import * as vscode from 'vscode';

import type { Report } from '../../protocol/report';
import { notice } from '../notifications';

const formats = { json: 'JSON report', csv: 'CSV table', html: 'HTML page' };

/** Saves a report where the user says. HTML and CSV are made by the command line's own `render`. */
export async function exportReport(extensionUri: vscode.Uri, report: Report, as: keyof typeof formats): Promise<void> {
  const { path: model } = report.manifest.model;
  const name = `${path.parse(model).name}-boundary.${as}`;
  const target = await askWhere(
    name,
    { [formats[as]]: [as] },
    vscode.workspace.getWorkspaceFolder(vscode.Uri.file(model)),
  );
  if (!target) return;
  if (as === 'json') {
    await vscode.workspace.fs.writeFile(target, Buffer.from(JSON.stringify(report, null, 1)));
  } else {
    const folder = await mkdtemp(path.join(tmpdir(), 'boundary-lens-'));
    try {
      const source = path.join(folder, 'report.json');
      await writeFile(source, JSON.stringify(report));
      const cli = vscode.Uri.joinPath(extensionUri, 'dist', 'cli.js').fsPath;
      const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
      await promisify(execFile)(process.execPath, [cli, 'render', source, '--out', target.fsPath], { env });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  await offerToOpen(target);
}

/** What a figure is saved as: the types of data URIs, what they are called, and how their files end. */
const figureTypes = [
  ['image/png', 'PNG image', 'png'],
  ['image/svg+xml', 'SVG image', 'svg'],
  ['text/csv', 'CSV table', 'csv'],
  ['application/json', 'JSON', 'json'],
] as const;

/** Saves a figure that the page drew, or its numbers, given as a data URI. */
export async function saveFigure(name: string, data: string): Promise<void> {
  const [head = '', ...parts] = data.split(',');
  const body = parts.join(',');
  const type = figureTypes.find(([mime]) => head.startsWith(`data:${mime}`));
  if (!type) throw new Error('a figure must be PNG, SVG, CSV or JSON');
  const target = await askWhere(name, { [type[1]]: [type[2]] });
  if (!target) return;
  const bytes = head.endsWith(';base64') ? Buffer.from(body, 'base64') : Buffer.from(decodeURIComponent(body));
  await vscode.workspace.fs.writeFile(target, bytes);
}

/** Asks for a file, in the folder of the workspace that is given, else in the first. */
function askWhere(
  name: string,
  filters: Record<string, string[]>,
  folder = vscode.workspace.workspaceFolders?.[0],
): Thenable<vscode.Uri | undefined> {
  const defaultUri = folder ? vscode.Uri.joinPath(folder.uri, name) : undefined;
  return vscode.window.showSaveDialog({ ...(defaultUri && { defaultUri }), filters });
}

async function offerToOpen(file: vscode.Uri): Promise<void> {
  const open = await vscode.window.showInformationMessage(notice(`saved ${path.basename(file.fsPath)}.`), 'Open');
  if (!open) return;
  if (file.fsPath.endsWith('.html')) await vscode.env.openExternal(file);
  else await vscode.commands.executeCommand('vscode.open', file);
}
