import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import * as vscode from 'vscode';

import { within } from '../../support/processes';

const file = (name: string): vscode.Uri => {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder);
  return vscode.Uri.joinPath(folder.uri, name);
};
const root = (): string => vscode.extensions.getExtension('boundary-lens.boundary-lens')?.extensionPath ?? '';
const activeInput = (): unknown => vscode.window.tabGroups.activeTabGroup.activeTab?.input;
const open = async (name: string): Promise<unknown> => {
  await vscode.commands.executeCommand('vscode.open', file(name));
  await within(`the tab of ${name}`, () => {
    const input = activeInput() as { uri?: vscode.Uri } | undefined;
    return input?.uri?.fsPath === file(name).fsPath;
  });
  return activeInput();
};
const hoverAt = async (uri: vscode.Uri, line: number, column: number): Promise<string> => {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    uri,
    new vscode.Position(line, column),
  );
  const texts = hovers
    .flatMap(({ contents }) => contents)
    .map((each) => (each instanceof vscode.MarkdownString ? each.value : ''));
  return texts
    .filter((text) => text.includes('boundaryLens.inspect'))
    .join('\n')
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
};

describe('the front door in the extension host', () => {
  before(() => {
    cpSync(path.join(root(), 'test/fixtures/keras/dense-mini.h5'), file('weights.h5').fsPath);
    cpSync(path.join(root(), 'samples/smooth/lenet-mnist-softplus.keras'), file('smooth.keras').fsPath);
    mkdirSync(file('models ñ').fsPath, { recursive: true });
    cpSync(file('lenet-mnist.onnx').fsPath, file('models ñ/my net.onnx').fsPath);
    const saved = path.join(root(), 'test/fixtures/savedModel/functions');
    cpSync(saved, file('saved').fsPath, { recursive: true });
    const source = [
      `a = load("models ñ/my net.onnx")`,
      `b = load(f"lenet-mnist.onnx")`,
      `c = load("gone.onnx"), load("boundary-lens.json")`,
      `d = load("saved")`,
      `torch.onnx.export(net, x, "lenet-mnist.onnx")`,
    ];
    writeFileSync(file('train.py').fsPath, source.join('\n'));
  });

  it('opens ONNX and .keras files with the page, and HDF5 files as ever', async () => {
    for (const name of ['lenet-mnist.onnx', 'smooth.keras']) {
      const input = await open(name);
      assert.ok(input instanceof vscode.TabInputCustom, name);
      assert.equal(input.viewType, 'boundaryLens.model');
    }
    const input = await open('weights.h5').catch(() => activeInput());
    assert.ok(!(input instanceof vscode.TabInputCustom && input.viewType.startsWith('boundaryLens.')));
  });

  it('opens the page of HDF5 files, and of the SavedModel in a folder, when it is asked for', async () => {
    for (const [given, shown] of [
      ['weights.h5', 'weights.h5'],
      ['saved', 'saved/saved_model.pb'],
    ] as const) {
      await vscode.commands.executeCommand('boundaryLens.inspect', file(given));
      await within(`the page of ${given}`, () => {
        const input = activeInput();
        return input instanceof vscode.TabInputCustom && input.uri.fsPath === file(shown).fsPath;
      });
    }
  });

  it('tells in a hover of the model that a path in a document names, with spaces and beyond ASCII', async () => {
    const { uri } = await vscode.workspace.openTextDocument(file('train.py'));
    await within('the facts', async () => (await hoverAt(uri, 0, 20)).includes('61,706 parameters'));
    const text = await hoverAt(uri, 0, 20);
    for (const said of ['my net.onnx, 249 KB', 'grey, 28 × 28', 'piecewise linear', 'Preprocessing']) {
      assert.ok(text.includes(said), said);
    }
    assert.ok(text.includes(encodeURIComponent(file('models ñ/my net.onnx').fsPath)));
    assert.ok((await hoverAt(uri, 1, 16)).includes('lenet-mnist.onnx'));
    await within('the SavedModel', async () => (await hoverAt(uri, 3, 12)).includes('saved/saved_model.pb'));
    assert.equal(await hoverAt(uri, 2, 12), '');
    assert.equal(await hoverAt(uri, 2, 32), '');
  });

  it('offers to analyse what a line saves, where the setting says so and the file is there', async () => {
    const { uri } = await vscode.workspace.openTextDocument(file('train.py'));
    const lenses = async (): Promise<(number | undefined)[]> => {
      const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri);
      return found
        .filter(({ command }) => command?.command === 'boundaryLens.analyze')
        .map(({ range }) => range.start.line);
    };
    assert.deepEqual(await lenses(), []);
    const settings = vscode.workspace.getConfiguration('boundaryLens');
    await settings.update('codeLens', true, vscode.ConfigurationTarget.Global);
    assert.deepEqual(await lenses(), [4]);
    await settings.update('codeLens', undefined, vscode.ConfigurationTarget.Global);
  });
});
