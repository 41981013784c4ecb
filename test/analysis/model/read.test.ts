import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { halfToNumber } from '../../../src/analysis/base/halfPrecision';
import { loadModel, openModelFiles } from '../../../src/analysis/formats/load';
import { readModel, withDeferredWeights } from '../../../src/analysis/model/read';
import { type Network, topologicalOrder } from '../../../src/analysis/network/network';
import { TensorType } from '../../../src/analysis/onnx/onnxProto';
import { analysisError } from '../../support/analysisError';
import { hdf5File, sequential } from '../../support/kerasArchive';
import { floats, node, onnxFile, type OnnxParts, raw } from '../../support/onnxFile';
import { temporaryFolder } from '../../support/temporaryFolder';
import { turnsDuring } from '../../support/turns';

/** What this process has open, where the system tells. */
function openFiles(): string[] {
  const folder = '/proc/self/fd';
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    try {
      const path = readlinkSync(join(folder, name));
      return path.endsWith('.onnx') ? path : [];
    } catch {
      // The listing's own.
      return [];
    }
  });
}

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

  describe('of a large file', () => {
    // Half precision, and of a length that no step divides.
    const [inputs, outputs] = [2 ** 12 + 1, 2 ** 10 + 1];
    const halves = Uint16Array.from({ length: inputs * outputs }, (_, i) => i % 0x7c00);
    const parts = (count: number, last: Uint16Array = halves): OnnxParts => {
      const names = Array.from({ length: count }, (_, i) => `w${i}`);
      return {
        nodes: names.map((name, i) =>
          node('MatMul', [i === 0 ? 'x' : `y${i - 1}`, name], [i === count - 1 ? 'y' : `y${i}`]),
        ),
        weights: names.map((name, i) => {
          const dims = i % 2 === 0 ? [inputs, outputs] : [outputs, inputs];
          return raw(name, TensorType.float16, dims, new Uint8Array((i === count - 1 ? last : halves).buffer));
        }),
        shape: ['n', inputs],
      };
    };

    it('lets others have their turns, and has the bits of the file', async () => {
      const opened = await openModelFiles(written('large.onnx', parts(3)));
      try {
        let network: Network | undefined;
        const turns = await turnsDuring(async () => ({ network } = await loadModel(opened)));
        assert.ok(turns > 2, `${turns} turns`);
        assert.ok(network);
        const expected = Float32Array.from(halves, halfToNumber);
        const weights = topologicalOrder(network).flatMap((value) => (value.op === 'Constant' ? [value.data] : []));
        assert.deepEqual(weights, [expected, expected, expected]);
      } finally {
        opened.dispose();
      }
    });

    it('stops in the midst of its weights where it is told to, and leaves nothing open', async () => {
      const path = written('stopped.onnx', parts(5));
      const opened = await openModelFiles(path);
      const stop = new AbortController();
      const reason = new Error('enough');
      setImmediate(() => {
        stop.abort(reason);
      });
      await assert.rejects(loadModel(opened, 'now', {}, stop.signal), reason);
      assert.ok(opened.bytesRead < opened.identity.size, `read ${opened.bytesRead} of ${opened.identity.size} bytes`);
      opened.dispose();
      const again = new AbortController();
      setImmediate(() => {
        again.abort(reason);
      });
      const before = openFiles();
      await assert.rejects(readModel(path, {}, again.signal), reason);
      assert.deepEqual(openFiles(), before);
    });

    for (const [how, chunks] of [
      ['as they are', null],
      ['in chunks', [100, 100]],
    ] as const) {
      it(`has the bits of HDF5's numbers that lie in the file ${how}`, async () => {
        const dense = { class_name: 'Dense', config: { units: outputs, use_bias: false } };
        const data = Float32Array.from(halves, halfToNumber);
        const file = await hdf5File((hdf5) => {
          hdf5.create_attribute('model_config', JSON.stringify(sequential([inputs], [dense])));
          const layer = hdf5.create_group('model_weights').create_group('dense_0');
          layer.create_attribute('weight_names', ['dense_0/kernel']);
          const kernel = { name: 'kernel', data, shape: [inputs, outputs], ...(chunks && { chunks: [...chunks] }) };
          layer.create_group('dense_0').create_dataset(kernel);
        });
        const path = join(folder(), 'large.h5');
        writeFileSync(path, file);
        const { network } = await readModel(path);
        const weights = topologicalOrder(network).flatMap((value) => (value.op === 'Constant' ? [value.data] : []));
        assert.deepEqual(weights, [data]);
      });
    }

    it('refuses a number at its end that is not finite', async () => {
      const infinite = halves.with(-1, 0x7c00);
      const at = halves.length - 1;
      const message = new RegExp(`Tensor "w0": every weight must be a finite number, got Infinity at position ${at}`);
      await assert.rejects(
        readModel(written('infinite.onnx', parts(1, infinite))),
        analysisError('model-unreadable', message),
      );
    });
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
