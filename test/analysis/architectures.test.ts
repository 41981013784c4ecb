import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';

import { agreement } from '../zoo/agreement';
import { readArrays } from '../zoo/expected';

const fixtures = 'test/fixtures/architectures';
const modelFile = /^(model\.(onnx|pt2|keras)|saved|web)$/;

describe('small architectures have the logits and gradients of their framework:', () => {
  const names = readdirSync(fixtures, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? entry.name : [],
  );

  it('are of ten families', () => {
    assert.equal(names.length, 10);
  });

  for (const name of names) {
    const folder = path.join(fixtures, name);
    const [file] = readdirSync(path.join(folder, 'model')).filter((entry) => modelFile.test(entry));

    it(`${name}, from ${file}`, async () => {
      const { logits, right, ...rest } = await agreement(path.join(folder, 'model', file), readArrays(folder, 2));
      assert.ok(right, JSON.stringify(rest));
      assert.ok(logits <= 2e-5, `the logits are off by ${logits}`);
    });
  }
});
