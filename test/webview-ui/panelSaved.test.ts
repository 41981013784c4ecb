import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { encodeHtml } from '../../src/analysis/reports/html';
import type { Report } from '../../src/protocol/report';
import { answers } from '../../src/reading/answers';
import { serious } from '../support/accessibility';
import { hostileNames } from '../support/hostileNames';
import { hostileReport } from '../support/hostileReport';
import { browserOfSuite, listened, settled } from '../support/panelPage';
import { sampleReport } from '../support/sampleReport';

const sample = sampleReport();
const home = '/home/somebody/work';
const { manifest } = sample;
/** As the command line makes one, with the paths of its machine. */
const report = {
  ...sample,
  manifest: {
    ...manifest,
    command: `boundary-lens analyze ${home}/resnet8-cifar10.onnx --images "${home}/my images/validation" --preset standard`,
    model: { ...manifest.model, path: `${home}/resnet8-cifar10.onnx` },
    notes: [...manifest.notes, `${home}/my images/validation/labels.txt is not read, nor is /opt/data/other.txt.`],
  },
  failures: [{ code: 'invalid-input' as const, message: `${home}/my images/validation/x.png cannot be read` }],
};

describe('the report as a file of its own', function () {
  this.timeout(120_000);
  const browser = browserOfSuite();
  let folder: string;
  let address: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'boundary-lens-'));
    const file = path.join(folder, 'report.html');
    await writeFile(file, await encodeHtml(report, 'dist'));
    address = pathToFileURL(file).href;
  });
  after(() => rm(folder, { recursive: true }));

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`opens offline in ${colorScheme} without a host, a complaint or a serious finding of axe`, async () => {
      const page = await browser().newPage({ colorScheme, viewport: { width: 1200, height: 900 } });
      const complaints = listened(page);
      const requests: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      await page.goto(address);
      await settled(page);
      assert.deepEqual(
        requests.filter((url) => !/^(file|data|blob):/.test(url)),
        [],
      );
      assert.ok((await page.locator('figure').count()) > 20);
      for (const name of ['Cancel', 'Retry', 'JSON', 'Run again']) {
        assert.equal(await page.getByRole('button', { name }).filter({ visible: true }).count(), 0, name);
      }
      assert.deepEqual(await serious(page), []);
      assert.deepEqual(complaints, []);
    });
  }

  const opened = async (options: { width?: number } = {}) => {
    const page = await browser().newPage({ viewport: { width: options.width ?? 1200, height: 900 } });
    await page.goto(address);
    await settled(page);
    return page;
  };

  it('opens with the model’s name, the date and the sentences that the panel opens with', async () => {
    const page = await opened();
    assert.match((await page.locator('h1').textContent()) ?? '', /resnet8-cifar10\.onnx/);
    assert.match((await page.locator('.top').textContent()) ?? '', /15 Jan/);
    assert.deepEqual(
      await page.locator('.answers li').allTextContents(),
      answers(report).map(({ text }) => text),
    );
  });

  it('holds no folder of the machine that it was made on, and still says which files', async () => {
    const html = await readFile(fileURLToPath(address), 'utf8');
    const data = html.slice(html.indexOf('id="boundary-lens-report"'));
    assert.ok(!/somebody|\/opt\/|my images/.test(data.slice(0, data.indexOf('</script>'))));
    const page = await opened();
    await page.getByText('About these results').click();
    const text = (await page.locator('.about').textContent()) ?? '';
    for (const part of ['analyze resnet8-cifar10.onnx --images "validation"', 'labels.txt', 'other.txt', 'x.png']) {
      assert.ok(text.includes(part), part);
    }
  });

  it('says in plain words what each quantity is, when asked', async () => {
    const page = await opened();
    await page.getByText('What the words mean').click();
    assert.ok(await page.getByText('how much an image must change').isVisible());
  });

  it('can be read on a phone: nothing is wider than the page', async () => {
    const page = await opened({ width: 390 });
    for (const name of ['Overview', 'Images', 'Geometry', 'Detection']) {
      await page.getByRole('tab', { name }).click();
      await settled(page);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), name);
    }
  });

  it('reads hostile names letter by letter: nothing is made of them, and no script but its own runs', async () => {
    const hostile = hostileReport();
    // Of two models the page would be called by both.
    delete hostile.analyses.compare;
    const name = '<img src=x onerror=alert(1)>&amp;"\'.onnx';
    const { manifest } = hostile;
    const file = path.join(folder, 'hostile.html');
    const saved: Report = {
      ...hostile,
      manifest: {
        ...manifest,
        ...{ model: { ...manifest.model, path: `/models/${name}` }, notes: [...hostileNames] },
        command: `boundary-lens analyze "/models/${name}" --images "${hostileNames[1]}"`,
      },
      failures: hostileNames.map((image) => ({ code: 'invalid-input', name: image, message: `${image}: unreadable` })),
    };
    await writeFile(file, await encodeHtml(saved, 'dist'));
    const page = await browser().newPage({ viewport: { width: 1200, height: 900 } });
    const complaints = listened(page);
    const [dialogs, requests]: string[][] = [[], []];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    await settled(page);
    for (const tab of ['Overview', 'Images', 'Geometry', 'Detection']) {
      await page.getByRole('tab', { name: tab }).click();
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
      });
      await settled(page);
    }
    assert.equal(await page.title(), `${name} – Boundary Lens`);
    assert.equal(await page.locator('h1').textContent(), name);
    await page.getByRole('tab', { name: 'Images' }).click();
    await page.getByRole('button', { name: 'Table' }).click();
    const names = await page.locator('#panel-images tbody button.name').allTextContents();
    assert.deepEqual(names.sort(), [...hostileNames].sort());
    const text = (await page.locator('main').textContent()) ?? '';
    for (const one of hostileNames.slice(0, 10)) assert.ok(text.includes(one), one);
    assert.equal(await page.locator('main a, main script, main img:not([src^="data:image/png"])').count(), 0);
    assert.equal(await page.evaluate(() => document.scripts.length), 2);
    assert.deepEqual(dialogs, []);
    assert.deepEqual(
      requests.filter((url) => !/^(file|data|blob):/.test(url)),
      [],
    );
    assert.deepEqual(complaints, []);
  });

  it('saves a figure as a download', async () => {
    const page = await opened();
    await page.getByRole('tab', { name: 'Geometry' }).click();
    await settled(page);
    await page.locator('#robustness [data-action=enlarge]').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('dialog').getByRole('button', { name: 'PNG' }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^resnet8-cifar10.*-robustness\.png$/);
  });
});
