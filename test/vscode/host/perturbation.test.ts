import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';

import * as vscode from 'vscode';

import type { Report } from '../../../src/protocol/report';

const file = (name: string): vscode.Uri => {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder);
  return vscode.Uri.joinPath(folder.uri, name);
};
const model = (): vscode.Uri => file('lenet-mnist.onnx');
const digits = (folder: string): vscode.Uri[] => {
  return readdirSync(file(folder).fsPath).map((name) => file(`${folder}/${name}`));
};
const check = async (images: readonly vscode.Uri[], choices: object = {}): Promise<Report> => {
  const report = await vscode.commands.executeCommand<Report | undefined>(
    'boundaryLens.checkPerturbation',
    images[0],
    images,
    { model: model().fsPath, ...choices },
  );
  assert.ok(report);
  return report;
};
const verdicts = ({ analyses }: Report): string[] => (analyses.detect?.images ?? []).map(({ verdict }) => verdict);
const tabs = (): string[] => {
  return vscode.window.tabGroups.all.flatMap((group) => group.tabs).map(({ label }) => label);
};

describe('checking images by a program', () => {
  it('gives numbers and candidate labels, but no verdicts, without a calibration', async () => {
    const images = digits('digits/7');
    const report = await check(images, { clean: null });
    assert.deepEqual(new Set(verdicts(report)), new Set(['uncalibrated']));
    for (const { rho, runnerUp, highestCurvatureLabel, label } of report.analyses.detect?.images ?? []) {
      assert.ok(Number.isFinite(rho));
      assert.notEqual(runnerUp, label);
      assert.notEqual(highestCurvatureLabel, label);
    }
    assert.equal(report.analyses.detect?.images?.length, images.length);
  });

  it('calibrates on the clean images that are given, and goes on past an image that cannot be read', async () => {
    writeFileSync(file('broken.png').fsPath, 'not an image');
    const report = await check([...digits('digits/7'), file('broken.png')], { clean: file('digits').fsPath });
    // Ten clean images are too few to judge by.
    assert.deepEqual(new Set(verdicts(report)), new Set(['undecided']));
    assert.deepEqual(
      report.failures.map(({ name }) => name),
      ['broken.png'],
    );
    for (const title of ['Calibration', 'Perturbation']) {
      assert.ok(tabs().includes(`${title}: lenet-mnist.onnx`), title);
    }
  });

  it('uses the calibration that is kept', async () => {
    const { manifest } = await check(digits('digits/3'));
    assert.match(manifest.command, / --calibration /);
  });

  it('leaves files alone that are no images', async () => {
    const report = await check([file('boundary-lens.json'), ...digits('digits/3')], { clean: null });
    assert.equal(report.failures.length, 0);
  });
});

describe('the sample that the extension brings along', () => {
  const open = async (doing: string): Promise<Report> => {
    const report = await vscode.commands.executeCommand<Report | undefined>('boundaryLens.openSample', doing);
    assert.ok(report);
    return report;
  };

  it('has a verdict on each image, by the calibration that comes with it', async () => {
    const report = await open('check');
    assert.equal(verdicts(report).length, 60);
    assert.deepEqual([...new Set(verdicts(report))].sort(), ['clean', 'perturbed']);
    assert.ok(tabs().includes('Perturbation: nin-photographs.onnx'));
  });

  it('opens its model, in a copy that is the user’s own', async () => {
    await vscode.commands.executeCommand('boundaryLens.openSample', 'model');
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.match(input.uri.fsPath, /globalStorage.*nin-photographs\.onnx$/);
  });
});

describe('comparing models by a program', () => {
  it('finds no difference between a model and its copy', async () => {
    await vscode.workspace.fs.copy(model(), file('copy.onnx'), { overwrite: true });
    const report = await vscode.commands.executeCommand<Report | undefined>(
      'boundaryLens.compare',
      model(),
      [model(), file('copy.onnx')],
      { images: file('digits').fsPath },
    );
    const found = report?.analyses.compare?.differences?.filter(({ n }) => n > 0) ?? [];
    assert.ok(found.length > 0);
    for (const { quantity, difference } of found) assert.equal(difference, 0, quantity);
  });
});
