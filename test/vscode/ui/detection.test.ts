import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Browser, Locator } from 'playwright-core';

import { launchBrowser } from '../../support/panelPage';
import { within } from '../../support/processes';
import { installedServer } from '../install';
import { Server } from '../server';
import { Workbench } from '../workbench';

const vsix = process.env['BOUNDARY_LENS_VSIX'] ?? '';
const entry = 'Check Perturbation';

/** Five images, one of them in capitals and one that is none, beside the model and fifty clean digits. */
function exampleFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'boundary lens ñ '));
  cpSync('samples/relu', folder, { recursive: true });
  cpSync('samples/smooth/lenet-mnist-softplus.keras', path.join(folder, 'smooth.keras'));
  cpSync('samples/mnist', path.join(folder, 'digits'), { recursive: true });
  for (const [from, to] of [
    ['test0004', 'a.png'],
    ['test0013', 'b.png'],
    ['test0014', 'c.PNG'],
  ] as const) {
    cpSync(`samples/mnist/7/${from}.png`, path.join(folder, to));
  }
  writeFileSync(path.join(folder, 'd.Jpeg'), 'not an image');
  writeFileSync(path.join(folder, 'notes.txt'), 'nothing to check');
  mkdirSync(path.join(folder, 'folder.png'));
  return folder;
}

describe('checking images for perturbations in VS Code', function () {
  this.timeout(300_000);
  let browser: Browser;
  let server: Server;
  let folder: string;
  let workbench: Workbench;
  const row = (name: string): Locator => {
    return workbench.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
  };

  before(async () => {
    folder = exampleFolder();
    browser = await launchBrowser();
    server = await Server.start(installedServer(), { vsix });
    workbench = await Workbench.open(browser, server, folder);
  });

  after(async () => {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench.picture(this.currentTest.title);
  });

  it('is offered on image files in all letter cases, and on nothing else, before the extension runs', async () => {
    const offered = async (file: string): Promise<boolean> => {
      const entries = await workbench.contextMenu(file);
      const count = await entries.filter({ hasText: entry }).count();
      await workbench.closeMenu();
      return count > 0;
    };
    await within('the extension’s menus', () => offered('a.png'));
    for (const file of ['c.PNG', 'd.Jpeg']) assert.ok(await offered(file), file);
    for (const file of ['notes.txt', 'lenet-mnist.onnx', 'folder.png']) assert.ok(!(await offered(file)), file);
    assert.deepEqual(server.engines(), []);
  });

  it('asks for the model and for clean images, calibrates, and shows a row for each image that can be read', async () => {
    // Not by a plain click: the image that it opens is selected in the Explorer a while later, and that alone.
    await row('a.png').click({ modifiers: ['Control'] });
    await within('four images to be selected', async () => {
      await row('d.Jpeg').click({ modifiers: ['Shift'] });
      return (await workbench.page.locator('.explorer-folders-view .monaco-list-row.selected').count()) === 5;
    });
    await workbench.runInMenu('b.png', entry);
    await workbench.pick('Check Perturbation: model for the images', 'lenet-mnist.onnx');
    await workbench.pick('Check Perturbation: clean images', 'digits');
    await workbench.page.locator('.tab', { hasText: 'Calibration: lenet-mnist.onnx' }).waitFor();
    await workbench.page.locator('.tab', { hasText: 'Perturbation: lenet-mnist.onnx' }).waitFor();
    const panel = workbench.panel();
    await panel.locator('#detect tbody button.name').first().waitFor();
    await panel.locator('[role=status]', { hasText: 'done' }).waitFor({ state: 'attached' });
    const names = await panel.locator('#detect tbody button.name').allTextContents();
    assert.deepEqual(names.sort(), ['a.png', 'b.png', 'c.PNG']);
    assert.match((await panel.locator('#failures').textContent()) ?? '', /d\.Jpeg/);
  });

  it('opens an image from the table', async () => {
    await workbench.panel().locator('#detect tbody button.name', { hasText: 'c.PNG' }).click();
    await workbench.page.locator('.tab', { hasText: 'c.PNG' }).waitFor();
  });

  it('remembers model and calibration, and asks for nothing the second time', async () => {
    await workbench.runInMenu('b.png', entry);
    const panel = workbench.panel();
    const names = panel.locator('#detect tbody button.name');
    await within('one row in place of three', async () => (await names.count()) === 1);
    assert.deepEqual(await names.allTextContents(), ['b.png']);
    await panel.locator('.command', { hasText: '--calibration' }).waitFor();
    await panel.locator('[role=status]', { hasText: 'done' }).waitFor({ state: 'attached' });
  });

  it('shows the verdicts again after Reload Window, still able to open images, without an engine', async () => {
    await workbench.reload();
    const image = workbench.panel().locator('#detect tbody button.name', { hasText: 'b.png' });
    await image.click();
    await workbench.page.locator('.tab', { hasText: 'b.png' }).waitFor();
    assert.deepEqual(server.engines(), []);
  });

  it('asks for clean images again when the calibration is of another preprocessing', async () => {
    writeFileSync(path.join(folder, 'boundary-lens.json'), JSON.stringify({ preprocessing: { scale: 1 / 255 } }));
    await workbench.runInMenu('b.png', entry);
    await workbench.pick('was calibrated with another preprocessing', 'Check without calibration');
    const panel = workbench.panel();
    await panel.locator('.findings', { hasText: 'No verdicts: without a calibration' }).waitFor();
  });

  it('stands beside a comparison of two models on the same images', async () => {
    await workbench.run('Boundary Lens: Compare Models');
    await workbench.pick('Compare Models: the first', 'lenet-mnist.onnx');
    await workbench.pick('Compare Models: the second', 'smooth.keras');
    await workbench.pick('Compare Models: images', 'digits');
    await workbench.page.locator('.tab', { hasText: 'Comparison: lenet-mnist.onnx, smooth.keras' }).waitFor();
    const panel = workbench.panel();
    // Until its own title is there, it may still be the panel before it that is asked.
    await panel.locator('h1', { hasText: 'lenet-mnist.onnx and smooth.keras' }).waitFor();
    await panel.locator('[role=status]', { hasText: 'done' }).waitFor({ state: 'attached', timeout: 120_000 });
    assert.equal(await panel.locator('#compare .grid tbody tr').count(), 50);
    await workbench.page.locator('.tab', { hasText: 'Perturbation: lenet-mnist.onnx' }).waitFor();
  });
});

describe('checking images in a workspace that is not trusted', function () {
  this.timeout(300_000);

  it('starts no engine and opens no panel, whichever command is run', async () => {
    const folder = exampleFolder();
    const browser = await launchBrowser();
    const server = await Server.start(installedServer(), {
      ...{ vsix, trusted: false },
      settings: { 'security.workspace.trust.startupPrompt': 'never' },
    });
    try {
      const workbench = await Workbench.open(browser, server, folder);
      for (const title of ['Check Perturbation', 'Calibrate Detection', 'Compare Models']) {
        await workbench.run(`Boundary Lens: ${title}`);
        const toast = workbench.toast('only in a trusted workspace').first();
        await toast.waitFor();
        await toast.hover();
        await toast.locator('.codicon-notifications-clear').click();
        await toast.waitFor({ state: 'detached' });
      }
      assert.equal(await workbench.page.locator('iframe.webview').count(), 0);
      assert.deepEqual(server.engines(), []);
    } finally {
      await browser.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
