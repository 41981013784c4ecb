import assert from 'node:assert/strict';

import { inspectionFacts } from '../../src/reading/model';
import { serious } from '../support/accessibility';
import { hostileNames } from '../support/hostileNames';
import { modelPages, sampleInspection } from '../support/modelPages';
import { browserOfSuite, openModelPage } from '../support/panelPage';
import { type ThemeName, vscodeThemes } from '../support/vscodeThemes';

describe('the page of a model', function () {
  this.timeout(120_000);
  const browser = browserOfSuite();

  for (const theme of Object.keys(vscodeThemes) as ThemeName[]) {
    it(`has nothing serious for axe in ${theme}, nothing that the policy blocks, and fits a width of 400`, async () => {
      const { page, complaints, show } = await openModelPage(browser(), { theme, width: 400 });
      for (const state of Object.values(modelPages)) {
        await show(state);
        assert.deepEqual(await serious(page), [], state.phase);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(over <= 0, `${state.phase} is ${over} px too wide`);
      }
      assert.deepEqual(complaints, []);
    });
  }

  it('says every fact, the last results with their age, and all classes folded', async () => {
    const { page, show } = await openModelPage(browser());
    await show(modelPages.read);
    const text = (await page.locator('#root').textContent()) ?? '';
    for (const { name, text: fact } of inspectionFacts(sampleInspection())) {
      assert.ok(text.includes(name) && text.includes(fact), name);
    }
    assert.ok(text.includes('2 hours ago') && text.includes('the file has changed since'));
    assert.equal(await page.getByText('class name 999').isVisible(), false);
    await page.getByText('All 1,000 classes').click();
    assert.equal(await page.getByText('class name 999').isVisible(), true);
  });

  it('leaves what was unfolded and what has the focus as it is while the facts stay the same', async () => {
    const { page, show } = await openModelPage(browser());
    await show(modelPages.read);
    await page.getByText('All 1,000 classes').click();
    await show({ ...modelPages.read, results: [], now: modelPages.read.now + 1 });
    assert.equal(await page.getByText('class name 999').isVisible(), true);
    await show({ ...modelPages.read, inspection: sampleInspection({ parameters: 7 }) });
    assert.equal(await page.getByText('class name 999').isVisible(), false);
    await show(modelPages.refused);
    const again = page.getByRole('button', { name: 'Try again' });
    await again.focus();
    await show({ ...modelPages.refused, now: modelPages.refused.now + 1 });
    assert.equal(await again.evaluate((element) => element === document.activeElement), true);
  });

  it('asks for what its buttons say, and for nothing in Restricted Mode but trust', async () => {
    const { page, show, sent } = await openModelPage(browser());
    await show(modelPages.read);
    for (const name of ['Analyze', 'Check Images', 'Compare', 'Watch', 'Choose Preprocessing']) {
      await page.getByRole('button', { name }).click();
    }
    await page.getByRole('button', { name: 'Boundary: resnet50-imagenet.onnx' }).click();
    await show(modelPages.refused);
    await page.getByRole('button', { name: 'Copy export code' }).click();
    await show(modelPages.restricted);
    assert.equal(await page.getByRole('button').count(), 1);
    await page.getByRole('button', { name: 'Manage Trust' }).click();
    const { id } = modelPages.read.results[0];
    assert.deepEqual(await sent(), [
      { type: 'ready' },
      { type: 'analyze' },
      { type: 'checkImages' },
      { type: 'compare' },
      { type: 'watch' },
      { type: 'choosePreprocessing' },
      { type: 'showResults', id },
      { type: 'copyExport' },
      { type: 'manageTrust' },
    ]);
  });

  it('shows hostile names letter by letter', async () => {
    const { page, complaints, show } = await openModelPage(browser());
    const names = [...hostileNames];
    const inspection = sampleInspection({ classes: names.length, classNames: names, producer: names[0], notes: names });
    await show({ ...modelPages.read, path: `/m/${names[0]}`, inspection });
    await page.getByText(`All ${names.length} classes`).click();
    assert.equal(await page.locator('#root').locator('img, script, a, em, b').count(), 0);
    const shown = await page.locator('.classes li').allTextContents();
    assert.equal(shown.length, names.length);
    assert.equal(shown[0], names[0]);
    assert.ok(shown.every((text) => !/[\p{Cc}\u2028\u202e\u2066\u200b]/u.test(text)));
    assert.deepEqual(complaints, []);
  });

  it('refuses what is no message of the protocol', async () => {
    const { page, sent } = await openModelPage(browser());
    await page.evaluate(() => {
      window.postMessage({ type: 'model', state: { phase: 'read' } }, '*');
    });
    await page.waitForFunction(() => window.fakeHost.sent.length > 1);
    assert.equal((await sent())[1]?.type, 'refused');
  });
});
