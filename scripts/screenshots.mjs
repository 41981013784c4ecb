/** Pictures of every state of the panel in every theme, into screenshots/: to be looked at. Run `npm run build` first. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { build } from 'esbuild';

const support = path.resolve('.cache/screenshots.cjs');
await build({
  stdin: {
    contents: `export * from './src/analysis/reports/html'; export * from './test/support/panelPage'; export * from './test/support/sampleReport'; export * from './test/support/vscodeThemes'; export * from './test/support/modelPages'; export * from './test/support/seriesPages'; export * from './test/support/preflights';`,
    resolveDir: '.',
  },
  bundle: true,
  platform: 'node',
  packages: 'external',
  outfile: support,
});
const parts = (await import(pathToFileURL(support))).default;
const { encodeHtml, launchBrowser, modelPages, openModelPage, openPanel, openPreflightPage, openSeriesPage } = parts;
const { preflightPages, sampleReport, seriesPages, settled, vscodeThemes } = parts;

const report = sampleReport();
const partial = { ...report, analyses: { evaluate: report.analyses.evaluate, boundary: report.analyses.boundary } };
const only = (name) => ({ ...report, analyses: { [name]: report.analyses[name] } });
const model = report.manifest.model.path;
const progress = { stage: 'Nearest boundary points', done: 37, total: 60, elapsedMs: 8_400, backend: 'onnxruntime' };
const failure = {
  code: 'unsupported-op',
  message:
    'resnet8-cifar10.onnx uses GridSample (node "warp"), which has no gradient here; export the model without it.',
};
const states = {
  starting: { phase: 'running', model },
  running: { phase: 'running', model, report: partial, progress },
  done: { phase: 'done', model, report },
  detection: { phase: 'done', model, report: only('detect') },
  calibration: { phase: 'done', model, report: only('calibration') },
  comparison: { phase: 'done', model, report: only('compare') },
  smooth: { phase: 'done', model, report: sampleReport({ kinks: false }) },
  cancelled: { phase: 'cancelled', model, report: partial },
  failed: { phase: 'failed', model, failure },
};

const wanted = process.argv.slice(2);
await rm('screenshots', { recursive: true, force: true });
await mkdir('screenshots', { recursive: true });
const browser = await launchBrowser();
const shot = async (page, name) => {
  await page.screenshot({ path: `screenshots/${name}.png`, fullPage: true });
  process.stdout.write(`screenshots/${name}.png\n`);
};
for (const theme of Object.keys(vscodeThemes)) {
  for (const [name, state] of Object.entries(states)) {
    if (wanted.length > 0 && !wanted.includes(`${theme}-${name}`)) continue;
    const panel = await openPanel(browser, { theme });
    await panel.show(state);
    await shot(panel.page, `${theme}-${name}`);
    if (panel.complaints.length > 0) console.error(panel.complaints.slice(0, 5));
    await panel.page.close();
  }
}
const pages = [
  ['model', openModelPage, modelPages],
  ['series', openSeriesPage, seriesPages],
  ['preflight', openPreflightPage, preflightPages],
];
for (const theme of Object.keys(vscodeThemes)) {
  for (const [kind, open, all] of pages) {
    for (const [name, state] of Object.entries(all)) {
      for (const width of [400, 800, 1600]) {
        if (wanted.length > 0 && !wanted.includes(kind) && !wanted.includes(`${theme}-${kind}-${name}`)) continue;
        const shown = await open(browser, { theme, width });
        await shown.show(state);
        await shot(shown.page, `${theme}-${kind}-${name}-${width}`);
        if (shown.complaints.length > 0) console.error(shown.complaints.slice(0, 5));
        await shown.page.close();
      }
    }
  }
}
if (wanted.length === 0 || wanted.includes('narrow')) {
  const narrow = await openPanel(browser, { theme: 'dark', width: 520 });
  await narrow.show(states.done);
  await shot(narrow.page, 'dark-done-narrow');
}
for (const colorScheme of ['light', 'dark']) {
  if (wanted.length > 0 && !wanted.includes('saved')) continue;
  await writeFile('screenshots/report.html', await encodeHtml(report, 'dist'));
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, colorScheme });
  await page.goto(pathToFileURL('screenshots/report.html').href);
  await settled(page);
  await shot(page, `saved-${colorScheme}`);
}
await browser.close();
