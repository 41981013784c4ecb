import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { within } from '../../support/processes';
import { Session, sessionOfSuite } from '../session';

function exampleFolder(folder: string): void {
  cpSync('samples/relu', folder, { recursive: true });
  // Ink where paper is: what the network was never shown.
  const inverted = { scale: -1 / 255, mean: -1 };
  mkdirSync(path.join(folder, 'doubtful'));
  cpSync('samples/relu/lenet-mnist.onnx', path.join(folder, 'doubtful', 'negative.onnx'));
  writeFileSync(path.join(folder, 'doubtful', 'boundary-lens.json'), JSON.stringify({ preprocessing: inverted }));
  for (const digit of ['1', '3', '4', '7']) {
    cpSync(`samples/mnist/${digit}`, path.join(folder, 'labelled', digit), { recursive: true });
  }
  mkdirSync(path.join(folder, 'digits'));
  cpSync('samples/mnist/7', path.join(folder, 'digits'), { recursive: true });
  writeFileSync(path.join(folder, 'best.pt'), Buffer.from('\x80\x02}q\x00.', 'latin1'));
}

describe('the page of a model in VS Code', function () {
  this.timeout(300_000);
  const session = sessionOfSuite(exampleFolder);

  it('opens by a click, says what the file holds, and follows the file', async () => {
    const { workbench, folder } = session();
    // A file opened before the extensions were read opens as text.
    await within('the extension’s menus', () => workbench.offers('lenet-mnist.onnx', 'Inspect Model'));
    await workbench.file('lenet-mnist.onnx').dblclick();
    const panel = workbench.panel();
    await panel.locator('h1', { hasText: 'lenet-mnist.onnx' }).waitFor();
    await panel.locator('.facts', { hasText: '61,706' }).waitFor();
    await panel.locator('.facts', { hasText: 'grey, 28 × 28' }).waitFor();
    writeFileSync(path.join(folder, 'lenet-mnist.onnx'), 'not a model any more');
    await panel.getByRole('heading', { name: 'This file cannot be analysed' }).waitFor();
    cpSync('samples/relu/lenet-mnist.onnx', path.join(folder, 'lenet-mnist.onnx'));
    await panel.locator('.facts', { hasText: '61,706' }).waitFor();
  });

  it('checks images that are chosen from it, and shows the results with their age', async () => {
    const { workbench } = session();
    await workbench.panel().getByRole('button', { name: 'Check Images' }).click();
    await workbench.pick('Check Perturbation: images', 'digits');
    await workbench.pick('Check Perturbation: clean images', 'Check without calibration');
    await workbench.page.locator('.tab', { hasText: 'Perturbation: lenet-mnist.onnx' }).waitFor();
    const results = workbench.page
      .locator('iframe.webview.ready[src*="extensionId=boundary-lens."]:visible')
      .first()
      .contentFrame()
      .frameLocator('iframe#active-frame')
      .locator('.results');
    await results.getByText('Perturbation: lenet-mnist.onnx').waitFor();
    await results.getByText('just now').waitFor();
  });

  it('asks before a run at chance, replaces a side file only after its difference was shown, and then runs', async () => {
    const { workbench, folder } = session();
    const side = path.join(folder, 'doubtful', 'boundary-lens.json');
    const before = readFileSync(side, 'utf8');
    await workbench.run('Boundary Lens: Analyze Decision Boundary and Robustness');
    await workbench.pick('Analyze Decision Boundary: model', 'negative.onnx');
    await workbench.pick('Analyze Decision Boundary: images', 'labelled');
    await workbench.pickPreset('Quick');
    const page = workbench.panel();
    await page.getByText('at or near chance').waitFor();
    assert.equal(await page.locator('.seen img').count(), 4);
    await page.getByRole('radio').first().check();
    await page.getByRole('button', { name: 'Use and Save' }).click();
    await page.getByRole('heading', { name: 'boundary-lens.json is there already' }).waitFor();
    await workbench.page.locator('.tab', { hasText: 'now and proposed' }).waitFor();
    assert.equal(readFileSync(side, 'utf8'), before);
    await page.getByRole('button', { name: 'Replace the File' }).click();
    await workbench.page.locator('.tab', { hasText: 'Boundary: negative.onnx' }).waitFor();
    assert.notEqual(readFileSync(side, 'utf8'), before);
    await within('the page to close', async () => {
      return (await workbench.page.locator('.tab', { hasText: 'Images: negative.onnx' }).count()) === 0;
    });
  });

  it('offers lines that export what is not read', async () => {
    const { workbench } = session();
    await workbench.runInMenu('best.pt', 'Inspect Model', workbench.page.locator('.tab', { hasText: 'best.pt' }));
    await workbench.panel().getByRole('button', { name: 'Copy export code' }).waitFor();
  });

  it('checks a folder of images from its menu', async () => {
    const { workbench } = session();
    const check = workbench.page.locator('.monaco-submenu .action-item', { hasText: 'Check Perturbation' });
    const question = workbench.question('Check Perturbation: model for the images in digits');
    await workbench.runInSubmenu('digits', 'Boundary Lens', check, question);
    await workbench.page.keyboard.press('Escape');
  });
});

describe('the page of a model in a workspace that is not trusted', function () {
  this.timeout(300_000);

  it('reads nothing, starts no engine, and leads to trust', async () => {
    const session = await Session.open(exampleFolder, false);
    try {
      const { workbench, server } = session;
      await within('the extension’s menus', () => workbench.offers('lenet-mnist.onnx', 'Inspect Model'));
      await workbench.file('lenet-mnist.onnx').dblclick();
      const panel = workbench.panel();
      await panel.getByRole('button', { name: 'Manage Trust' }).waitFor();
      assert.equal(await panel.locator('.facts').count(), 0);
      assert.deepEqual(server.engines(), []);
      await panel.getByRole('button', { name: 'Manage Trust' }).click();
      await within('the trust editor', async () => {
        return workbench.page.locator('.workspace-trust-editor').isVisible();
      });
    } finally {
      await session.close();
    }
  });
});
