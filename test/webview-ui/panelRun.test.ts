import assert from 'node:assert/strict';

import { browserOfSuite, openPanel } from '../support/panelPage';
import { done, model, partial, report, running, unfinished } from '../support/panelRuns';

describe('the panel while it runs, and where that ends', function () {
  this.timeout(120_000);
  const browser = browserOfSuite();

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
});
