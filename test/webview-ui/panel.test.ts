import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { encodeHtml } from '../../src/analysis/reports/html';
import { difference } from '../../src/protocol/change';
import type { Report } from '../../src/protocol/report';
import type { PanelState, ToView } from '../../src/protocol/view';
import { serious } from '../support/accessibility';
import { browserOfSuite, listened, openPanel, settled } from '../support/panelPage';
import { sampleReport } from '../support/sampleReport';
import { type ThemeName, vscodeThemes } from '../support/vscodeThemes';

const report = sampleReport();
const partial: Report = {
  ...report,
  analyses: { evaluate: report.analyses.evaluate!, boundary: report.analyses.boundary! },
};
const model = 'resnet8-cifar10.onnx';
const done: PanelState = { phase: 'done', model, report };
const running: PanelState = {
  phase: 'running',
  model,
  report: partial,
  progress: { stage: 'Nearest boundary points', done: 37, total: 60, elapsedMs: 8_400, backend: 'onnxruntime' },
};

describe('the panel', function () {
  this.timeout(120_000);
  const browser = browserOfSuite();

  for (const theme of Object.keys(vscodeThemes) as ThemeName[]) {
    it(`shows a whole report in ${theme}: axe finds nothing serious and the policy blocks nothing`, async () => {
      const { page, complaints, show } = await openPanel(browser(), { theme });
      await show(done);
      assert.equal(await page.locator('section.chapter:visible').count(), Object.keys(report.analyses).length + 2);
      assert.deepEqual(await serious(page), []);
      for (const state of [
        { phase: 'running', model, progress: running.progress },
        { phase: 'cancelled', model },
        { phase: 'failed', model, failure: { code: 'internal', message: 'x' } },
      ] satisfies PanelState[]) {
        await show(state);
        assert.deepEqual(await serious(page), [], state.phase);
      }
      assert.deepEqual(complaints, []);
    });
  }

  it('says that it can receive states', async () => {
    const { sent } = await openPanel(browser());
    assert.deepEqual(await sent(), [{ type: 'ready' }]);
  });

  it('shows stage, count, time and backend while it runs, and cancels', async () => {
    const { page, show, sent } = await openPanel(browser());
    await show({ phase: 'running', model });
    assert.equal(await page.getByRole('progressbar').getAttribute('value'), null);
    await show(running);
    const text = (await page.locator('.status').textContent()) ?? '';
    for (const part of ['Nearest boundary points', '37 of 60 (62 %)', '8.4 s', 'onnxruntime']) {
      assert.ok(text.includes(part), `${part} must stand in “${text}”`);
    }
    await page.getByRole('button', { name: 'Cancel' }).click();
    assert.deepEqual((await sent()).at(-1), { type: 'cancel' });
  });

  it('fills section by section and keeps the focus and the open tables where they are', async () => {
    const { page, show } = await openPanel(browser());
    await show(running);
    assert.equal(await page.locator('#curvature').count(), 0);
    await page.getByRole('button', { name: 'Image', exact: true }).focus();
    await page.locator('#distances summary').click();
    await page.getByRole('button', { name: 'Image', exact: true }).focus();
    await show(done);
    assert.equal(await page.locator('#curvature').count(), 1);
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Image');
    assert.ok(await page.locator('#distances table').isVisible());
    const order = await page.locator('.report > section.chapter').evaluateAll((list) => list.map(({ id }) => id));
    assert.deepEqual(order, ['images', ...Object.keys(report.analyses)]);
  });

  it('gives code, message and three ways on after a failure, beside what was finished', async () => {
    const { page, show, sent } = await openPanel(browser());
    await show({ ...running, phase: 'failed', failure: { code: 'engine-lost', message: 'The engine ended.' } });
    assert.match((await page.getByRole('alert').textContent()) ?? '', /engine-lost.*The engine ended\./);
    for (const [name, type] of [
      ['Retry', 'retry'],
      ['Choose other files', 'choose'],
      ['Show Log', 'showLog'],
    ]) {
      await page.getByRole('button', { name }).click();
      assert.deepEqual((await sent()).at(-1), { type });
    }
    assert.ok(await page.locator('#boundary').isVisible());
  });

  it('keeps partial results after a cancel and offers to run again', async () => {
    const { page, show, sent } = await openPanel(browser());
    await show({ phase: 'cancelled', model, report: partial });
    assert.ok(await page.locator('#boundary').isVisible());
    await page.getByRole('button', { name: 'Run again' }).click();
    assert.deepEqual((await sent()).at(-1), { type: 'retry' });
  });

  it('names every failed image with its error', async () => {
    const { page, show } = await openPanel(browser());
    await show({ ...done, report: partial });
    const items = await page.locator('.failures li').allTextContents();
    assert.equal(items.length, report.failures.length);
    for (const [i, { name, code, message }] of report.failures.entries()) {
      assert.ok([name!, code, message].every((part) => items[i].includes(part)));
    }
  });

  it('flags guessed preprocessing, and only that', async () => {
    const { page, show } = await openPanel(browser());
    await show({ ...done, report: partial });
    assert.equal(await page.locator('.about .warning').count(), 1);
    const { manifest } = report;
    const known = { ...manifest, preprocessing: { ...manifest.preprocessing, source: 'model' as const } };
    await show({ ...done, report: { ...partial, manifest: known } });
    assert.equal(await page.locator('.about .warning').count(), 0);
  });

  it('lists the most fragile images first and sorts by the keyboard', async () => {
    const { page, show } = await openPanel(browser());
    await show({ ...done, report: partial });
    const column = async (n: number) => await page.locator(`#images tbody td:nth-child(${n})`).allTextContents();
    const header = (name: string) => page.locator('#images th', { hasText: name });
    const index =
      (await page.locator('#images th').allTextContents()).findIndex((text) => text.startsWith('Distance')) + 1;
    const distances = (await column(index)).map((text) => (text === '–' ? Infinity : Number(text)));
    assert.equal(distances.length, 60);
    assert.ok(
      distances.every((value, i) => i === 0 || value >= distances[i - 1]),
      'ascending, missing ones last',
    );
    assert.equal(await header('Distance').getAttribute('aria-sort'), 'ascending');
    await page.getByRole('button', { name: 'Distance' }).first().focus();
    await page.keyboard.press('Enter');
    assert.equal(await header('Distance').getAttribute('aria-sort'), 'descending');
    const reversed = (await column(index)).filter((text) => text !== '–').map(Number);
    assert.equal(reversed[0], Math.max(...reversed));
    await page.keyboard.press('Enter');
    assert.equal(await header('Distance').getAttribute('aria-sort'), 'ascending', 'the focus stayed on the button');
  });

  it('draws 200 rows until all are asked for', async () => {
    const { page, show } = await openPanel(browser());
    const many = sampleReport({ images: 230 });
    await show({ ...done, report: { ...many, analyses: { boundary: many.analyses.boundary! } } });
    assert.equal(await page.locator('#images tbody tr').count(), 200);
    await page.locator('#images').getByRole('button', { name: 'Show all 230 rows' }).click();
    assert.equal(await page.locator('#images tbody tr').count(), 230);
  });

  it('opens an image and exports the report by asking the host', async () => {
    const { page, show, sent } = await openPanel(browser());
    await show({ ...done, report: partial });
    const first = page.locator('#images tbody button').first();
    const name = await first.textContent();
    await first.click();
    assert.deepEqual((await sent()).at(-1), { type: 'openImage', name });
    await page.getByRole('button', { name: 'CSV' }).click();
    assert.deepEqual((await sent()).at(-1), { type: 'export', as: 'csv' });
  });

  it('gives every figure words in place of the picture and its numbers by the keyboard', async () => {
    const { page, show } = await openPanel(browser());
    await show(done);
    const figures = await page.locator('figure').count();
    assert.equal(await page.locator('figure [role=img][aria-label]:not([aria-label=""])').count(), figures);
    await page.locator('#robustness summary').focus();
    await page.keyboard.press('Enter');
    await page.locator('#robustness details table').waitFor();
    assert.equal(
      await page.locator('#robustness details tbody tr').count(),
      report.analyses.subspace!.robustness!.noise.length,
    );
  });

  it('saves a plot as PNG and SVG and a map as PNG, under the policy', async () => {
    const { page, show, sent, complaints } = await openPanel(browser());
    await show(done);
    for (const [id, format, start] of [
      ['robustness', 'PNG', 'data:image/png;base64,'],
      ['robustness', 'SVG', 'data:image/svg+xml'],
      ['slice-1', 'PNG', 'data:image/png;base64,'],
    ]) {
      const before = (await sent()).length;
      await page.locator(`#${id} .saving`).getByRole('button', { name: format }).click();
      await page.waitForFunction((n) => window.fakeHost.sent.length > n, before);
      const message = (await sent()).at(-1)!;
      if (message.type !== 'saveFigure') throw new Error(`the page sent ${message.type}`);
      assert.equal(message.name, `${id}.${format.toLowerCase()}`);
      assert.ok(message.data.startsWith(start) && message.data.length > 5_000);
    }
    assert.deepEqual(complaints, []);
  });

  it('draws its figures anew when the theme changes', async () => {
    const { page, show, theme } = await openPanel(browser(), { theme: 'dark' });
    await show({ ...done, report: partial });
    const ink = () => page.locator('#distances .xtitle').evaluate((title) => getComputedStyle(title).fill);
    assert.equal(await ink(), 'rgb(204, 204, 204)');
    await theme('light');
    await page.waitForFunction(
      () => getComputedStyle(document.querySelector('#distances .xtitle')!).fill === 'rgb(59, 59, 59)',
    );
  });

  it('paints the region of each class in the colour of its legend', async () => {
    const { page, show } = await openPanel(browser());
    await show({ ...done, report: { ...report, analyses: { slice: report.analyses.slice! } } });
    const labels = report.analyses.slice!.labels!;
    const classes = report.manifest.model.classes;
    const legend = await page
      .locator('#slice-1 .legend li:has(.swatch)')
      .evaluateAll((list) =>
        list.map((item) => [item.textContent, getComputedStyle(item.firstElementChild!).backgroundColor]),
      );
    const colors = new Map(legend as [string, string][]);
    assert.deepEqual(new Set(colors.keys()), new Set(labels.flat().map((label) => classes[label])));
    for (const [row, column] of [
      [70, 40],
      [3, 40],
      [40, 5],
    ]) {
      const found = await page.locator('#slice-1 canvas').evaluate(
        (canvas, [u, v]) => {
          const { width, height } = canvas as HTMLCanvasElement;
          const scale = width / parseFloat((canvas as HTMLElement).style.width);
          const x = 56 * scale + u * (width - 68 * scale);
          const y = 10 * scale + (1 - v) * (height - 54 * scale);
          return [...(canvas as HTMLCanvasElement).getContext('2d')!.getImageData(x, y, 1, 1).data].slice(0, 3);
        },
        [column / 80, row / 80],
      );
      assert.equal(
        `rgb(${found.join(', ')})`,
        colors.get(classes[labels[row][column]]),
        `row ${row}, column ${column}`,
      );
    }
  });

  it('remembers its id and model alone, and lives on what is new', async () => {
    const { page, show, sent } = await openPanel(browser());
    await show({ ...done, id: 'its id', report: partial });
    assert.deepEqual(await page.evaluate(() => window.fakeHost.state), { id: 'its id', model });
    const say = async (message: ToView) => {
      await page.evaluate((news) => {
        window.postMessage(news, '*');
      }, message);
      await settled(page);
    };
    await say({ type: 'change', revision: 2, rest: { phase: 'running', model }, report: difference(partial, report) });
    assert.ok(await page.locator('#curvature').isVisible());
    await say({ type: 'progress', progress: { stage: 'Going on', done: 1, total: 2, elapsedMs: 1 } });
    assert.match((await page.locator('.status').textContent()) ?? '', /Going on/);
    assert.ok(await page.locator('#curvature').isVisible());
    await say({ type: 'change', revision: 7, rest: { phase: 'done', model } });
    assert.deepEqual((await sent()).at(-1), { type: 'ready' }, 'it missed something and asks for the whole');
  });

  it('tells the host of what it does not understand, and shows on what it showed', async () => {
    const { page, show, sent, complaints } = await openPanel(browser(), { remembered: { state: { phase: 'asleep' } } });
    await show({ ...done, report: partial });
    await show({ ...done, report: { ...partial, failures: 'none' } } as unknown as PanelState);
    const refused = (await sent()).filter(({ type }) => type === 'refused');
    assert.deepEqual(refused, [{ type: 'refused', reason: '/state/report/failures: Expected array' }]);
    assert.ok(await page.locator('#boundary').isVisible());
    assert.deepEqual(complaints, []);
  });

  it('shows verdicts before figures, each with its p-value and place among clean images and both candidate labels', async () => {
    const { page, show } = await openPanel(browser());
    const { detect } = report.analyses;
    await show({ ...done, report: { ...report, analyses: { detect: detect! } } });
    const chapter = page.locator('#detect');
    assert.match((await chapter.locator('.findings').textContent()) ?? '', /“Clean” is no guarantee/);
    assert.match((await chapter.locator(':scope > *').nth(2).getAttribute('class')) ?? '', /grid/);
    const headings = await chapter.locator('thead th').allTextContents();
    for (const title of ['Score', 'Score without curvature', 'Runner-up', 'Highest curvature', 'Suggested label']) {
      assert.ok(
        headings.some((heading) => heading.startsWith(title)),
        title,
      );
    }
    const perturbed = detect!.images!.filter(({ verdict }) => verdict === 'perturbed');
    const first = perturbed.sort((a, b) => a.pValue! - b.pValue!)[0];
    const row = (await chapter.locator('tbody tr').first().textContent()) ?? '';
    const { classes } = report.manifest.model;
    for (const part of [first.name, 'perturbed', 'p = 0.0', 'above 9', classes[first.recoveredLabel!]]) {
      assert.ok(row.includes(part), `${part} must stand in “${row}”`);
    }
  });

  it('shows what two models make of each image, under both names', async () => {
    const { page, show } = await openPanel(browser());
    const { compare } = report.analyses;
    await show({ ...done, report: { ...report, analyses: { compare: compare! } } });
    assert.match((await page.locator('h1').textContent()) ?? '', / and /);
    assert.equal(await page.locator('#compare .grid tbody tr').count(), Math.min(200, compare!.images!.length));
  });

  describe('as a file of its own', () => {
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
        assert.equal(await page.locator('#images tbody button').count(), 0);
        assert.deepEqual(await serious(page), []);
        assert.deepEqual(complaints, []);
      });
    }

    it('saves a figure as a download', async () => {
      const page = await browser().newPage();
      await page.goto(address);
      await settled(page);
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.locator('#robustness .saving').getByRole('button', { name: 'PNG' }).click(),
      ]);
      assert.equal(download.suggestedFilename(), 'robustness.png');
    });
  });
});
