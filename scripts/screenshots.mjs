/**
 * Pictures of every state of every page in every theme and at three widths, into screenshots/: to be looked at. Words as
 * arguments choose those whose names hold one of them. Says which pages are cut, overlap or hold empty boxes, and lays
 * the pictures of a theme and a width out on sheets. Run `npm run build` first.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { build } from 'esbuild';
import sharp from 'sharp';

const support = path.resolve('.cache/screenshots.cjs');
const modules = ['looks', 'modelPages', 'panelPage', 'panelStates', 'preflights', 'seriesPages', 'vscodeThemes'];
await build({
  stdin: {
    contents: [
      `export * from './src/analysis/reports/html';`,
      ...modules.map((name) => `export * from './test/support/${name}';`),
    ].join('\n'),
    resolveDir: '.',
  },
  bundle: true,
  platform: 'node',
  packages: 'external',
  outfile: support,
});
const parts = (await import(pathToFileURL(support))).default;
const { faults, launchBrowser, panelStates, settled, vscodeThemes } = parts;

const widths = [1600, 800, 400];
const wanted = process.argv.slice(2);
const isWanted = (name) => wanted.length === 0 || wanted.some((word) => name.includes(word));
await rm('screenshots', { recursive: true, force: true });
await mkdir('screenshots', { recursive: true });
const browser = await launchBrowser();

/** The pictures of a theme and a width. */
const sheets = new Map();
async function shoot(page, name, sheet) {
  const file = `screenshots/${name}.png`;
  await page.screenshot({ path: file, fullPage: true });
  sheets.set(sheet, [...(sheets.get(sheet) ?? []), file]);
  const found = await faults(page);
  process.stdout.write(`${file}\n${found.map((fault) => `  ${fault}\n`).join('')}`);
}

const kinds = [
  ['panel', parts.openPanel, panelStates],
  ['model', parts.openModelPage, wrapped(parts.modelPages)],
  ['series', parts.openSeriesPage, wrapped(parts.seriesPages)],
  ['preflight', parts.openPreflightPage, wrapped(parts.preflightPages)],
];
function wrapped(states) {
  return Object.fromEntries(Object.entries(states).map(([name, state]) => [name, { state }]));
}

/** A page in one theme, at every width. */
async function shootPage(open, name, { state, place }, theme) {
  const asked = widths.filter((width) => isWanted(`${name}.${theme}.${width}`));
  if (asked.length === 0) return;
  const remembered = place && { id: 'screenshots', model: state.model, place };
  const { page, complaints, show } = await open(browser, { theme, width: asked[0], remembered });
  await show(state);
  for (const width of asked) {
    await page.setViewportSize({ width, height: 900 });
    await settled(page);
    await shoot(page, `${name}.${theme}.${width}`, `${theme}.${width}`);
  }
  if (complaints.length > 0) console.error(complaints.slice(0, 5));
  await page.close();
}

for (const [kind, open, states] of kinds) {
  for (const [state, seen] of Object.entries(states)) {
    const themes = Object.keys(vscodeThemes);
    await Promise.all(themes.map((theme) => shootPage(open, `${kind}-${state}`, seen, theme)));
  }
}

for (const colorScheme of ['light', 'dark']) {
  for (const width of widths) {
    const name = `saved.${colorScheme}.${width}`;
    if (!isWanted(name)) continue;
    await writeFile('screenshots/report.html', await parts.encodeHtml(panelStates.done.state.report, 'dist'));
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    await page.goto(pathToFileURL('screenshots/report.html').href);
    await settled(page);
    await shoot(page, name, `${colorScheme}.${width}`);
    await page.close();
  }
}
await browser.close();

const perSheet = 12;
const tile = { width: 400, height: 640 };
/** As much of a picture as a tile holds. */
async function top(picture) {
  const { height } = await sharp(picture).metadata();
  return sharp(picture)
    .extract({ left: 0, top: 0, width: tile.width, height: Math.min(height, tile.height) })
    .toBuffer();
}
for (const [name, files] of sheets) {
  for (let first = 0; first < files.length; first += perSheet) {
    const few = files.slice(first, first + perSheet);
    const tiles = await Promise.all(few.map((file) => sharp(file).resize({ width: tile.width }).toBuffer().then(top)));
    const across = Math.min(4, few.length);
    const place = (input, i) => ({
      input,
      left: (i % across) * (tile.width + 8),
      top: Math.floor(i / across) * (tile.height + 8),
    });
    const size = {
      width: across * (tile.width + 8),
      height: Math.ceil(few.length / across) * (tile.height + 8),
      channels: 3,
    };
    await sharp({ create: { ...size, background: 'magenta' } })
      .composite(tiles.map(place))
      .png()
      .toFile(`screenshots/sheet-${name}-${first / perSheet + 1}.png`);
  }
}
