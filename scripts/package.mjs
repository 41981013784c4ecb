// Packs the extension for this platform: its native binaries are those that `npm ci` installed here.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';

import { createVSIX } from '@vscode/vsce';

import { writeNotices } from './notices.mjs';

const { platform, arch } = process;
const { version } = JSON.parse(await readFile('package.json', 'utf8'));
const target = `${platform}-${arch}`;
const packagePath = `boundary-lens-${version}-${target}.vsix`;

await writeNotices();
await mkdir('.cache', { recursive: true });
const ignoreFile = '.cache/vscodeignore';
// What setup:cuda put there stays here.
const binaries = `!node_modules/onnxruntime-node/bin/*/${platform}/${arch}/!(libonnxruntime_providers_*)`;
await writeFile(ignoreFile, `${await readFile('.vscodeignore', 'utf8')}${binaries}\n`);
await createVSIX({ target, packagePath, ignoreFile, allowMissingRepository: true, rewriteRelativeLinks: false });
