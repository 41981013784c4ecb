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

  it('names what the run will find before there is any of it, and moves nothing when the first part comes', async () => {
    const { page, show, complaints } = await openPanel(browser());
    const planned = ['evaluate', 'boundary', 'curvature'] as const;
    await show({ ...running, report: undefined, planned });
    assert.deepEqual(await page.getByRole('tab').filter({ visible: true }).allTextContents(), [
      ...['Overview', 'Images', 'Geometry'],
    ]);
    assert.match((await page.locator('.answers .pending').first().textContent()) ?? '', /How many are right/);
    assert.equal(await page.locator('.fragile .card.empty').count(), 8);
    const names = ['Most fragile images', 'How much change flips an image', 'Which class is nearest'];
    // A warning may come above all of it.
    const places = async (): Promise<number[]> => {
      const top = (await page.getByRole('tabpanel').boundingBox())!.y;
      const boxes = names.map((name) => page.getByRole('heading', { name, exact: true }).boundingBox());
      return (await Promise.all(boxes)).map((box) => box!.y - top);
    };
    const before = await places();
    const { evaluate } = unfinished.analyses;
    await show({ ...running, report: { ...unfinished, analyses: { evaluate: evaluate! } } });
    for (const [i, y] of (await places()).entries()) {
      assert.ok(Math.abs(y - before[i]) <= 2, `${names[i]}: ${before[i]} and ${y}`);
    }
    // Another run in the same panel, which has found nothing.
    await show({ ...running, report: undefined, planned });
    for (const name of ['Images', 'Geometry']) {
      await page.getByRole('tab', { name }).click();
      assert.match((await page.getByRole('tabpanel', { name }).textContent()) ?? '', /still to come/i);
    }
    assert.equal(await page.locator('#panel-images .card').count(), 0);
    await show({ phase: 'cancelled', model });
    assert.equal(await page.getByRole('tab').filter({ visible: true }).count(), 0);
    assert.deepEqual(complaints, []);
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
