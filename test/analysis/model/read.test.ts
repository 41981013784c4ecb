import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { readModel, withDeferredWeights } from '../../../src/analysis/model/read';
import { type Network, topologicalOrder } from '../../../src/analysis/network/network';
import { analysisError } from '../../support/analysisError';
import { floats, node, onnxFile, type OnnxParts } from '../../support/onnxFile';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('a model that is read', () => {
  const folder = temporaryFolder();
  const written = (name: string, parts: OnnxParts): string => {
    const path = join(folder(), name);
    writeFileSync(path, onnxFile(parts));
    return path;
  };
  const nodes = [node('MatMul', ['x', 'w'], ['y'])];
  const product = (classes: number): OnnxParts => ({
    nodes,
    weights: [
      floats(
        'w',
        [3, classes],
        Array.from({ length: 3 * classes }, (_, i) => i),
      ),
    ],
    shape: ['n', 3],
    result: ['n', classes],
  });

  it('has the hash of its files in their order', async () => {
    const place = 'test/fixtures/torch/default';
    const hash = createHash('sha256');
    for (const file of ['model.onnx', 'model.onnx.data']) hash.update(readFileSync(join(place, file)));
    assert.equal((await readModel(join(place, 'model.onnx'))).sha256, hash.digest('hex'));
  });

  it('stops at the hash where it is told to', async () => {
    const reason = new Error('enough');
    await assert.rejects(readModel('samples/relu/lenet-mnist.onnx', {}, AbortSignal.abort(reason)), reason);
  });

  it('gives logits: a head is stripped and said', async () => {
    const parts = product(2);
    const softmax = { ...parts, nodes: [node('MatMul', ['x', 'w'], ['l']), node('Softmax', ['l'], ['y'])] };
    const model = await readModel(written('softmax.onnx', softmax));
    assert.deepEqual([model.headStripped, model.classes, model.smoothness], ['softmax', 2, 'piecewise-linear']);
    assert.equal(model.network.outputs['logits'].op, 'MatMul');
  });

  it('has one output only where that is said to be a logit', async () => {
    const path = written('single.onnx', product(1));
    await assert.rejects(readModel(path), analysisError('invalid-input', /regression/));
    assert.equal((await readModel(path, { binary: true })).classes, 2);
  });

  for (const [head, classes, several] of [
    ['Sigmoid', 3, true],
    ['Sigmoid', 1, false],
    ['Softmax', 3, false],
  ] as const) {
    it(`warns of several labels an image only where its sigmoids are several: ${head} over ${classes}`, async () => {
      const nodes = [node('MatMul', ['x', 'w'], ['l']), node(head, ['l'], ['y'])];
      const model = await readModel(written('head.onnx', { ...product(classes), nodes }));
      assert.equal(model.multiLabel, several);
      assert.equal(/3 outputs has a sigmoid of its own.*several labels/.test(model.notes.join()), several);
    });
  }

  for (const file of [
    'torch/lenet.onnx',
    'torch/lenet-int8.onnx',
    'torch/default/model.onnx',
    'keras/resnet-mini.keras',
    'keras/nin-patches.h5',
  ]) {
    it(`has the same weights when they are asked for late: ${file}`, async () => {
      const path = join('test/fixtures', file);
      const weights = ({ outputs }: Network) =>
        topologicalOrder({ inputs: {}, outputs }).flatMap((value) => (value.op === 'Constant' ? [value.data] : []));
      const now = weights((await readModel(path)).network);
      assert.deepEqual(await withDeferredWeights(path, {}, ({ network }) => weights(network)), now);
    });
  }
});
