import assert from 'node:assert/strict';

import { difference } from '../../src/protocol/change';
import type { PanelState, ToView } from '../../src/protocol/view';
import { answers } from '../../src/reading/answers';
import { serious } from '../support/accessibility';
import { hostileNames } from '../support/hostileNames';
import { hostileReport } from '../support/hostileReport';
import { browserOfSuite, openPanel, settled } from '../support/panelPage';
import { done, model, partial, report, running } from '../support/panelRuns';
import { sampleReport } from '../support/sampleReport';
import { type ThemeName, vscodeThemes } from '../support/vscodeThemes';

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
    await show({ ...done, report: hostileReport() });
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
