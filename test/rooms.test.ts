import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { temporaryFolder } from './support/temporaryFolder';

interface Violation {
  readonly rule: { readonly name: string };
}

/** A file that breaks each rule, and what it reaches for. */
const planted: Readonly<Record<string, readonly [file: string, source: string]>> = {
  'protocol-knows-nobody': ['src/protocol/planted.ts', `import '../analysis/errors';`],
  'analysis-knows-no-editor': ['src/analysis/planted.ts', `import '../extension/engine';`],
  'extension-knows-no-numerics': ['src/extension/planted.ts', `import '../analysis/errors';`],
  'webview-knows-only-the-protocol': ['webview-ui/planted.ts', `import '../src/analysis/errors';`],
  'webview-runs-in-a-browser': ['webview-ui/planted.ts', `import 'node:fs';`],
  'math-knows-no-network': ['src/analysis/math/planted.ts', `import '../network/network';`],
  'geometry-knows-only-the-classifier-interface': ['src/analysis/geometry/planted.ts', `import '../network/network';`],
  'network-knows-no-format-and-no-backend': ['src/analysis/network/planted.ts', `import '../formats/load';`],
  'formats-know-only-the-network': ['src/analysis/formats/planted.ts', `import '../backends/backend';`],
  'backends-know-only-the-network': ['src/analysis/backends/planted.ts', `import '../formats/load';`],
  'images-know-no-network': ['src/analysis/images/planted.ts', `import '../network/network';`],
  'analyses-know-no-file': ['src/analysis/analyses/planted.ts', `import '../formats/load';`],
  'sessions-stay-in-backends': ['src/analysis/planted.ts', `import 'onnxruntime-node';`],
  'decoding-stays-in-images': ['src/analysis/planted.ts', `import 'sharp';`],
  'no-circle': ['src/analysis/planted.ts', `import './other';`],
};

/** Files that are reached for; they need not say anything. */
const reached = [
  ...['errors', 'other', 'network/network', 'formats/load', 'backends/backend'].map((name) => `src/analysis/${name}`),
  'src/extension/engine',
];

describe('the walls between the rooms', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const config = path.resolve('.dependency-cruiser.cjs');
  const { forbidden } = createRequire(config)(config) as { forbidden: readonly { readonly name: string }[] };

  /** What dependency-cruiser says of a house with these files. */
  const violations = (files: Readonly<Record<string, string>>): Violation[] => {
    const house = path.join(folder(), 'house');
    for (const [name, source] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(house, name)), { recursive: true });
      writeFileSync(path.join(house, name), source);
    }
    writeFileSync(path.join(house, 'tsconfig.base.json'), readFileSync('tsconfig.base.json'));
    const cruiser = path.resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const args = [cruiser, 'src', 'webview-ui', '--config', config, '--output-type', 'json'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: house, encoding: 'utf8' });
    rmSync(house, { recursive: true, force: true });
    assert.notEqual(stdout, '', stderr);
    return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
  };
  const rooms = Object.fromEntries([
    ...[...reached, 'webview-ui/main'].map((name) => [`${name}.ts`, 'export {};']),
    ...['onnxruntime-node', 'sharp'].map((name) => [`node_modules/${name}/index.js`, '']),
  ]) as Readonly<Record<string, string>>;

  it('let a house in order stand', () => {
    assert.deepEqual(violations(rooms), []);
  });

  for (const { name } of forbidden) {
    it(`hold: ${name}`, () => {
      const plant = planted[name];
      assert.ok(plant, `no violation is planted for ${name}`);
      const [file, source] = plant;
      const back = name === 'no-circle' ? { 'src/analysis/other.ts': `import './planted';` } : {};
      const found = violations({ ...rooms, [file]: source, ...back });
      assert.deepEqual([...new Set(found.map(({ rule }) => rule.name))], [name]);
    });
  }
});
