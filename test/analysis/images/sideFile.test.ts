import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { readSideFile } from '../../../src/analysis/images/sideFile';
import { analysisError } from '../../support/analysisError';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('the side file of a model', () => {
  const folder = temporaryFolder();
  let models = 0;

  /** A model in a folder of its own, with this side file beside it. */
  function modelWith(content?: string): string {
    const place = join(folder(), String(models++));
    mkdirSync(place);
    if (content !== undefined) writeFileSync(join(place, 'boundary-lens.json'), content);
    return join(place, 'model.onnx');
  }

  it('is what stands beside the model, or inside a model that is a folder', async () => {
    const model = modelWith('\ufeff{"classes": ["cat", "dog"], "preprocessing": {"scale": 0.5, "channels": "bgr"}}');
    const found = {
      classes: ['cat', 'dog'],
      preprocessing: { scale: 0.5, channels: 'bgr' },
      source: 'boundary-lens.json',
    };
    assert.deepEqual(await readSideFile(model, undefined), found);
    assert.deepEqual(await readSideFile(join(model, '..'), undefined), found);
    assert.equal(await readSideFile(modelWith(), undefined), null);
  });

  it('is overridden by the option, field by field: JSON, a file, or an object', async () => {
    const model = modelWith('{"classes": ["a", "b"], "preprocessing": {"scale": 0.5}}');
    const overridden = { classes: ['a', 'b'], preprocessing: { mean: 2 }, source: 'option' };
    assert.deepEqual(await readSideFile(model, '{"mean": 2}'), overridden);
    assert.deepEqual(await readSideFile(model, ' {"preprocessing": {"mean": 2}}'), overridden);
    assert.deepEqual(await readSideFile(model, { mean: 2 }), overridden);
    const file = join(folder(), 'my preprocessing.json');
    writeFileSync(file, '{"preprocessing": {"mean": 2}, "classes": ["c", "d"]}');
    assert.deepEqual(await readSideFile(model, file), { ...overridden, classes: ['c', 'd'] });
    assert.deepEqual(await readSideFile(model, '{"binary": true}'), {
      classes: ['a', 'b'],
      preprocessing: { scale: 0.5 },
      binary: true,
      source: 'boundary-lens.json',
    });
    await assert.rejects(
      readSideFile(model, 'none.json'),
      analysisError('invalid-input', /--preprocessing must be JSON or a file that exists, got none\.json/),
    );
  });

  it('that is wrong is refused with the file, the field, what is expected and what is there', async () => {
    const refused = async (content: string, code: 'invalid-input' | 'limit-exceeded', message: RegExp) => {
      await assert.rejects(readSideFile(modelWith(content), undefined), analysisError(code, message), content);
    };
    await refused('{"classes": [', 'invalid-input', /boundary-lens\.json must be JSON/);
    await refused('[]', 'invalid-input', /the content must be an object, got \[\]/);
    await refused('{"class": []}', 'invalid-input', /"class" is not a known field; known are .*classes, binary/);
    await refused(
      '{"preprocessing": {"channels": "grb"}}',
      'invalid-input',
      /boundary-lens\.json: preprocessing\.channels must be "rgb" or "bgr", got "grb"/,
    );
    await refused(
      '{"preprocessing": {"mean": ["0.5"]}}',
      'invalid-input',
      /preprocessing\.mean must be a number or a list of at least 1 numbers, got \["0\.5"\]/,
    );
    await refused(
      '{"preprocessing": {"resize": {"size": [0, 8]}}}',
      'invalid-input',
      /preprocessing\.resize\.size\.0 must be a whole number from 1, got 0/,
    );
    await refused('{"classes": ["a"]}', 'invalid-input', /classes must be a list of at least 2 strings, got \["a"\]/);
  });

  it('with keys that reach for a prototype, or nested without end, is refused', async () => {
    for (const key of ['__proto__', 'constructor']) {
      await assert.rejects(
        readSideFile(modelWith(`{"preprocessing": {"${key}": {}}}`), undefined),
        analysisError('invalid-input', new RegExp(`no key "${key}"`)),
      );
    }
    await assert.rejects(
      readSideFile(modelWith('['.repeat(201)), undefined),
      analysisError('limit-exceeded', /at most 200 deep/),
    );
    const brackets = JSON.stringify({ classes: ['['.repeat(500), '"]\\'] });
    assert.equal((await readSideFile(modelWith(brackets), undefined))?.classes?.length, 2);
  });
});
