import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import type { Backend } from '../../../src/analysis/backends/backend';
import { AnalysisError } from '../../../src/analysis/base/errors';
import { gaussianVector, seededRandom } from '../../../src/analysis/math/random';
import { classifierOf, type NetworkClassifier } from '../../../src/analysis/model/networkClassifier';
import { openModel } from '../../../src/analysis/model/open';
import { readModel } from '../../../src/analysis/model/read';
import { NetworkBuilder } from '../../../src/analysis/network/builder';
import { analysisError } from '../../support/analysisError';
import { assertClose } from '../../support/assertClose';
import { floats, node, onnxFile } from '../../support/onnxFile';
import { temporaryFolder } from '../../support/temporaryFolder';

/** f(x) = x on a backend whose nth load fails; what was disposed is recorded. */
function opened(failing: number, disposed: number[]): NetworkClassifier {
  let loads = 0;
  const backend: Backend = {
    ...{ id: 'onnxruntime', provider: 'none', device: 'none', version: '0', threads: 1 },
    allowances: { held: (bytes) => bytes, smallestBatch: 1, firstBatch: 4 },
    load: () => {
      const own = ++loads;
      if (own === failing) return Promise.reject(new AnalysisError('limit-exceeded', 'no memory'));
      return Promise.resolve({
        run: ({ x: { data } }) => Promise.resolve({ logits: data.slice(), gradient: data.slice() }),
        dispose: () => {
          disposed.push(own);
          return Promise.resolve();
        },
      });
    },
  };
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, 2]);
  const network = { inputs: { x }, outputs: { logits: b.times(x, b.scalar(2)) } };
  return classifierOf(network, { classes: 2, smoothness: 'smooth' }, backend, { batch: 1, memory: 2 ** 20 });
}

const x = Float64Array.of(1, 2);

describe('an open model', () => {
  const folder = temporaryFolder();

  it('refuses gradients that are no numbers: those of a cubic LpPool over zeros, and no others', async () => {
    const file = path.join(folder(), 'pool.onnx');
    const parts = {
      nodes: [
        node('LpPool', ['x'], ['pooled'], { kernel_shape: [2, 2], strides: [2, 2], p: 3 }),
        node('Flatten', ['pooled'], ['row'], { axis: 1 }),
        node('Gemm', ['row', 'w'], ['y']),
      ],
      weights: [floats('w', [4, 2], [1, -1, 0.5, 2, 1, 1, 0.25, -2])],
    };
    writeFileSync(file, onnxFile({ ...parts, shape: ['n', 1, 4, 4] }));
    const model = await readModel(file);
    const open = await openModel(model, { backend: 'auto', binary: false, memory: 2 ** 28 });
    const [zeros, ones] = [0, 1].map((value) => new Float64Array(16).fill(value));
    // Asked together: they share a batch.
    const ask = (image: Float64Array) => open.classifier.gradients(image, [Float64Array.of(1, 0)]);
    const [, { gradients }] = await Promise.all([
      assert.rejects(ask(zeros), analysisError('invalid-input', /gradients must be finite/)),
      ask(ones),
    ]);
    // d (4 x³)^⅓ / dx of one of the four, times the weight of its window.
    assertClose(
      [...gradients[0].subarray(0, 4)],
      [1, 1, 0.5, 0.5].map((w) => w * 4 ** (-2 / 3)),
      { rtol: 1e-5 },
    );
    await open.dispose();
  });

  it('asks in parts what memory does not hold at once, with the same bits', async () => {
    const model = await readModel(path.join('samples', 'relu', 'lenet-mnist.onnx'));
    const random = seededRandom(5);
    const image = gaussianVector(28 * 28, random);
    const cotangents = Array.from({ length: 9 }, () => gaussianVector(model.classes, random));
    const ask = async (memory: number) => {
      const open = await openModel(model, { backend: 'auto', binary: false, memory });
      const { logits, gradients } = await open.classifier.gradients(image, cotangents);
      const { batches } = open.classifier.statistics();
      await open.dispose();
      return { answer: [logits, ...gradients], sizes: batches.map((batch) => batch.cotangents) };
    };
    const [plenty, scarce, none] = [await ask(2 ** 30), await ask(2 ** 20), await ask(1)];
    assert.deepEqual(plenty.sizes, [9]);
    assert.deepEqual(scarce.sizes, [5, 4]);
    assert.deepEqual(none.sizes, [1]);
    assert.deepEqual(scarce.answer, plenty.answer);
    assert.deepEqual(none.answer, plenty.answer);
  });

  it('loads again what failed to load', async () => {
    const { classifier } = opened(1, []);
    await assert.rejects(classifier.logits(x), { code: 'limit-exceeded' });
    assert.deepEqual([...(await classifier.logits(x))], [1, 2]);
  });

  it('frees what it loaded, though something else failed to load', async () => {
    const disposed: number[] = [];
    const { classifier, dispose } = opened(1, disposed);
    await assert.rejects(classifier.gradients(x, [x]), { code: 'limit-exceeded' });
    await classifier.logits(x);
    await dispose();
    assert.deepEqual(disposed, [2]);
  });
});
