import assert from 'node:assert/strict';

import { doubtInWords, proposalInWords } from '../../src/reading/preflight';
import { serious } from '../support/accessibility';
import { hostileNames } from '../support/hostileNames';
import { browserOfSuite, openPreflightPage } from '../support/panelPage';
import { preflightPages, samplePreflight } from '../support/preflights';
import { type ThemeName, vscodeThemes } from '../support/vscodeThemes';

describe('the page on which a preprocessing is chosen', function () {
  this.timeout(120_000);
  const browser = browserOfSuite();

  for (const theme of Object.keys(vscodeThemes) as ThemeName[]) {
    it(`has nothing serious for axe in ${theme}, nothing that the policy blocks, and fits a width of 400`, async () => {
      const { page, complaints, show } = await openPreflightPage(browser(), { theme, width: 400 });
      for (const state of Object.values(preflightPages)) {
        await show(state);
        assert.deepEqual(await serious(page), [], state.phase);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(over <= 0, `${state.phase} is ${over} px too wide`);
      }
      assert.deepEqual(complaints, []);
    });
  }

  it('says every doubt, what leads and by how much, with four images as the network sees them', async () => {
    const { page, show } = await openPreflightPage(browser());
    await show(preflightPages.asking);
    const preflight = samplePreflight();
    const text = (await page.locator('#root').textContent()) ?? '';
    for (const doubt of preflight.doubts) assert.ok(text.includes(doubtInWords(doubt, preflight)), doubt);
    assert.ok(text.includes(proposalInWords(preflight)));
    assert.match(proposalInWords(preflight), /leads by 17 images over “−1 to 1”/);
    assert.equal(await page.locator('.seen img').count(), 4);
    assert.ok(text.includes('wrong: it is rocket'));
  });

  it('has the one selected that is proposed, and asks for it by what its buttons say', async () => {
    const { page, show, sent } = await openPreflightPage(browser());
    await show(preflightPages.asking);
    await page.getByRole('button', { name: 'Use and Save' }).click();
    await page.getByRole('radio', { name: '0 to 255' }).check();
    assert.match((await page.locator('.seen h2').textContent()) ?? '', /with “0 to 255”/);
    for (const name of ['Use Once', 'Run as It Is', 'Cancel']) await page.getByRole('button', { name }).click();
    await show(preflightPages.replacing);
    for (const name of ['Replace the File', 'Back']) await page.getByRole('button', { name }).click();
    await show(preflightPages.unwritable);
    await page.getByRole('button', { name: 'Copy the JSON' }).click();
    assert.deepEqual(await sent(), [
      { type: 'ready' },
      { type: 'save', candidate: 0 },
      { type: 'useOnce', candidate: 5 },
      { type: 'asItIs' },
      { type: 'cancel' },
      { type: 'replace' },
      { type: 'back' },
      { type: 'copy', candidate: 5 },
    ]);
  });

  it('has none selected where it cannot be told, and uses none until one is', async () => {
    const { page, show } = await openPreflightPage(browser());
    await show(preflightPages.undecided);
    assert.equal(await page.getByRole('radio', { checked: true }).count(), 0);
    assert.equal(await page.getByRole('button', { name: 'Use Once' }).isDisabled(), true);
    await page.getByRole('radio').first().check();
    assert.equal(await page.getByRole('button', { name: 'Use Once' }).isDisabled(), false);
  });

  it('offers no run where none waits', async () => {
    const { page, show } = await openPreflightPage(browser());
    await show(preflightPages.choosing);
    const names = await page.getByRole('button').allTextContents();
    assert.deepEqual(names, ['Save', 'Cancel']);
  });

  it('shows hostile names letter by letter', async () => {
    const { page, complaints, show } = await openPreflightPage(browser());
    const { current, predictions } = samplePreflight();
    const shown = hostileNames.slice(0, 4).map((predicted) => ({ predicted, confidence: 0.5 }));
    const named = predictions.map((one, i) => ({ ...one, name: hostileNames[i % hostileNames.length] }));
    const preflight = samplePreflight({
      ...{ current: { ...current, shown }, predictions: named, misfit: hostileNames[0], doubts: ['images'] },
      ...{ candidates: [], proposal: null },
    });
    await show({ model: `/m/${hostileNames[0]}`, purpose: 'run', phase: 'asking', preflight });
    assert.equal(await page.locator('#root').locator('script, a, em, b').count(), 0);
    assert.equal(await page.locator('.seen strong').first().textContent(), hostileNames[0]);
    assert.deepEqual(complaints, []);
  });

  it('refuses what is no message of the protocol', async () => {
    const { page, sent } = await openPreflightPage(browser());
    await page.evaluate(() => {
      window.postMessage({ type: 'preflight', state: { phase: 'asking' } }, '*');
    });
    await page.waitForFunction(() => window.fakeHost.sent.length > 1);
    assert.equal((await sent())[1]?.type, 'refused');
  });
});
