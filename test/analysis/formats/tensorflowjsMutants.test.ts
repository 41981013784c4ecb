import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { AnalysisError } from '../../../src/analysis/base/errors';
import { seededRandom } from '../../../src/analysis/math/random';
import { loadedModel } from '../../support/loadedModel';
import { temporaryFolder } from '../../support/temporaryFolder';
import { fixture, written } from '../../support/tensorflowJs';

const shard = 'group1-shard1of1.bin';
/** What stands in place of a number, a text or a list. */
const replacements = [
  -1, 0, 1, 1e9, 2 ** 31, 2 ** 53, -0.5, 1e308, null, true, '', '..', '../x', '0', '1e400', '^', 'Identity', [], [-1],
  [1e9, 1e9], {}, { size: '-1' }, { tensor: { dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '99999999999' }] } } },
]; // prettier-ignore

type Node = Record<string, unknown> | unknown[];

/** All objects and lists within a JSON value. */
function within(value: unknown): Node[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value as Node, ...Object.values(value).flatMap(within)];
}

describe('a damaged TensorFlow.js model', () => {
  const folder = temporaryFolder();

  async function survives(path: string, what: string): Promise<void> {
    const [started, before] = [process.hrtime.bigint(), process.memoryUsage.rss()];
    try {
      await loadedModel(path);
    } catch (error) {
      assert.ok(error instanceof AnalysisError, `${what}: ${String(error)}`);
    }
    assert.ok(process.hrtime.bigint() - started < 5_000_000_000n, `${what} hangs`);
    assert.ok(process.memoryUsage.rss() - before < 2 ** 28, `${what} takes more memory than any of its parts`);
  }

  for (const name of ['nin-graph', 'nin-layers'] as const) {
    const { weights } = fixture(name);

    it(`is read or refused with a reason, whatever stands in its JSON: ${name}`, async () => {
      const random = seededRandom(0, `${name} JSON`);
      const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
      for (let mutant = 0; mutant < 75; mutant++) {
        const { json } = fixture(name);
        for (let change = 0; change <= Math.floor(2 * random()); change++) {
          const object = pick(within(json).filter((node) => Object.keys(node).length > 0)) as Record<string, unknown>;
          const key = pick(Object.keys(object));
          if (random() < 0.2) Reflect.deleteProperty(object, key);
          else object[key] = pick(replacements);
        }
        await survives(written(join(folder(), name), json, { [shard]: weights }), `mutant ${mutant}`);
      }
    });

    it(`is read or refused with a reason, whatever its bytes are: ${name}`, async () => {
      const random = seededRandom(0, `${name} bytes`);
      const below = (n: number): number => Math.floor(random() * n);
      const path = written(join(folder(), `${name} bytes`), fixture(name).json, { [shard]: weights });
      for (let mutant = 0; mutant < 50; mutant++) {
        const file = join(path, mutant % 5 === 0 ? shard : 'model.json');
        const original = readFileSync(file);
        const bytes = Buffer.from(original);
        for (let i = 0; i <= below(6); i++) bytes[below(bytes.length)] = mutant % 3 === 0 ? below(256) : 32 + below(95);
        writeFileSync(file, mutant % 7 === 0 ? bytes.subarray(0, below(bytes.length)) : bytes);
        await survives(path, `mutant ${mutant}`);
        writeFileSync(file, original);
      }
    });
  }

  it('must be nested at most 200 deep, and have fewer nodes than any classifier', async () => {
    const { json, weights } = fixture('nin-graph');
    const deep = JSON.parse(`${'['.repeat(250)}${']'.repeat(250)}`) as unknown;
    const refused = async (changed: unknown, message: RegExp): Promise<void> => {
      const path = written(join(folder(), 'limits'), changed, { [shard]: weights });
      await assert.rejects(loadedModel(path), (error) => {
        return error instanceof AnalysisError && error.code === 'limit-exceeded' && message.test(error.message);
      });
    };
    await refused({ ...json, deep }, /nested at most 200 deep/);
    const extra = Array.from({ length: 2 ** 17 }, (_, i) => ({ name: `n${i}`, op: 'NoOp' }));
    const nodes = json.modelTopology['node'] as object[];
    await refused({ ...json, modelTopology: { node: [...nodes, ...extra] } }, /at most 131072 nodes/);
  });
});
