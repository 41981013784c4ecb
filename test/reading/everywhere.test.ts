import assert from 'node:assert/strict';

import { summaryText } from '../../src/analysis/cli/summary';
import { facts } from '../../src/reading/about';
import { answers } from '../../src/reading/answers';
import { chapters } from '../../src/reading/findings';
import { imageTable } from '../../src/reading/images';
import { browserOfSuite, openPanel } from '../support/panelPage';
import { sampleReport } from '../support/sampleReport';

const plain = (text: string): string => text.replace(/\s+/g, ' ');

describe('what a report says', function () {
  this.timeout(120_000);
  const report = sampleReport();
  const sentences = [
    ...answers(report).map(({ text }) => text),
    ...chapters(report).flatMap(({ findings }) => findings.map(({ text }) => text)),
    ...facts(report).map(({ text }) => text),
    ...report.manifest.notes,
  ];
  const browser = browserOfSuite();

  it('is the same on a terminal and on the page, sentence by sentence', async () => {
    const { page, show } = await openPanel(browser());
    await show({ phase: 'done', model: '', report });
    const shown = plain((await page.locator('#root').textContent()) ?? '');
    const printed = plain(summaryText(report));
    assert.ok(sentences.length > 30);
    for (const sentence of sentences) {
      assert.ok(shown.includes(plain(sentence)), `the page must say “${sentence}”`);
      assert.ok(printed.includes(plain(sentence)), `the terminal must say “${sentence}”`);
    }
  });

  it('has the same first row of images in both', async () => {
    const { page, show } = await openPanel(browser());
    await show({ phase: 'done', model: '', report });
    const texts = imageTable(report).rows[0].map(({ text }) => text);
    await page.getByRole('tab', { name: 'Images' }).click();
    await page.getByRole('button', { name: 'Table' }).click();
    const cells = await page.locator('#panel-images tbody tr').first().locator('td:not(.picture)').allTextContents();
    assert.deepEqual(cells, texts);
    const line = summaryText(report)
      .split('\n')
      .find((row) => row.startsWith(texts[0]));
    assert.deepEqual(line?.trim().split(/ {2,}/), texts);
  });
});
