import assert from 'node:assert/strict';

import { serious } from '../support/accessibility';
import { hostileNames } from '../support/hostileNames';
import { browserOfSuite, openSeriesPage } from '../support/panelPage';
import { seriesPages } from '../support/seriesPages';
import { type ThemeName, vscodeThemes } from '../support/vscodeThemes';

describe('the page of a series', function () {
  this.timeout(120_000);
  const browser = browserOfSuite();

  for (const theme of Object.keys(vscodeThemes) as ThemeName[]) {
    it(`has nothing serious for axe in ${theme}, nothing that the policy blocks, and fits a width of 400`, async () => {
      const { page, complaints, show } = await openSeriesPage(browser(), { theme, width: 400 });
      for (const [name, state] of Object.entries(seriesPages)) {
        await show(state);
        assert.deepEqual(await serious(page), [], name);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(over <= 0, `${name} is ${over} px too wide`);
      }
      assert.deepEqual(complaints, []);
    });
  }

  it('has a row for each save, the last first, a gap in the lines where one failed, and its reason', async () => {
    const { page, show } = await openSeriesPage(browser());
    await show(seriesPages.running);
    const rows = page.locator('.scroller tbody tr');
    assert.equal(await rows.count(), 12);
    assert.match((await rows.nth(0).textContent()) ?? '', /^12.*running/);
    assert.match((await rows.nth(7).textContent()) ?? '', /^5.*ends within the tensor/);
    assert.match((await rows.nth(11).textContent()) ?? '', /^1.*60 %3 %$/);
    assert.equal(await page.locator('#saves .scatterlayer .trace').count(), 2);
    const ticks = await page.locator('#saves .xtick text').allTextContents();
    assert.deepEqual(ticks, ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11']);
    assert.equal(await page.locator('#saves .scatterlayer .trace').first().locator('.point').count(), 10);
  });

  it('draws the next save where it stands, and keeps the figure', async () => {
    const { page, show } = await openSeriesPage(browser());
    await show(seriesPages.stopped);
    const picture = await page.locator('#saves .picture').elementHandle();
    await show(seriesPages.running);
    assert.ok(await picture.evaluate((element) => element.isConnected));
    assert.equal(await page.locator('#saves .scatterlayer .trace').first().locator('.point').count(), 10);
  });

  it('remembers what it is of, and asks for what its buttons say', async () => {
    const { page, show, sent } = await openSeriesPage(browser());
    await show(seriesPages.running);
    await page.getByRole('button', { name: 'Stop Watching' }).click();
    await page.getByRole('button', { name: 'Show why 5' }).click();
    await show(seriesPages.stopped);
    await page.getByRole('button', { name: 'Watch Again' }).click();
    await show(seriesPages.folder);
    await page.getByRole('button', { name: 'Show results of epoch10' }).click();
    assert.deepEqual(await sent(), [
      { type: 'ready' },
      { type: 'stop' },
      { type: 'showResults', id: 'run 4' },
      { type: 'start' },
      { type: 'showResults', id: 'run 3' },
    ]);
    const { kind, path, images } = seriesPages.folder;
    assert.deepEqual(await page.evaluate(() => window.fakeHost.state), { kind, path, images });
  });

  it('shows hostile names letter by letter', async () => {
    const { page, complaints, show } = await openSeriesPage(browser());
    const [first] = seriesPages.folder.points;
    const points = hostileNames.map((name, i) => ({
      ...first,
      key: String(i),
      path: `/m/${name.replaceAll('/', '')}`,
      reason: name,
    }));
    await show({ ...seriesPages.folder, points });
    await show({ ...seriesPages.folder, points: points.map((point) => ({ ...point, state: 'failed' as const })) });
    await show({ ...seriesPages.folder, path: `/m/${hostileNames[0]}`, images: hostileNames[1], points });
    assert.equal(await page.locator('#root').locator('img, script, a, em, b').count(), 0);
    assert.deepEqual(complaints, []);
  });
});
