import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Browser } from 'playwright-core';

import { launchBrowser } from '../../support/panelPage';
import { within } from '../../support/processes';
import { installedServer } from '../install';
import { Server } from '../server';
import { Workbench } from '../workbench';

const vsix = process.env['BOUNDARY_LENS_VSIX'] ?? '';

describe('the installed extension in VS Code', function () {
  this.timeout(300_000);
  let browser: Browser;
  let server: Server;
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'boundary lens ñ '));
    cpSync('samples/relu', folder, { recursive: true });
    cpSync('samples/relu/lenet-mnist.onnx', path.join(folder, 'CAPITALS.ONNX'));
    for (const digit of ['3', '7']) {
      cpSync(`samples/mnist/${digit}`, path.join(folder, 'digits', digit), { recursive: true });
    }
    writeFileSync(path.join(folder, 'notes.txt'), 'nothing to analyse');
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

  it('starts no engine and opens no panel on its own', async () => {
    assert.deepEqual(server.engines(), []);
    assert.equal(await workbench.page.locator('iframe.webview').count(), 0);
  });

  it('offers the analysis in the Explorer on models in all letter cases, and on nothing else', async () => {
    const offered = async (file: string): Promise<boolean> => {
      const entries = await workbench.contextMenu(file);
      const count = await entries.filter({ hasText: 'Analyze Decision Boundary' }).count();
      await workbench.closeMenu();
      return count > 0;
    };
    await within('the extension’s menus', () => offered('lenet-mnist.onnx'));
    assert.ok(await offered('CAPITALS.ONNX'));
    for (const file of ['notes.txt', 'boundary-lens.json', 'digits']) assert.ok(!(await offered(file)), file);
  });

  it('analyses the model that is chosen on the images that are chosen, and shows figures and a table', async () => {
    await workbench.run('Boundary Lens: Analyze Decision Boundary');
    await workbench.pick('Analyze Decision Boundary: model', 'lenet-mnist.onnx');
    await workbench.pick('Analyze Decision Boundary: images', 'digits');
    await workbench.pick('Analyze Decision Boundary: how thorough', 'Quick');
    const panel = workbench.panel();
    await panel.locator('h1', { hasText: 'lenet-mnist.onnx' }).waitFor();
    await panel.locator('#boundary svg.main-svg').first().waitFor();
    await panel.locator('[role=status]', { hasText: 'done' }).waitFor({ state: 'attached', timeout: 240_000 });
    await panel.locator('#curvature svg.main-svg').first().waitFor();
    assert.equal(await panel.locator('#images table tbody tr').count(), 10);
    assert.equal(await panel.locator('.status').count(), 0);
    assert.equal(server.engines().length, 1, 'one engine process serves all');
  });

  it('shows the panel again after Reload Window, from the stored report and without an engine', async () => {
    await workbench.reload();
    await within('the old engine to end', () => server.engines().length === 0);
    const panel = workbench.panel();
    await panel.locator('h1', { hasText: 'lenet-mnist.onnx' }).waitFor();
    await panel.locator('#curvature svg.main-svg').first().waitFor();
    assert.equal(await panel.locator('#images table tbody tr').count(), 10);
    assert.deepEqual(server.engines(), []);
  });

  it('cancels from the panel, keeps what was found, and runs again', async () => {
    await workbench.runInMenu('lenet-mnist.onnx', 'Analyze Decision Boundary');
    await workbench.pick('Analyze Decision Boundary: images', 'digits');
    await workbench.pick('Analyze Decision Boundary: how thorough', 'Paper');
    const panel = workbench.panel();
    await panel.locator('#images table tbody tr').first().waitFor();
    await panel.getByRole('button', { name: 'Cancel' }).click();
    await panel.getByRole('heading', { name: 'Cancelled' }).waitFor();
    assert.ok((await panel.locator('#images table tbody tr').count()) > 0);
    await panel.getByRole('button', { name: 'Run again' }).click();
    await panel.getByRole('button', { name: 'Cancel' }).click();
    await panel.getByRole('heading', { name: 'Cancelled' }).waitFor();
  });

  it('says what is wrong with a model that cannot be read, and what to do next', async () => {
    writeFileSync(path.join(folder, 'broken.onnx'), 'not a model');
    await workbench.page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'broken.onnx' }).waitFor();
    await workbench.runInMenu('broken.onnx', 'Analyze Decision Boundary');
    await workbench.pick('Analyze Decision Boundary: images', 'digits');
    await workbench.pick('Analyze Decision Boundary: how thorough', 'Quick');
    await workbench.toast('broken.onnx').first().waitFor();
    await within('the log to say it', () => server.log().includes('broken.onnx'));
  });
});

describe('the installed extension in a workspace that is not trusted', function () {
  this.timeout(300_000);

  it('starts no engine and says why, also when a program asks', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'boundary-lens-untrusted-'));
    cpSync('samples/relu', folder, { recursive: true });
    const browser = await launchBrowser();
    const server = await Server.start(installedServer(), {
      ...{ vsix, trusted: false },
      settings: { 'security.workspace.trust.startupPrompt': 'never' },
    });
    try {
      const workbench = await Workbench.open(browser, server, folder);
      await workbench.run('Boundary Lens: Analyze Decision Boundary');
      await workbench.toast('only in a trusted workspace').waitFor();
      assert.equal(await workbench.page.locator('iframe.webview').count(), 0);
      assert.deepEqual(server.engines(), []);
    } finally {
      await browser.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
