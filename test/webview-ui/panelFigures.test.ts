import assert from 'node:assert/strict';

import { browserOfSuite, openPanel, settled } from '../support/panelPage';
import { done, partial, report } from '../support/panelRuns';

describe('the figures of the panel', function () {
  this.timeout(120_000);
  const browser = browserOfSuite();

  it('gives every figure words in place of the picture and its numbers by the keyboard', async () => {
    const { page, show } = await openPanel(browser());
    await show(done);
    const figures = await page.locator('.figures > figure').count();
    assert.ok(figures > 20);
    assert.equal(await page.locator('.figures > figure [role=img][aria-label]:not([aria-label=""])').count(), figures);
    await page.getByRole('tab', { name: 'Geometry' }).click();
    await page.locator('#robustness summary').press('Enter');
    await page.locator('#robustness details table').waitFor();
    assert.equal(
      await page.locator('#robustness details tbody tr').count(),
      report.analyses.subspace!.robustness!.noise.length,
    );
  });

  it('shows a figure large, and saves it on white as PNG and SVG, and its numbers as CSV and JSON', async () => {
    const { page, show, sent, complaints } = await openPanel(browser());
    await show(done);
    await page.getByRole('tab', { name: 'Geometry' }).click();
    await settled(page);
    const saved = async (format: string): Promise<string> => {
      const before = (await sent()).length;
      await page.getByRole('dialog').getByRole('button', { name: format }).click();
      await page.waitForFunction((n) => window.fakeHost.sent.length > n, before);
      const message = (await sent()).at(-1)!;
      if (message.type !== 'saveFigure') throw new Error(`the page sent ${message.type}`);
      return `${message.name} ${message.data}`;
    };
    for (const [id, formats] of [
      ['robustness', ['PNG', 'SVG', 'CSV', 'JSON']],
      ['slice-1', ['PNG', 'CSV', 'JSON']],
    ] as const) {
      await page.locator(`#${id} [data-action=enlarge]`).click();
      const dialog = page.getByRole('dialog');
      assert.deepEqual(await dialog.locator('.saving button').allTextContents(), [...formats]);
      const png = await saved('PNG');
      assert.ok(
        png.startsWith(`resnet8-cifar10.onnx-and-resnet8-robust-${id}.png data:image/png;base64,`),
        png.slice(0, 80),
      );
      assert.ok(png.length > 5_000);
      const numbers = decodeURIComponent(await saved('CSV'));
      assert.ok(numbers.includes(`-${id}.csv data:text/csv;charset=utf-8,`), numbers.slice(0, 80));
      assert.ok(numbers.split('\r\n').length > 2);
      assert.match(decodeURIComponent(await saved('JSON')), new RegExp(`"figure": "${id}"`));
      await dialog.getByRole('button', { name: 'Close' }).click();
    }
    await page.locator('#robustness [data-action=enlarge]').click();
    assert.match(decodeURIComponent(await saved('SVG')), /rgb\(255, 255, 255\)/);
    await page.keyboard.press('Escape');
    assert.equal(await page.getByRole('dialog').count(), 0);
    assert.deepEqual(complaints, []);
  });

  it('draws its figures anew when the theme or the width changes', async () => {
    const { page, show, theme } = await openPanel(browser(), { theme: 'dark' });
    await show({ ...done, report: partial });
    const ink = () => page.locator('#distances .xtitle').evaluate((title) => getComputedStyle(title).fill);
    assert.equal(await ink(), 'rgb(204, 204, 204)');
    await theme('light');
    await page.waitForFunction(
      () => getComputedStyle(document.querySelector('#distances .xtitle')!).fill === 'rgb(59, 59, 59)',
    );
    for (const [width, height] of [
      [400, 160],
      [800, 300],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.waitForFunction(
        ([wide, high]) => {
          const { width: drawn = 0, height: tall } =
            document.querySelector('#distances .main-svg')?.getBoundingClientRect() ?? {};
          const isWithin = document.documentElement.scrollWidth <= window.innerWidth;
          return drawn > wide - 60 && drawn < wide && tall === high && isWithin;
        },
        [width, height],
      );
    }
  });

  it('paints the region of each class in the colour of its legend', async () => {
    const { page, show } = await openPanel(browser());
    await show({ ...done, report: { ...report, analyses: { slice: report.analyses.slice! } } });
    await settled(page);
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
});
