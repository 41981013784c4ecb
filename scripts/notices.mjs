import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Packages that run beside the bundles, with what they need; the other dependencies of onnxruntime-node only install it. */
const shipped = ['h5wasm', 'onnxruntime-node', 'onnxruntime-common', 'sharp', 'detect-libc', 'semver'];

const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** Writes THIRD-PARTY-NOTICES.md: the licences of all packages in the bundles of dist/ and beside them. Build first. */
export async function writeNotices() {
  const { inputs } = JSON.parse(await readFile('dist/meta.json', 'utf8'));
  const bundled = Object.keys(inputs).flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []);
  const images = (await readdir('node_modules/@img')).map((name) => `@img/${name}`);
  const names = [...new Set([...bundled, ...shipped, ...images])].sort();
  const notices = await Promise.all(names.map(notice));
  const head =
    '# Third-party notices\n\nBoundary Lens contains the packages below, each under its own licence. `npm run package` writes this file.\n';
  await writeFile('THIRD-PARTY-NOTICES.md', [head, ...notices, await classNames()].join('\n'));
}

async function notice(name) {
  const folder = path.join('node_modules', name);
  const { version, license, author } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
  const files = await readdir(folder);
  const file = files.find((entry) => /^licen[cs]e/i.test(entry)) ?? (license === 'MIT' ? undefined : 'README.md');
  const by = typeof author === 'object' ? author.name : author;
  const text = file ? await readFile(path.join(folder, file), 'utf8') : `Copyright (c) ${by}\n\n${mit}`;
  return `## ${name} ${version}\n\nLicence: ${license}\n\n~~~text\n${text.trim().replaceAll('\r', '')}\n~~~\n`;
}

/** Of the names of ImageNet's classes, which are no package. */
async function classNames() {
  const text = await readFile('scripts/torchvision-LICENSE.txt', 'utf8');
  return `## torchvision 0.29.2 (names of ImageNet’s classes)\n\nLicence: BSD-3-Clause\n\n~~~text\n${text.trim()}\n~~~\n`;
}
