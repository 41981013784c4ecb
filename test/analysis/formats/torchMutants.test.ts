import assert from 'node:assert/strict';

import { AnalysisError } from '../../../src/analysis/base/errors';
import { bytesInMemory } from '../../../src/analysis/files/bytes';
import { ModelFiles } from '../../../src/analysis/files/modelFiles';
import { loadModel } from '../../../src/analysis/formats/load';
import { seededRandom } from '../../../src/analysis/math/random';
import { torchArchive, torchCases, type TorchMembers } from '../../support/torchArchive';

type Random = () => number;

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)];

/** What stands in the place of a number, a word or a branch: sizes that lie, types and signs that do not fit. */
const LIES: readonly unknown[] = [
  -1,
  0,
  1,
  2,
  7,
  1e9,
  2 ** 31,
  2 ** 53,
  -1e12,
  0.5,
  1e300,
  '',
  'x',
  's77',
  null,
  true,
  [],
  {},
];

/** The JSON with one of its branches replaced, taken out, or put in another's place. */
function mutated(text: string, random: Random): string {
  const root = JSON.parse(text) as unknown;
  const places: { holder: Record<string, unknown>; key: string }[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const holder = value as Record<string, unknown>;
    for (const key of Object.keys(holder)) {
      places.push({ holder, key });
      visit(holder[key]);
    }
  };
  visit(root);
  const { holder, key } = pick(random, places);
  const other = pick(random, places);
  const how = random();
  if (how < 0.6) holder[key] = pick(random, LIES);
  else if (how < 0.8 && !Array.isArray(holder)) Reflect.deleteProperty(holder, key);
  else if (JSON.stringify(other.holder[other.key]).length < 400) holder[key] = structuredClone(other.holder[other.key]);
  return JSON.stringify(root);
}

function mutant(members: TorchMembers, random: Random): Uint8Array {
  const texts = Object.entries(members).flatMap(([name, member]) =>
    typeof member === 'string' ? [[name, member] as const] : [],
  );
  const content = { ...members };
  if (random() < 0.75) {
    const [name, text] = pick(random, texts);
    content[name] = mutated(text, random);
    return torchArchive(content);
  }
  const bytes = torchArchive(content);
  for (let i = 0; i < 4; i++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  return random() < 0.2 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
}

describe('a damaged file of torch.export', () => {
  const wanted = [
    'conv2d',
    'writes into parts',
    'bilinear',
    'attention with a mask',
    'windows',
    'index',
    'fills a constant',
  ];
  const programs = torchCases()
    .filter(({ name }) => wanted.includes(name))
    .flatMap(({ programs: { dynamic, decomposed } }) => [dynamic, decomposed]);
  const rounds = 26;

  for (let round = 0; round < rounds; round++) {
    it(`is refused in words, soon and without much memory, or read: round ${round + 1} of ${rounds}`, async () => {
      for (const [i, members] of programs.entries()) {
        const bytes = mutant(members, seededRandom(1, round, i));
        const [start, memory] = [performance.now(), process.memoryUsage().arrayBuffers];
        try {
          await loadModel(new ModelFiles('mutant.pt2', bytesInMemory(bytes)));
        } catch (error) {
          assert.ok(
            error instanceof AnalysisError,
            `program ${i}: ${error instanceof Error ? error.stack : String(error)}`,
          );
          assert.notEqual(error.code, 'internal');
        }
        assert.ok(process.memoryUsage().arrayBuffers - memory < 2 ** 29, `program ${i} took memory`);
        assert.ok(performance.now() - start < 5000, `program ${i} took its time`);
      }
    });
  }
});
