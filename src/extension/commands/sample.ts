import { createHash } from 'node:crypto';
import path from 'node:path';

import * as vscode from 'vscode';

import type { Report } from '../../protocol/report';
import { exists } from '../files/paths';
import { openModelPage } from '../models/modelPage';
import { analyze } from './analyze';
import { checkPerturbation } from './detection';
import type { Tools } from './tools';

/** What can be done with the sample; the walkthrough's steps name one. */
export const doings = {
  check: { label: 'Check images', detail: 'Which of sixty were tampered with? Half a minute.', icon: 'beaker' },
  analyze: {
    label: 'Analyze the network',
    detail: 'How far are thirty images from being misread? First figures at once, all in a few minutes.',
    icon: 'graph',
  },
  model: { label: 'Look at the model file', detail: 'What it says of itself, at once.', icon: 'file' },
  folder: { label: 'Open the folder', detail: 'In a new window, to right-click what is in it.', icon: 'folder' },
} as const;
type Doing = keyof typeof doings;

/** The extension, which brings the sample along, and where it keeps things of its own. */
type Places = Pick<vscode.ExtensionContext, 'extensionUri' | 'globalStorageUri'>;

/**
 * Opens the sample that the extension brings along: a network, images and what was learned of telling perturbed ones. Needs
 * no connection, and no folder to be open.
 *
 * @param asked - one of the doings; asked for where it is none.
 */
export async function openSample(tools: Tools, places: Places, asked?: unknown): Promise<Report | undefined> {
  const doing = isDoing(asked) ? asked : await chooseDoing();
  if (doing === undefined) return undefined;
  const folder = await copiedSample(places);
  const [model = '', test = '', perturbed = ''] = ['nin-photographs.onnx', 'test', 'perturbed'].map((name) =>
    path.join(folder.fsPath, name),
  );
  const calibration =
    (await tools.calibrations.find(model)) ??
    (await tools.calibrations.adopt(model, vscode.Uri.joinPath(folder, 'calibration.json')));
  await tools.remembered.set(`model:${folder.fsPath}`, model);
  // Who has no model yet is offered this one for images of their own.
  if (tools.remembered.get('model') === undefined) await tools.remembered.set('model', model);
  // The walkthrough hears of changes alone: it may be opened after the sample was.
  for (const value of [false, true]) {
    await vscode.commands.executeCommand('setContext', `boundaryLens.sample.${doing}`, value);
  }
  switch (doing) {
    case 'check':
      return checkPerturbation(tools, [test, perturbed], { model });
    case 'analyze':
      return analyze(tools, model, { images: test, preset: 'quick', calibration });
    case 'model':
      await openModelPage(model);
      return undefined;
    case 'folder':
      await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true });
      return undefined;
  }
}

/** The copy, which is made anew where the sample has changed: whole, or not at all. */
async function copiedSample({ extensionUri, globalStorageUri }: Places): Promise<vscode.Uri> {
  const source = vscode.Uri.joinPath(extensionUri, 'samples', 'photographs');
  const samples = vscode.Uri.joinPath(globalStorageUri, 'samples');
  const calibration = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(source, 'calibration.json'));
  const name = createHash('sha256').update(calibration).digest('hex').slice(0, 8);
  const copy = vscode.Uri.joinPath(samples, name);
  if (!(await exists(copy.fsPath))) {
    const draft = vscode.Uri.joinPath(samples, `${name}.copying`);
    await vscode.workspace.fs.createDirectory(draft);
    await vscode.workspace.fs.copy(source, vscode.Uri.joinPath(draft, 'photographs'), { overwrite: true });
    await vscode.workspace.fs.rename(draft, copy, { overwrite: true });
  }
  return vscode.Uri.joinPath(copy, 'photographs');
}

async function chooseDoing(): Promise<Doing | undefined> {
  const items = Object.entries(doings).map(([doing, { label, detail, icon }]) => {
    return { doing, label, detail, iconPath: new vscode.ThemeIcon(icon) };
  });
  const chosen = await vscode.window.showQuickPick(items, {
    title: 'Open Sample',
    placeHolder: 'A small network that knows ten photographs, and images of them',
  });
  return isDoing(chosen?.doing) ? chosen.doing : undefined;
}

function isDoing(value: unknown): value is Doing {
  return typeof value === 'string' && Object.hasOwn(doings, value);
}
