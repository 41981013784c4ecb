import assert from 'node:assert/strict';

import type { Report } from '../../src/protocol/report';
import type { PanelState } from '../../src/protocol/view';
import { distanceBins } from '../../webview-ui/figures/distances';
import { serious } from '../support/accessibility';
import { browserOfSuite, openPanel, settled } from '../support/panelPage';
import { pngUri } from '../support/png';
import { sampleReport } from '../support/sampleReport';

const report = sampleReport();
const { evaluate, boundary, detect } = report.analyses;
const partial: Report = { ...report, analyses: { evaluate: evaluate!, boundary: boundary! } };
const done: PanelState = { phase: 'done', model: 'resnet8-cifar10.onnx', report };
const images: PanelState = { ...done, report: partial };

describe('images in the panel', function () {
  this.timeout(120_000);
  const browser = browserOfSuite();
  const table = '#panel-images tbody tr';

  const openImages = async (state = images, options: { width?: number } = {}) => {
    const panel = await openPanel(browser(), options);
    await panel.show(state);
    await panel.page.getByRole('tab', { name: 'Images' }).click();
    return panel;
  };
  const openTable = async (state = images) => {
    const panel = await openImages(state);
    await panel.page.getByRole('button', { name: 'Table' }).click();
    return panel;
  };

  it('are listed the most fragile first, and sorted by the keyboard', async () => {
    const { page } = await openTable();
    const header = page.locator('#panel-images th', { hasText: 'Distance' });
    const index = (await page.locator('#panel-images th').allTextContents()).findIndex((text) =>
      text.startsWith('Distance'),
    );
    const distances = async () => {
      const texts = await page.locator(`${table} td:nth-child(${index + 1})`).allTextContents();
      return texts.map((text) => (text === '–' ? null : parseFloat(text)));
    };
    const ascending = await distances();
    const found = ascending.filter((value) => value !== null);
    assert.equal(ascending.length, 60);
    assert.deepEqual(
      ascending.slice(0, found.length),
      found.toSorted((a, b) => a - b),
      'missing ones last',
    );
    assert.equal(await header.getAttribute('aria-sort'), 'ascending');
    await page.getByRole('button', { name: 'Distance' }).press('Enter');
    assert.equal(await header.getAttribute('aria-sort'), 'descending');
    assert.equal((await distances())[0], Math.max(...found));
    await page.keyboard.press('Enter');
    assert.equal(await header.getAttribute('aria-sort'), 'ascending', 'the focus stayed on the button');
  });

  it('are 200 rows until all are asked for', async () => {
    const many = sampleReport({ images: 230 });
    const { page } = await openTable({ ...done, report: { ...many, analyses: { boundary: many.analyses.boundary! } } });
    assert.equal(await page.locator(table).count(), 200);
    await page.getByRole('button', { name: 'Show all 230 rows' }).click();
    assert.equal(await page.locator(table).count(), 230);
  });

  it('are walked through by the arrow keys, and one is shown beside them by Enter', async () => {
    const { page, sent } = await openImages();
    await page.locator('.card[aria-current]').focus();
    await page.keyboard.press('ArrowRight');
    const name = await page.evaluate(() => (document.activeElement as HTMLElement).dataset['image']);
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#panel-images .detail h3').textContent(), name);
    await page.locator('#panel-images').getByRole('button', { name: 'Open File' }).click();
    assert.deepEqual((await sent()).at(-1), { type: 'openImage', name });
  });

  it('are chosen among by filters, also by a click on a bar of the distances or a cell of the classes', async () => {
    const { page, show } = await openPanel(browser());
    await show(images);
    const bins = distanceBins(boundary!);
    const highest = bins.findIndex(({ names }) => names.length === Math.max(...bins.map((bin) => bin.names.length)));
    // Plotly hears clicks by a layer above its bars.
    const bar = (await page.locator('#distances .point path').nth(highest).boundingBox())!;
    await page.mouse.click(bar.x + bar.width / 2, bar.y + bar.height / 2);
    await page.locator('#panel-images .left', { hasText: `${bins[highest].names.length} of 60 images` }).waitFor();
    assert.equal(await page.locator('#panel-images .card').count(), bins[highest].names.length);
    assert.equal(await page.getByLabel('Change').inputValue(), String(highest));
    await page.getByLabel('Change').selectOption('');
    await page.getByLabel('Right?').selectOption('false');
    const wrong = evaluate!.images!.filter(({ correct }) => correct === false).length;
    assert.equal(await page.locator('#panel-images .card').count(), wrong);
  });

  it('stand beside their detail on a wide page, above it on a narrow one, and give way to it on the narrowest', async () => {
    const { page } = await openImages();
    const box = async (selector: string) => (await page.locator(`#panel-images ${selector}`).boundingBox())!;
    await page.setViewportSize({ width: 1200, height: 900 });
    assert.ok((await box('.detail')).x > (await box('.list')).x + (await box('.list')).width - 1);
    await page.setViewportSize({ width: 700, height: 900 });
    assert.ok((await box('.detail')).y > (await box('.list')).y + (await box('.list')).height - 1);
    await page.setViewportSize({ width: 400, height: 900 });
    assert.ok(await page.locator('#panel-images .detail').isHidden());
    await page.locator('#panel-images .card').nth(2).click();
    assert.ok(await page.locator('#panel-images .list').isHidden());
    assert.ok(await page.locator('#panel-images .detail').isVisible());
    await page.getByRole('button', { name: 'Back' }).click();
    assert.ok(await page.locator('#panel-images .list').isVisible());
  });

  it('are rows as cards on the narrowest page, each value under its name, and pictures keep their proportions', async () => {
    const { page } = await openTable();
    for (const width of [400, 541]) {
      await page.setViewportSize({ width, height: 900 });
      const picture = (await page.locator(`${table} img`).first().boundingBox())!;
      assert.equal(picture.width, picture.height, String(width));
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), String(width));
    }
  });

  it('have their picture, that of their boundary point and the difference, with how much it is amplified', async () => {
    const name = boundary!.images![0].name;
    const picture = pngUri(8, 8, () => [90, 90, 90]);
    const pictures = { [name]: { seen: picture, boundary: picture, difference: picture, largest: 12.75 } };
    const { page } = await openImages({ ...done, report: { ...partial, pictures } });
    await page.locator(`.card[data-image="${name}"]`).last().click();
    const captions = await page.locator('#panel-images .pictures figcaption').allTextContents();
    assert.equal(captions.length, 3);
    assert.match(captions[1], /^At the boundary to /);
    assert.equal(captions[2], 'Difference, × 10');
  });

  describe('that were checked', () => {
    const check: PanelState = { ...done, report: { ...report, analyses: { detect: detect! } } };
    const perturbed = detect!.images!.find(({ verdict }) => verdict === 'perturbed')!;
    const only = (item: typeof perturbed): PanelState => {
      const summary = { n: 1, clean: 0, perturbed: 0, undecided: 0, uncalibrated: 0, [item.verdict]: 1 };
      return { ...done, report: { ...report, failures: [], analyses: { detect: { images: [item], summary } } } };
    };
    const { classes } = report.manifest.model;

    for (const width of [400, 800, 1600]) {
      it(`open at the verdict: picture and answer within the first 200 pixels, at ${width}`, async () => {
        const { page, show } = await openPanel(browser(), { width });
        const { manifest } = report;
        const known = { ...manifest, preprocessing: { ...manifest.preprocessing, source: 'model' as const } };
        const state = only(perturbed);
        await show({ ...state, report: { ...state.report!, manifest: known } });
        const end = async (selector: string) => {
          const { y, height } = (await page.locator(selector).first().boundingBox())!;
          return y + height;
        };
        assert.equal(await page.getByRole('tab').filter({ visible: true }).count(), 0);
        assert.ok((await end('.detail .badge')) <= 200);
        assert.ok((await end('.detail .pictures img')) <= 260, 'the most of the picture');
        assert.match((await page.locator('.detail .verdict').textContent()) ?? '', /^Looks perturbedp = /);
        assert.deepEqual(await serious(page), []);
      });
    }

    it('are listed the most suspicious first, each with its p-value and place among clean images', async () => {
      const { page, show } = await openPanel(browser());
      await show(check);
      await page.getByRole('button', { name: 'Table' }).click();
      const row = (await page.locator('#detect tbody tr').first().textContent()) ?? '';
      const first = detect!.images!.toSorted((a, b) => a.pValue! - b.pValue!)[0];
      for (const part of [first.name, 'looks perturbed', 'p = 0.0', 'above 9', classes[first.recoveredLabel!]]) {
        assert.ok(row.includes(part), `${part} must stand in “${row}”`);
      }
      const clean = (await page.locator('#detect tbody tr').last().textContent()) ?? '';
      assert.ok(clean.includes('not flagged'), clean);
    });

    it('have no other label suggested without a calibration, and the reason is said', async () => {
      const { page, show } = await openPanel(browser());
      const item = {
        ...perturbed,
        verdict: 'uncalibrated' as const,
        pValue: null,
        score: null,
        noCurvatureScore: null,
        reason: 'no-calibration',
      };
      await show(only(item));
      const said = page.locator('.detail .said');
      assert.match((await said.textContent()) ?? '', /^No verdictthere is no calibration on clean images/);
      assert.ok(!(await said.locator(':scope > .facts').textContent())?.includes(classes[perturbed.recoveredLabel!]));
    });

    it('have their score drawn among those of clean images, and the curvature to each class as bars', async () => {
      const { page, show } = await openPanel(browser());
      await show(done);
      await page.getByRole('tab', { name: 'Detection' }).click();
      await settled(page);
      const strip = page.locator('#detect .strip');
      assert.match(
        (await strip.getAttribute('aria-label')) ?? '',
        /^Score .* above \d+ % of 98 clean images; threshold 1\.31/,
      );
      assert.equal(await strip.locator('.one').count(), 98);
      assert.equal(await page.locator('#detect .curvatures li').count(), 9);
    });

    it('follow the question whether it can be told here, with one figure', async () => {
      const { page, show } = await openPanel(browser());
      await show(done);
      await page.getByRole('tab', { name: 'Detection' }).click();
      const answer = await page.locator('#calibration .sentence').textContent();
      assert.match(answer ?? '', /^(Yes|Only tiny changes|No)\. The score catches/);
      assert.equal(await page.locator('#calibration figure').filter({ visible: true }).count(), 1);
      await page.getByText('ROC curves, scores and recovered labels').click();
      await settled(page);
      assert.ok((await page.locator('#calibration figure').filter({ visible: true }).count()) > 4);
    });
  });
});
