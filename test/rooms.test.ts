import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { temporaryFolder } from './support/temporaryFolder';

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
}

/** Each folder of src/analysis, and one that it must not know. */
const strangers: Readonly<Record<string, string>> = {
  base: 'math',
  math: 'network',
  files: 'formats',
  network: 'formats',
  onnx: 'formats',
  compound: 'formats',
  formats: 'backends',
  backends: 'formats',
  images: 'network',
  model: 'study',
  geometry: 'network',
  preflight: 'study',
  study: 'analyses',
  analyses: 'formats',
  reports: 'job',
  job: 'cli',
  process: 'cli',
  cli: 'process',
};

/** Each folder of src/extension, and one that it must not know. */
const editorStrangers: Readonly<Record<string, string>> = {
  engine: 'runs',
  files: 'runs',
  runs: 'models',
  models: 'choosing',
  choosing: 'commands',
  preflight: 'runs',
  series: 'choosing',
};

/** A folder of webview-ui that each of its folders may not know. */
const pageStrangers = {
  ...{ parts: 'figures', figures: 'panel', panel: 'model', model: 'panel', series: 'panel', preflight: 'panel' },
};

/** What breaks each rule: where a file stands, and what it reaches for. */
const planted: Readonly<Record<string, readonly [folder: string, target: string]>> = {
  'protocol-knows-nobody': ['src/protocol', '../analysis/base/room'],
  'reading-knows-only-the-protocol': ['src/reading', '../analysis/base/room'],
  'analysis-knows-no-editor': ['src/analysis/base', '../../extension/engine/engine'],
  'extension-knows-no-numerics': ['src/extension', '../analysis/base/room'],
  'webview-knows-only-protocol-and-reading': ['webview-ui', '../src/analysis/base/room'],
  'webview-runs-in-a-browser': ['webview-ui', 'node:fs'],
  ...Object.fromEntries(
    Object.entries(strangers).map(([folder, stranger]) => [
      `${folder}-has-its-wall`,
      [`src/analysis/${folder}`, `../${stranger}/room`],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(editorStrangers).map(([folder, stranger]) => [
      `editor-${folder}-has-its-wall`,
      [`src/extension/${folder}`, `../${stranger}/room`],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(pageStrangers).map(([folder, stranger]) => [
      `page-${folder}-has-its-wall`,
      [`webview-ui/${folder}`, `../${stranger}/room`],
    ]),
  ),
  'no-file-stands-loose': ['src/analysis', './base/room'],
  'sessions-stay-in-backends': ['src/analysis/model', 'onnxruntime-node'],
  'decoding-stays-in-images': ['src/analysis/model', 'sharp'],
  'no-circle': ['src/analysis/base', './no-circle'],
};

/** What is reached for; it need not say anything. */
const reached = [
  ...Object.keys(strangers).map((folder) => `src/analysis/${folder}/room.ts`),
  ...Object.values(editorStrangers).map((folder) => `src/extension/${folder}/room.ts`),
  ...Object.values(pageStrangers).map((folder) => `webview-ui/${folder}/room.ts`),
  ...['src/extension/engine/engine.ts', 'webview-ui/panel/main.ts'],
  ...['onnxruntime-node', 'sharp'].map((name) => `node_modules/${name}/index.js`),
];

describe('the walls between the rooms', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const config = path.resolve('.dependency-cruiser.cjs');
  const { forbidden } = createRequire(config)(config) as { forbidden: readonly { readonly name: string }[] };
  const file = (rule: string): string => `${planted[rule][0]}/${rule}.ts`;
  const write = (name: string, source: string): void => {
    mkdirSync(path.dirname(path.join(folder(), name)), { recursive: true });
    writeFileSync(path.join(folder(), name), source);
  };
  const violations = (): Violation[] => {
    const cruiser = path.resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const args = [cruiser, 'src', 'webview-ui', '--config', config, '--output-type', 'json'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder(), encoding: 'utf8' });
    assert.notEqual(stdout, '', stderr);
    return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
  };
  let found: Violation[];

  before(() => {
    write('tsconfig.base.json', readFileSync('tsconfig.base.json', 'utf8'));
    for (const name of reached) write(name, '');
    assert.deepEqual(violations(), [], 'a house in order stands');
    for (const [rule, [, target]] of Object.entries(planted)) write(file(rule), `import '${target}';`);
    found = violations();
  });

  for (const { name } of forbidden) {
    it(`hold: ${name}`, () => {
      assert.ok(name in planted, `no violation is planted for ${name}`);
      const rules = found.filter(({ from }) => from === file(name)).map(({ rule }) => rule.name);
      assert.deepEqual(rules, [name]);
    });
  }
});
