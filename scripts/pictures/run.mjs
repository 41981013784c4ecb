/**
 * The pictures that ship, from the real thing: the icon, those of the walkthrough and of the README, on the sample of
 * photographs. Runs the analyses first, for some minutes, unless `.cache/pictures` has their reports. Run `npm run build`
 * before, and look at what it draws: media/icon.png, media/walkthrough, docs/images.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
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

/** What a command prints with --json, kept as long as the pictures are drawn anew and not the numbers. */
async function json(name, ...args) {
  const file = `.cache/pictures/${name}.json`;
  if (!existsSync(file)) {
    const { status } = spawnSync(process.execPath, ['dist/cli.js', ...args, '--out', file], { stdio: 'inherit' });
    if (status !== 0) process.exit(status ?? 1);
  }
  return JSON.parse(await readFile(file, 'utf8'));
}
const analysis = await json('analyze', 'analyze', model, '--images', images[0], ...calibration, '--preset', 'quick');
const check = await json('detect', 'detect', model, '--images', ...images, ...calibration);
