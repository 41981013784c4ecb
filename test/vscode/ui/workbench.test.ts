import assert from 'node:assert/strict';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { FrameLocator } from 'playwright-core';

import { within } from '../../support/processes';
import { Session, sessionOfSuite } from '../session';

const entry = 'Analyze Decision Boundary';
const askForImages = `${entry}: images`;

/** How many images the panel lists. */
function images(panel: FrameLocator): Promise<number> {
  return panel.locator('#panel-images .card').count();
}

/** A model under two names, the digits three and seven, two of each of them, and a text. */
function exampleFolder(folder: string): void {
  cpSync('samples/relu', folder, { recursive: true });
  cpSync('samples/relu/lenet-mnist.onnx', path.join(folder, 'CAPITALS.ONNX'));
  for (const digit of ['3', '7']) {
    const images = path.join('samples/mnist', digit);
    cpSync(images, path.join(folder, 'digits', digit), { recursive: true });
    for (const image of readdirSync(images).slice(0, 2)) {
      cpSync(path.join(images, image), path.join(folder, 'few', digit, image));
    }
  }
  writeFileSync(path.join(folder, 'notes.txt'), 'nothing to analyse');
}

describe('the installed extension in VS Code', function () {
  this.timeout(300_000);
  const session = sessionOfSuite(exampleFolder);

  it('starts no engine and opens no panel on its own', async () => {
    const { workbench, server } = session();
    assert.deepEqual(server.engines(), []);
    assert.equal(await workbench.page.locator('iframe.webview').count(), 0);
  });

  it('offers the analysis in the Explorer on models in all letter cases, and on nothing else', async () => {
    const { workbench } = session();
    await within('the extension’s menus', () => workbench.offers('lenet-mnist.onnx', entry));
    assert.ok(await workbench.offers('CAPITALS.ONNX', entry));
    for (const file of ['notes.txt', 'boundary-lens.json', 'digits']) {
      assert.ok(!(await workbench.offers(file, entry)), file);
    }
  });

  it('analyses the model that is chosen on the images that are chosen, and shows figures and a table', async () => {
    const { workbench, server } = session();
    await workbench.run('Boundary Lens: Analyze Decision Boundary and Robustness');
    await workbench.pick('Analyze Decision Boundary: model', 'lenet-mnist.onnx');
    await workbench.pick(askForImages, 'digits');
    await workbench.pickPreset('Quick');
    const panel = workbench.panel();
    await panel.locator('h1', { hasText: 'lenet-mnist.onnx' }).waitFor();
    await panel.locator('#distances svg.main-svg').first().waitFor();
    await panel.locator('[role=status]', { hasText: 'done' }).waitFor({ state: 'attached', timeout: 240_000 });
    await panel.getByRole('tab', { name: 'Geometry' }).click();
    await panel.locator('#mean-curvature svg.main-svg').first().waitFor();
    await panel.getByRole('tab', { name: 'Images' }).click();
    await within('ten images', async () => (await images(panel)) === 10);
    assert.equal(await panel.locator('.status').count(), 0);
    assert.equal(await panel.getByRole('button', { name: 'Cancel' }).count(), 0);
    assert.equal(server.engines().length, 1, 'one engine process serves all');
  });

  it('shows the panel again after Reload Window, from the stored report and without an engine', async () => {
    const { workbench, server } = session();
    await workbench.reload();
    await within('the old engine to end', () => server.engines().length === 0);
    const panel = workbench.panel();
    await panel.locator('h1', { hasText: 'lenet-mnist.onnx' }).waitFor();
    await panel.getByRole('tab', { name: 'Geometry' }).click();
    await panel.locator('#mean-curvature svg.main-svg').first().waitFor();
    await panel.getByRole('tab', { name: 'Images' }).click();
    await within('ten images', async () => (await images(panel)) === 10);
    assert.deepEqual(server.engines(), []);
  });

  it('cancels from the panel, keeps what was found, and runs again', async () => {
    const { workbench } = session();
    await workbench.runInMenu('lenet-mnist.onnx', entry, workbench.question(askForImages));
    await workbench.pick(askForImages, 'digits');
    await workbench.pickPreset('Paper');
    const panel = workbench.panel();
    await panel.getByRole('tab', { name: 'Images' }).click();
    await panel.locator('#panel-images .card').first().waitFor();
    await panel.getByRole('button', { name: 'Cancel' }).click();
    await panel.getByRole('heading', { name: 'Cancelled' }).waitFor();
    assert.ok((await images(panel)) > 0);
    await panel.getByRole('button', { name: 'Run again' }).click();
    await panel.getByRole('button', { name: 'Cancel' }).waitFor();
    await panel.locator('#panel-images .card').first().waitFor();
  });

  it('says after Reload Window in mid-run that it was interrupted, shows what was found, and goes on from there', async () => {
    const { workbench } = session();
    await workbench.reload();
    const panel = workbench.panel();
    await panel.getByRole('heading', { name: 'Interrupted' }).waitFor();
    await within('what was found', async () => (await images(panel)) > 0);
    await panel.getByRole('button', { name: 'Run again' }).click();
    await panel.getByRole('button', { name: 'Cancel' }).click();
    await panel.getByRole('heading', { name: 'Cancelled' }).waitFor();
  });

  it('goes on when its panel is closed, tells how far it is and when it is done, and shows what it found', async function () {
    this.timeout(900_000);
    const { workbench, server } = session();
    const { page } = workbench;
    await workbench.runInMenu('CAPITALS.ONNX', entry, workbench.question(askForImages));
    await workbench.pick(askForImages, 'few');
    await workbench.pickPreset('Standard');
    const tab = page.locator('.tab', { hasText: 'Boundary: CAPITALS.ONNX' });
    const panel = workbench.panel();
    await panel.locator('.now', { hasText: 'closing this panel does not stop it' }).waitFor();
    const progress = page.locator('.statusbar-item[id="boundary-lens.boundary-lens.boundaryLens.progress"]');
    const closed = async (): Promise<void> => {
      await tab.locator('.tab-actions .action-label').click();
      await tab.waitFor({ state: 'detached' });
    };
    await closed();
    // While what was run before goes on too, a click asks which is meant; and one on an item that is just renewed is lost.
    await within(
      'the status bar to show the run',
      async () => {
        try {
          await progress.click({ timeout: 2000 });
          await tab.waitFor({ timeout: 2000 });
          return true;
        } catch {
          await page.keyboard.press('Escape');
          return false;
        }
      },
      120_000,
    );
    await panel.getByRole('button', { name: 'Cancel' }).waitFor();
    await closed();
    const toast = workbench.toast('the boundary analysis of CAPITALS.ONNX is done');
    await toast.waitFor({ timeout: 600_000 });
    await progress.waitFor({ state: 'detached' });
    await toast.getByRole('button', { name: 'Show Results' }).click();
    await tab.waitFor();
    await panel.locator('[role=status]', { hasText: 'done' }).waitFor({ state: 'attached' });
    await panel.getByRole('tab', { name: 'Images' }).click();
    await within('four images', async () => (await images(panel)) === 4);
    assert.equal(server.engines().length, 1);
  });

  it('says what is wrong with a model that cannot be read, and what to do next', async () => {
    const { workbench, server, folder } = session();
    writeFileSync(path.join(folder, 'broken.onnx'), 'not a model');
    await workbench.runInMenu('broken.onnx', entry, workbench.question(askForImages));
    await workbench.pick(askForImages, 'digits');
    await workbench.pick('Analyze Decision Boundary: how thorough', 'Quick');
    const reason = workbench.panel().locator('.status.failed', { hasText: 'broken.onnx' });
    await reason.getByRole('button', { name: 'Retry' }).waitFor();
    assert.equal(await workbench.toast('broken.onnx').count(), 0, 'what the panel says is not said twice');
    await within('the log to say it', () => server.log().includes('broken.onnx'));
  });
});

describe('the installed extension in a workspace that is not trusted', function () {
  this.timeout(300_000);

  it('starts no engine and says why, also when a program asks', async () => {
    const session = await Session.open(exampleFolder, false);
    try {
      const { workbench, server } = session;
      await workbench.run('Boundary Lens: Analyze Decision Boundary and Robustness');
      await workbench.toast('only in a trusted workspace').waitFor();
      assert.equal(await workbench.page.locator('iframe.webview').count(), 0);
      assert.deepEqual(server.engines(), []);
    } finally {
      await session.close();
    }
  });
});
