import assert from 'node:assert/strict';

import { difference } from '../../src/protocol/change';
import type { Report } from '../../src/protocol/report';
import type { PanelState, ToView } from '../../src/protocol/view';
import { answers } from '../../src/reading/answers';
import { serious } from '../support/accessibility';
import { hostileNames } from '../support/hostileNames';
import { browserOfSuite, openPanel, settled } from '../support/panelPage';
import { sampleReport } from '../support/sampleReport';
import { type ThemeName, vscodeThemes } from '../support/vscodeThemes';

const report = sampleReport();
const partial: Report = {
  ...report,
  analyses: { evaluate: report.analyses.evaluate!, boundary: report.analyses.boundary! },
};
const unfinished: Report = {
  ...partial,
  manifest: { ...report.manifest, state: 'running', settings: { evaluate: {}, boundary: {}, curvature: {} } },
};
const model = 'resnet8-cifar10.onnx';
const done: PanelState = { phase: 'done', model, report };
const running: PanelState = {
  phase: 'running',
  model,
  report: unfinished,
  progress: {
    stage: 'Nearest boundary points',
    ...{ done: 37, total: 60, elapsedMs: 30_000, share: 0.2 },
    backend: 'onnxruntime',
  },
};

describe('the panel', function () {
  this.timeout(120_000);
  const browser = browserOfSuite();

  const tabs = ['Overview', 'Images', 'Geometry', 'Detection'] as const;
  const failed: PanelState = { phase: 'failed', model, failure: { code: 'internal', message: 'x' } };

  for (const theme of Object.keys(vscodeThemes) as ThemeName[]) {
    it(`shows a whole report in ${theme}: axe finds nothing serious in any tab or state, and the policy blocks nothing`, async () => {
      const { page, complaints, show } = await openPanel(browser(), { theme });
      await show(done);
      for (const name of tabs) {
        await page.getByRole('tab', { name }).click();
        await settled(page);
        assert.deepEqual(await serious(page), [], name);
      }
      assert.deepEqual(complaints, []);
    });
  }

  it('has nothing serious for axe to find in any state', async () => {
    const { page, complaints, show } = await openPanel(browser());
    for (const state of [running, { phase: 'cancelled', model, report: partial }, failed] satisfies PanelState[]) {
      await show(state);
      assert.deepEqual(await serious(page), [], state.phase);
    }
    assert.deepEqual(complaints, []);
  });

  it('says that it can receive states', async () => {
    const { sent } = await openPanel(browser());
    assert.deepEqual(await sent(), [{ type: 'ready' }]);
  });

  it('opens with what a colleague would say, and leads to the figure that shows it', async () => {
    const { page, show } = await openPanel(browser());
    await show(done);
    const said = await page.locator('.answers li').allTextContents();
    assert.deepEqual(
      said,
      answers(report).map(({ text }) => text),
    );
    const analyses = { ...report.analyses };
    delete analyses.compare;
    await show({ ...done, report: { ...report, analyses } });
    await page.locator('.answers button', { hasText: 'flip if' }).press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.closest('figure')?.id), 'distances');
  });

  it('has a tab for each question that the report answers, and goes from one to the next by the arrow keys', async () => {
    const { page, show } = await openPanel(browser());
    await show(done);
    assert.deepEqual(await page.getByRole('tab').filter({ visible: true }).allTextContents(), [...tabs]);
    await page.getByRole('tab', { name: 'Overview' }).focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Images');
    assert.ok(await page.getByRole('tabpanel', { name: 'Images' }).isVisible());
    await page.keyboard.press('End');
    assert.ok(await page.getByRole('tabpanel', { name: 'Detection' }).isVisible());
    await show({ ...done, report: partial });
    assert.deepEqual(await page.getByRole('tab').filter({ visible: true }).allTextContents(), ['Overview', 'Images']);
  });

  it('has few tab stops, however many images there are', async () => {
    const { page, show } = await openPanel(browser());
    await show({ ...done, report: sampleReport({ images: 200 }) });
    const stops = (): Promise<number> =>
      page.evaluate(() => {
        const all = document.querySelectorAll<HTMLElement>('button, a[href], select, summary, [tabindex]');
        return [...all].filter((element) => element.tabIndex >= 0 && element.checkVisibility()).length;
      });
    for (const name of tabs) {
      await page.getByRole('tab', { name }).click();
      await settled(page);
      assert.ok((await stops()) < 40, `${name}: ${await stops()}`);
    }
  });

  it('says how far it is, how long it still takes and what it does, and cancels while there is something to cancel', async () => {
    const { page, show, sent } = await openPanel(browser());
    await show({ phase: 'running', model });
    const bar = page.getByRole('progressbar');
    assert.equal(await bar.getAttribute('value'), null);
    await show({ ...running, run: { at: Date.now(), name: 'validation · Quick' } });
    assert.equal(await bar.getAttribute('value'), '0.2');
    const text = (await page.locator('.top').textContent()) ?? '';
    for (const part of [
      ...[
        'validation · Quick',
        '20 % · 2 min left',
        'Nearest boundary points',
        '37 of 60 (62 %)',
        '30 s',
        'onnxruntime',
      ],
    ]) {
      assert.ok(text.includes(part), `${part} must stand in “${text}”`);
    }
    await page.getByRole('button', { name: 'Cancel' }).click();
    assert.deepEqual((await sent()).at(-1), { type: 'cancel' });
    await show(done);
    assert.equal(await page.getByRole('button', { name: 'Cancel' }).count(), 0);
    await page.getByRole('button', { name: 'Rerun' }).click();
    assert.deepEqual((await sent()).at(-1), { type: 'retry' });
  });

  it('asks for other results, exports and more by its picker and its menu', async () => {
    const { page, show, sent } = await openPanel(browser());
    await show(done);
    await page.locator('.picker').click();
    assert.deepEqual((await sent()).at(-1), { type: 'pick-run' });
    const choose = async (name: string): Promise<void> => {
      await page.getByRole('button', { name: 'More' }).press('Enter');
      await page.getByRole('menuitem', { name }).press('Enter');
    };
    await choose('Open Report');
    assert.deepEqual((await sent()).at(-1), { type: 'open-report' });
    await choose('Export CSV');
    assert.deepEqual((await sent()).at(-1), { type: 'export', as: 'csv' });
    await page.getByRole('button', { name: 'More' }).press('Enter');
    await page.keyboard.press('Escape');
    assert.ok(await page.getByRole('menu').isHidden());
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'More');
  });

  it('names what is still to come, and moves nothing that is there when more comes', async () => {
    const { page, show } = await openPanel(browser());
    const { boundary, ...first } = unfinished.analyses;
    await show({ ...running, report: { ...unfinished, analyses: first } });
    assert.match((await page.locator('.answers .pending').first().textContent()) ?? '', /How much change flips them/);
    const place = (): Promise<number | undefined> =>
      page
        .getByRole('heading', { name: 'Which class is nearest' })
        .boundingBox()
        .then((box) => box?.y);
    const before = await place();
    await show({ ...running, report: { ...unfinished, analyses: { ...first, boundary: boundary! } } });
    assert.equal(await page.locator('.answers .pending').count(), 0);
    assert.ok(Math.abs((await place())! - before!) <= 20, `${before} and ${await place()}`);
    await page.getByRole('tab', { name: 'Geometry' }).click();
    assert.match((await page.getByRole('tabpanel', { name: 'Geometry' }).textContent()) ?? '', /still to come/i);
  });

  it('keeps the focus and what is unfolded where they are when results come', async () => {
    const { page, show } = await openPanel(browser());
    await show(running);
    await page.locator('#distances summary').click();
    await page.locator('.answers button').first().focus();
    const focused = await page.evaluate(() => document.activeElement?.textContent);
    await show({ ...done, report: partial });
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), focused);
    assert.ok(await page.locator('#distances table').isVisible());
  });

  it('gives code, message and ways on after a failure, beside what was finished, the name of the file once', async () => {
    const { page, show, sent } = await openPanel(browser());
    const failure = { code: 'engine-lost', name: 'broken.png', message: 'broken.png: the engine ended.' } as const;
    await show({ ...running, phase: 'failed', failure });
    const said = (await page.getByRole('alert').textContent()) ?? '';
    assert.match(said, /engine-lost.*broken\.png: the engine ended\./);
    assert.equal(said.split('broken.png').length, 2);
    for (const [name, type] of [
      ['Retry', 'retry'],
      ['Restart Engine', 'restartEngine'],
      ['Choose other files', 'choose'],
      ['Show Log', 'showLog'],
    ]) {
      await page.getByRole('alert').getByRole('button', { name }).click();
      assert.deepEqual((await sent()).at(-1), { type });
    }
    assert.ok(await page.locator('#distances').isVisible());
  });

  it('keeps partial results after a cancel and offers to run again', async () => {
    const { page, show, sent } = await openPanel(browser());
    await show({ phase: 'cancelled', model, report: partial });
    assert.ok(await page.locator('#distances').isVisible());
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

  it('warns above all tabs where a premise is broken, and only there', async () => {
    const { page, show } = await openPanel(browser());
    const { manifest, analyses } = report;
    const known = { ...manifest, preprocessing: { ...manifest.preprocessing, source: 'model' as const } };
    const warnings = page.locator('.premise');
    await show({ ...done, report: { ...partial, manifest: known } });
    assert.equal(await warnings.count(), 0);
    await show({ ...done, report: partial });
    assert.match((await warnings.textContent()) ?? '', /preprocessing is a guess/);
    const chance = { ...analyses.evaluate!, summary: { n: 100, accuracy: 0.07, labelled: 100 } };
    await show({
      ...done,
      report: { ...partial, manifest: known, analyses: { ...partial.analyses, evaluate: chance } },
    });
    assert.match((await warnings.textContent()) ?? '', /Only 7 % of 100 images are right, no more than chance/);
    await show({ ...done, modelChanged: 'since' });
    assert.ok(await page.getByText('Model changed since').isVisible());
  });

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
          return drawn > wide - 60 && drawn < wide && tall === high;
        },
        [width, height],
      );
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
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

  it('is where the user left it when it is made again: tab, scroll, selection, filters, order and what is open', async () => {
    const { page, show } = await openPanel(browser());
    await show({ ...done, id: 'its id' });
    await page.locator('#distances summary').click();
    await page.getByRole('tab', { name: 'Images' }).click();
    await page.getByRole('button', { name: 'Table' }).click();
    await page.getByRole('button', { name: 'Predicted' }).click();
    await page.getByLabel('Predicted').selectOption({ label: 'cat (6)' });
    const second = page.locator('#panel-images tbody tr').nth(1).locator('button.name');
    const chosen = await second.textContent();
    await second.click();
    await page.setViewportSize({ width: 1200, height: 420 });
    await page.evaluate(() => {
      window.scrollTo(0, 120);
    });
    await page.waitForFunction(() => JSON.stringify(window.fakeHost.state).includes('"images":120'));
    const remembered: unknown = await page.evaluate(() => window.fakeHost.state);
    const again = await openPanel(browser(), { remembered });
    await again.page.setViewportSize({ width: 1200, height: 420 });
    await again.show({ ...done, id: 'its id' });
    const { page: made } = again;
    assert.equal(await made.getByRole('tab', { selected: true }).textContent(), 'Images');
    assert.equal(await made.locator('#panel-images tbody tr').count(), 6);
    assert.equal(await made.locator('#panel-images tr.selected button.name').textContent(), chosen);
    assert.equal(await made.locator('#panel-images th[aria-sort]').textContent(), 'Predicted▲');
    await made.waitForFunction(() => window.scrollY === 120);
    await made.getByRole('tab', { name: 'Overview' }).click();
    assert.ok(await made.locator('#distances table').isVisible());
    await again.show({ ...done, id: 'another' });
    assert.deepEqual(await made.evaluate(() => window.fakeHost.state), { id: 'another', model, place: {} });
  });

  it('lives on what is new', async () => {
    const { page, show, sent } = await openPanel(browser());
    await show({ ...done, id: 'its id', report: partial });
    const say = async (message: ToView) => {
      await page.evaluate((news) => {
        window.postMessage(news, '*');
      }, message);
      await settled(page);
    };
    await say({ type: 'change', revision: 2, rest: { phase: 'running', model }, report: difference(partial, report) });
    await page.getByRole('tab', { name: 'Geometry' }).click();
    assert.ok(await page.locator('#block-curvature').isVisible());
    await say({ type: 'progress', progress: { stage: 'Going on', done: 1, total: 2, elapsedMs: 1 } });
    assert.match((await page.locator('.now').textContent()) ?? '', /Going on/);
    assert.ok(await page.locator('#block-curvature').isVisible());
    await say({ type: 'change', revision: 7, rest: { phase: 'done', model } });
    assert.deepEqual((await sent()).at(-1), { type: 'ready' }, 'it missed something and asks for the whole');
  });

  it('tells the host of what it does not understand, and shows on what it showed', async () => {
    const { page, show, sent, complaints } = await openPanel(browser(), { remembered: { state: { phase: 'asleep' } } });
    await show({ ...done, report: partial });
    await show({ ...done, report: { ...partial, failures: 'none' } } as unknown as PanelState);
    const refused = (await sent()).filter(({ type }) => type === 'refused');
    assert.deepEqual(refused, [{ type: 'refused', reason: '/state/report/failures: Expected array' }]);
    assert.ok(await page.locator('#distances').isVisible());
    assert.deepEqual(complaints, []);
  });

  it('says how much more change one of two models needs, with both models’ own values', async () => {
    const { page, show } = await openPanel(browser());
    const { compare } = report.analyses;
    await show({ ...done, report: { ...report, analyses: { compare: compare! } } });
    assert.match((await page.locator('h1').textContent()) ?? '', / and /);
    const [first, second] = await page.locator('.answers li').allTextContents();
    // 76.5 / 61.2, as the sample report has them.
    assert.equal(first, 'resnet8-robust.onnx needs 1.3 × the change that resnet8-cifar10.onnx needs.');
    assert.match(second, /61\.2 for resnet8-cifar10\.onnx, 76\.5 for resnet8-robust\.onnx/);
    await page.getByRole('tab', { name: 'Images' }).click();
    await page.getByRole('button', { name: 'Table' }).click();
    assert.equal(await page.locator('#panel-images tbody tr').count(), Math.min(200, compare!.images!.length));
  });

  it('reads hostile names letter by letter, wherever they stand', async () => {
    const { page, show, complaints } = await openPanel(browser());
    const hostile = sampleReport({ images: hostileNames.length });
    const renamed = new Map(hostile.analyses.evaluate!.images!.map(({ name }, i) => [name, hostileNames[i]]));
    const text = JSON.stringify(
      { ...hostile, manifest: { ...hostile.manifest, model: { ...hostile.manifest.model, classes: [] } } },
      (_key, value: unknown) => (typeof value === 'string' ? (renamed.get(value) ?? value) : value),
    );
    const named = JSON.parse(text) as Report;
    named.manifest.model.classes = hostileNames.slice(0, 10);
    named.thumbnails = Object.fromEntries(hostileNames.map((name) => [name, Object.values(hostile.thumbnails!)[0]]));
    await show({ ...done, report: named });
    for (const name of tabs) {
      await page.getByRole('tab', { name }).click();
      await settled(page);
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
      });
      await settled(page);
    }
    await page.getByRole('tab', { name: 'Images' }).click();
    await page.getByRole('button', { name: 'Table' }).click();
    const names = await page.locator('#panel-images tbody button.name').allTextContents();
    assert.deepEqual(names.sort(), [...hostileNames].sort());
    assert.equal(await page.locator('main a, main script, main img:not([src^="data:image/png"])').count(), 0);
    assert.deepEqual(complaints, []);
  });
});
