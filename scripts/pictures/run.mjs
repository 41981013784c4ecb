/**
 * The pictures that ship, from the real thing: the icon, those of the walkthrough and of the README, on the sample of
 * photographs. Runs the analyses first, for some minutes, unless `.cache/pictures` has their reports. Run `npm run build`
 * before, and look at what it draws: media/icon.png, media/walkthrough, docs/images.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

import { build } from 'esbuild';
import sharp from 'sharp';

const sample = 'samples/photographs';
const model = `${sample}/nin-photographs.onnx`;
const images = ['test', 'perturbed'].map((set) => `${sample}/${set}`);
const calibration = ['--calibration', `${sample}/calibration.json`];

for (const folder of ['.cache/pictures', 'media/walkthrough', 'docs/images']) await mkdir(folder, { recursive: true });
await sharp('scripts/pictures/icon.svg', { density: 144 })
  .resize(256)
  .png({ compressionLevel: 9 })
  .toFile('media/icon.png');

/** The report of a command, kept in `.cache/pictures`. */
async function reportOf(name, ...args) {
  const file = `.cache/pictures/${name}.json`;
  if (!existsSync(file)) {
    const options = { stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 28 };
    const { status, stdout } = spawnSync(process.execPath, ['dist/cli.js', ...args, '--json'], options);
    if (status !== 0) process.exit(status ?? 1);
    await writeFile(file, stdout);
  }
  return JSON.parse(await readFile(file, 'utf8'));
}
const check = await reportOf('detect', 'detect', model, '--images', ...images, ...calibration);
const quick = ['--preset', 'quick', ...calibration];
const analysis = await reportOf('analyze', 'analyze', model, '--images', images[0], ...quick);
const inspected = spawnSync(process.execPath, ['dist/cli.js', 'inspect', model, '--json'], { encoding: 'utf8' });
const inspection = JSON.parse(inspected.stdout);
const { mtimeMs: modified, size } = await stat(model);

const support = path.resolve('.cache/pictures/support.cjs');
await build({
  stdin: { contents: `export * from './test/support/panelPage';`, resolveDir: '.' },
  bundle: true,
  platform: 'node',
  packages: 'external',
  outfile: support,
});
const { launchBrowser, openModelPage, openPanel } = (await import(pathToFileURL(support))).default;

const state = (report) => ({ phase: 'done', model, report });
const version = { size, modified };
const modelState = { path: model, phase: 'read', version, inspection, results: [], now: modified };
const shots = [
  { name: 'check', open: openPanel, state: state(check) },
  { name: 'analyze', open: openPanel, state: state(analysis) },
  { name: 'model', open: openModelPage, state: modelState, height: 420 },
];
const browser = await launchBrowser();
const pictures = [
  // Beside its steps a walkthrough leaves a picture little room.
  ...['dark', 'light'].map((theme) => ({
    theme,
    width: 560,
    file: (name) => `media/walkthrough/${name}-${theme}.png`,
  })),
  { theme: 'light', width: 900, file: (name) => `docs/images/${name}.png` },
];
for (const { theme, width, file } of pictures) {
  for (const { name, open, state, height = 720 } of shots) {
    const { page, show } = await open(browser, { theme, width });
    await page.setViewportSize({ width, height });
    await show(state);
    // 128 colours are as good to the eye, at a quarter of the size.
    const small = sharp(await page.screenshot()).png({ palette: true, colours: 128, compressionLevel: 9 });
    await small.toFile(file(name));
    await page.close();
  }
}
await browser.close();
