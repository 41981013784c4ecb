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

/** What breaks each rule: where a file stands, and what it reaches for. */
const planted: Readonly<Record<string, readonly [folder: string, target: string]>> = {
  'protocol-knows-nobody': ['src/protocol', '../analysis/errors'],
  'analysis-knows-no-editor': ['src/analysis', '../extension/engine'],
  'extension-knows-no-numerics': ['src/extension', '../analysis/errors'],
  'webview-knows-only-the-protocol': ['webview-ui', '../src/analysis/errors'],
  'webview-runs-in-a-browser': ['webview-ui', 'node:fs'],
  'math-knows-no-network': ['src/analysis/math', '../network/network'],
  'geometry-knows-only-the-classifier-interface': ['src/analysis/geometry', '../network/network'],
  'network-knows-no-format-and-no-backend': ['src/analysis/network', '../formats/load'],
  'formats-know-only-the-network': ['src/analysis/formats', '../backends/backend'],
  'backends-know-only-the-network': ['src/analysis/backends', '../formats/load'],
  'images-know-no-network': ['src/analysis/images', '../network/network'],
  'analyses-know-no-file': ['src/analysis/analyses', '../formats/load'],
  'sessions-stay-in-backends': ['src/analysis', 'onnxruntime-node'],
  'decoding-stays-in-images': ['src/analysis', 'sharp'],
  'no-circle': ['src/analysis', './no-circle'],
};

/** What is reached for; it need not say anything. */
const reached = [
  ...['errors', 'network/network', 'formats/load', 'backends/backend'].map((name) => `src/analysis/${name}.ts`),
  ...['src/extension/engine.ts', 'webview-ui/main.ts'],
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
