import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { within } from '../../support/processes';
import { Session, sessionOfSuite } from '../session';

const entry = 'Check Perturbation';

/** Five images, one of them in capitals and one that is none, beside the model and fifty clean digits. */
function exampleFolder(folder: string): void {
  cpSync('samples/relu', folder, { recursive: true });
  // It takes pixels as they are, which the other's side file does not say.
  cpSync('samples/smooth/lenet-mnist-softplus.keras', path.join(folder, 'as they are', 'smooth.keras'));
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
}

describe('checking images for perturbations in VS Code', function () {
  this.timeout(300_000);
  const session = sessionOfSuite(exampleFolder);

  it('is offered on image files in all letter cases, and on nothing else, before the extension runs', async () => {
    const { workbench, server } = session();
    await within('the extension’s menus', () => workbench.offers('a.png', entry));
    for (const file of ['c.PNG', 'd.Jpeg']) assert.ok(await workbench.offers(file, entry), file);
    for (const file of ['notes.txt', 'lenet-mnist.onnx', 'folder.png']) {
      assert.ok(!(await workbench.offers(file, entry)), file);
    }
    assert.deepEqual(server.engines(), []);
  });

  it('asks for the model and for clean images, calibrates, and shows a row for each image that can be read', async () => {
    const { workbench } = session();
    // Not by a plain click: the image that it opens is selected in the Explorer a while later, and that alone.
    await workbench.file('a.png').click({ modifiers: ['Control'] });
    await within('four images to be selected', async () => {
      await workbench.file('d.Jpeg').click({ modifiers: ['Shift'] });
      return (await workbench.page.locator('.explorer-folders-view .monaco-list-row.selected').count()) === 5;
    });
    await workbench.runInMenu('b.png', entry, workbench.question('Check Perturbation: model'));
    await workbench.pick('Check Perturbation: model for the images', 'lenet-mnist.onnx');
    await workbench.pick('Check Perturbation: clean images', 'digits');
    await workbench.page.locator('.tab', { hasText: 'Calibration: lenet-mnist.onnx' }).waitFor();
    await workbench.page.locator('.tab', { hasText: 'Perturbation: lenet-mnist.onnx' }).waitFor();
    const panel = workbench.panel();
    await panel.locator('#detect .card').first().waitFor();
    await panel.locator('[role=status]', { hasText: 'done' }).waitFor({ state: 'attached' });
    const names = await panel
      .locator('#detect .card')
      .evaluateAll((cards) => cards.map((card) => card.getAttribute('title') ?? ''));
    assert.deepEqual(names.sort(), ['a.png', 'b.png', 'c.PNG']);
    assert.match((await panel.locator('#failures').textContent()) ?? '', /d\.Jpeg/);
  });

  it('opens the image that is selected', async () => {
    const { workbench } = session();
    await workbench.panel().locator('#detect .card[title="c.PNG"]').click();
    await workbench.panel().locator('#detect .detail h3', { hasText: 'c.PNG' }).waitFor();
    await workbench.panel().locator('#detect').getByRole('button', { name: 'Open File' }).click();
    await workbench.shows('c.PNG');
  });

  it('remembers model and calibration, and asks for nothing the second time', async () => {
    const { workbench } = session();
    const panel = workbench.panel();
    await workbench.runInMenu(
      'b.png',
      entry,
      panel.locator('#detect .browser.single .detail h3', { hasText: 'b.png' }),
    );
    await panel.locator('.command', { hasText: '--calibration' }).waitFor({ state: 'attached' });
    await panel.locator('[role=status]', { hasText: 'done' }).waitFor({ state: 'attached' });
  });

  it('shows the verdicts again after Reload Window, still able to open images, without an engine', async () => {
    const { workbench, server } = session();
    await workbench.reload();
    await workbench.panel().locator('#detect .detail h3', { hasText: 'b.png' }).waitFor();
    await workbench.panel().locator('#detect').getByRole('button', { name: 'Open File' }).click();
    await workbench.shows('b.png');
    assert.deepEqual(server.engines(), []);
  });

  it('asks for clean images again when the calibration is of another preprocessing', async () => {
    const { workbench, folder } = session();
    writeFileSync(path.join(folder, 'boundary-lens.json'), JSON.stringify({ preprocessing: { scale: 1 / 255 } }));
    const question = 'was calibrated with another preprocessing';
    await workbench.runInMenu('b.png', entry, workbench.question(question));
    await workbench.pick(question, 'Check without calibration');
    const panel = workbench.panel();
    await panel.locator('#detect .verdict', { hasText: 'No verdict' }).first().waitFor();
  });

  it('stands beside a comparison of two models on the same images', async () => {
    const { workbench } = session();
    await workbench.run('Boundary Lens: Compare Models');
    await workbench.pick('Compare Models: the first', 'lenet-mnist.onnx');
    await workbench.pick('Compare Models: the second', 'smooth.keras');
    await workbench.pick('Compare Models: images', 'digits');
    await workbench.page.locator('.tab', { hasText: 'Comparison: lenet-mnist.onnx, smooth.keras' }).waitFor();
    const panel = workbench.panel();
    // Until its own title is there, it may still be the panel before it that is asked.
    await panel.locator('h1', { hasText: 'lenet-mnist.onnx and smooth.keras' }).waitFor();
    await panel.locator('[role=status]', { hasText: 'done' }).waitFor({ state: 'attached', timeout: 120_000 });
    await panel.getByRole('tab', { name: 'Images' }).click();
    assert.equal(await panel.locator('#panel-images .card').count(), 50);
    await workbench.page.locator('.tab', { hasText: 'Perturbation: lenet-mnist.onnx' }).waitFor();
  });

  it('calibrates another model by the palette, and checks with it once it is chosen for the folder', async () => {
    const { workbench } = session();
    await workbench.run('Boundary Lens: Calibrate Detection');
    await workbench.pick('Calibrate Detection: model', 'smooth.keras');
    await workbench.pick('Calibrate Detection: clean images', 'digits');
    const panel = workbench.panel();
    await workbench.page.locator('.tab', { hasText: 'Calibration: smooth.keras' }).waitFor();
    await panel.locator('h1', { hasText: /^smooth\.keras$/ }).waitFor();
    await panel.locator('[role=status]', { hasText: 'done' }).waitFor({ state: 'attached' });
    await workbench.file('a.png').click();
    await workbench.shows('a.png');
    await workbench.run('Boundary Lens: Choose Model for Check Perturbation');
    await workbench.pick('Check Perturbation: model for the images', 'smooth.keras');
    const tab = workbench.page.locator('.tab', { hasText: 'Perturbation: smooth.keras' });
    await workbench.runInMenu('b.png', entry, tab);
    await panel.locator('h1', { hasText: /^smooth\.keras$/ }).waitFor();
    await panel.locator('#detect .detail h3', { hasText: 'b.png' }).waitFor();
    await panel.locator('.command', { hasText: '--calibration' }).waitFor({ state: 'attached' });
  });

  it('checks the images of the sample that it brings along, and asks only what is to be done with it', async () => {
    const { workbench } = session();
    await workbench.run('Boundary Lens: Open Sample (Network and Images to Try)');
    await workbench.pick('Open Sample', 'Check images');
    await workbench.page.locator('.tab', { hasText: 'Perturbation: nin-photographs.onnx' }).waitFor();
    const panel = workbench.panel();
    await panel.locator('[role=status]', { hasText: 'done' }).waitFor({ state: 'attached', timeout: 240_000 });
    await panel.getByText('rocket-x1.png').first().waitFor();
  });
});

describe('checking images in a workspace that is not trusted', function () {
  this.timeout(300_000);

  it('starts no engine and opens no panel, whichever command is run', async () => {
    const session = await Session.open(exampleFolder, false);
    try {
      const { workbench, server } = session;
      for (const title of [
        'Check Perturbation (Adversarial Images)',
        'Calibrate Detection',
        'Compare Models',
        'Open Sample (Network and Images to Try)',
      ]) {
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
      await session.close();
    }
  });
});
