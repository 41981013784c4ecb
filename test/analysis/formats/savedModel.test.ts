import assert from 'node:assert/strict';
import { cpSync, linkSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { AnalysisError } from '../../../src/analysis/base/errors';
import type { WeightReading } from '../../../src/analysis/formats/format';
import { loadModel, openModelFiles } from '../../../src/analysis/formats/load';
import { isTiled } from '../../../src/analysis/formats/savedModel/slices';
import { inspect } from '../../../src/analysis/model/inspect';
import { readModel } from '../../../src/analysis/model/read';
import { analysisError } from '../../support/analysisError';
import { assertAsFramework, floats, type FrameworkCase, relativeDifference } from '../../support/frameworkCase';
import { interpret, tensor } from '../../support/interpreter';
import { loadedModel } from '../../support/loadedModel';
import { temporaryFolder } from '../../support/temporaryFolder';

interface Expected extends FrameworkCase {
  readonly folder: string;
  readonly what: string;
  readonly parameters: number;
}

const fixtures = 'test/fixtures/savedModel';
const { models } = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as { models: readonly Expected[] };
const index = 'variables/variables.index';
const data = 'variables/variables.data-00000-of-00001';

function expectedOf(folder: string): Expected {
  const found = models.find((model) => model.folder === folder);
  assert.ok(found);
  return found;
}

describe('a SavedModel', () => {
  for (const expected of models) {
    it(`has the logits and gradients of TensorFlow: ${expected.what}`, async () => {
      const model = await loadedModel(join(fixtures, expected.folder));
      assertAsFramework(model, expected);
      assert.equal(model.parameters, expected.parameters);
    });
  }

  it('says what wrote it, and which output it takes', async () => {
    const model = await loadedModel(join(fixtures, 'functions'));
    assert.equal(model.format, 'savedmodel');
    assert.equal(model.producer, 'TensorFlow 2.21.0');
    assert.equal(model.layout, 'nhwc');
    assert.match(model.notes.join(), /"features" .*, "scores" .*, "scores" is taken as the logits/);
    assert.match(model.insidePreprocessing ?? '', /On its input the network itself first/);
  });

  it('is asked by the signature that is named', async () => {
    const { x, logits } = expectedOf('functions');
    const model = await readModel(join(fixtures, 'functions'), { signature: 'negated' });
    const result = interpret(model.network, { x: tensor([3, 8, 8, 2], floats(x)) });
    const negated = floats(logits).map((value) => -value);
    assert.ok(relativeDifference(result['logits'].data, negated) < 3e-6);
  });

  it('has the output that is asked for, and says what was decided', async () => {
    const two = { signature: 'two', output: 'b' };
    const { loaded } = await readModel(join(fixtures, 'functions'), two);
    assert.deepEqual(loaded.settled, two);
    assert.match(loaded.notes.join(), /"b" is taken as the logits, as asked for/);
    await assert.rejects(
      readModel(join(fixtures, 'functions'), { ...two, output: 'c' }),
      analysisError('invalid-input', /"c" must be an output .*such are "a", "b"/),
    );
    await assert.rejects(
      readModel(join(fixtures, 'functions'), { inputSize: { size: [9, 8], source: '--input-size' } }),
      analysisError('invalid-input', /--input-size says 9 × 8, but .* a size of its own/),
    );
  });

  it('has a variable in parts only where they hold each of its numbers once', () => {
    const whole = { start: [0, 0], shape: [4, 3] };
    const rows = (start: number, count: number) => ({ start: [start, 0], shape: [count, 3] });
    assert.ok(isTiled(whole, [rows(2, 2), rows(0, 2)]));
    // As many numbers, some of them twice and others never.
    assert.ok(!isTiled(whole, [rows(0, 2), rows(0, 2)]));
    assert.ok(!isTiled(whole, [rows(0, 2)]));
  });

  it('is given as its folder or as the file in it', async () => {
    const folder = join(fixtures, 'session');
    assert.equal((await readModel(folder)).sha256, (await readModel(join(folder, 'saved_model.pb'))).sha256);
  });

  const refused: readonly (readonly [
    what: string,
    folder: string,
    signature: string | undefined,
    code: AnalysisError['code'],
    message: RegExp,
  ])[] = [
    ['it has several signatures', 'unnamed', undefined, 'invalid-input', /"first", "second".*--signature/],
    [
      'there is no such signature',
      'unnamed',
      'third',
      'invalid-input',
      /no signature "third"; it has "first", "second"/,
    ],
    ['it takes several tensors', 'functions', 'pair', 'model-unreadable', /takes 2 tensors \(.*temperature/],
    ['it takes encoded images', 'functions', 'encoded', 'model-unreadable', /takes strings/],
    [
      'two outputs may be the scores',
      'functions',
      'two',
      'invalid-input',
      /scores: "a", "b"\. Say which with --output/,
    ],
    ['the image decides what is computed', 'branches', 'open', 'unsupported-op', /must not depend on the image/],
    ['it looks things up in a table', 'lookup', undefined, 'unsupported-op', /without preprocessing lookups/],
    ['it reads parts of a variable', 'lookup', 'gathered', 'unsupported-op', /other than by reading all of it/],
  ];
  for (const [what, folder, signature, code, message] of refused) {
    it(`is refused with what to do where ${what}`, async () => {
      await assert.rejects(readModel(join(fixtures, folder), { signature }), analysisError(code, message));
    });
  }

  describe('on disk', () => {
    const folder = temporaryFolder();
    const copy = (name: string): string => {
      const path = join(folder(), name);
      rmSync(path, { recursive: true, force: true });
      cpSync(join(fixtures, name), path, { recursive: true });
      return path;
    };

    it('is asked by the signature in the side file, and no other model by the option', async () => {
      const path = copy('unnamed');
      writeFileSync(join(path, 'boundary-lens.json'), '{ "signature": "second" }');
      assert.equal((await inspect(path)).classes, 5);
      assert.equal((await inspect(path, 'deferred')).sha256, null);
      await assert.rejects(inspect(path, 'now', { signature: 'third' }), analysisError('invalid-input', /"third"/));
    });

    it('has the hash of its graph, its index and its variables', async () => {
      const before = (await readModel(copy('types'))).sha256;
      for (const name of ['saved_model.pb', index, data]) {
        const path = copy('types');
        const bytes = readFileSync(join(path, name));
        // The tag of a checksum at the index's end, the last variable, or a field that nobody knows.
        const changed = name === 'saved_model.pb' ? Buffer.concat([bytes, Buffer.of(0x78, 1)]) : Buffer.from(bytes);
        if (name === index) changed[changed.length - 49] ^= 1;
        if (name === data) changed[0] ^= 1;
        writeFileSync(join(path, name), changed);
        assert.notEqual((await readModel(path)).sha256, before, name);
      }
    });

    it('is inspected without its large variables', async () => {
      const bytesRead = async (weights: WeightReading): Promise<number> => {
        const files = await openModelFiles(join(fixtures, 'functions'));
        try {
          await loadModel(files, weights);
          return files.bytesRead;
        } finally {
          files.dispose();
        }
      };
      assert.equal((await bytesRead('now')) - (await bytesRead('deferred')), 4 * 64 * 17);
    });

    it('is refused where a file of its variables is missing, short, or a link to another place', async () => {
      const path = copy('types');
      const shard = join(path, data);
      writeFileSync(shard, readFileSync(shard).subarray(0, 100));
      await assert.rejects(loadedModel(path), analysisError('model-unreadable', /ends early/));
      const outside = join(folder(), 'outside');
      renameSync(shard, outside);
      await assert.rejects(loadedModel(path), analysisError('model-unreadable', /missing/));
      symlinkSync(outside, shard);
      await assert.rejects(loadedModel(path), analysisError('model-unreadable', /leads out of/));
      rmSync(shard);
      linkSync(outside, shard);
      await assert.rejects(loadedModel(path), analysisError('model-unreadable', /hard links/));
      rmSync(outside);
      rmSync(join(path, 'variables'), { recursive: true });
      await assert.rejects(loadedModel(path), analysisError('model-unreadable', /variables\.index.* is missing/));
    });

    it('is refused where the index is compressed or no index', async () => {
      const path = copy('types');
      const bytes = readFileSync(join(path, index));
      writeFileSync(join(path, index), bytes.subarray(1).subarray(0, 60));
      await assert.rejects(loadedModel(path), analysisError('model-unreadable', /cut off/));
      // The trailer of the first block begins where the next block's handle says that the first ends.
      const compressed = Buffer.from(bytes);
      compressed[blockEnd(bytes)] = 1;
      writeFileSync(join(path, index), compressed);
      await assert.rejects(loadedModel(path), analysisError('model-unreadable', /is compressed/));
    });
  });
});

/** Where the block of entries ends: the index's footer names the block that says so. */
function blockEnd(bytes: Buffer): number {
  const varint = (at: number): [value: number, next: number] => {
    let [value, factor] = [0, 1];
    for (let i = at; ; i++, factor *= 128) {
      value += (bytes[i] % 128) * factor;
      if (bytes[i] < 128) return [value, i + 1];
    }
  };
  const footer = bytes.length - 48;
  const [, filtersSize] = varint(footer);
  const [, second] = varint(filtersSize);
  const [offset] = varint(second);
  // The first entry: three lengths, a key, then the handle of the block.
  const [, own] = varint(offset);
  const [keyLength, valueLength] = varint(own);
  const [, key] = varint(valueLength);
  const [, size] = varint(key + keyLength);
  return varint(size)[0];
}
