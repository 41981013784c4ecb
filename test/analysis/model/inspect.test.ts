import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadModel, openModelFiles } from '../../../src/analysis/formats/load';
import { inspect } from '../../../src/analysis/model/inspect';
import { TensorType } from '../../../src/analysis/onnx/onnxProto';
import { analysisError } from '../../support/analysisError';
import { archive, denseWeights, hdf5File, sequential } from '../../support/kerasArchive';
import { node, onnxFile, raw } from '../../support/onnxFile';
import { temporaryFolder } from '../../support/temporaryFolder';
import { torchArchive, torchCases } from '../../support/torchArchive';

const models = [
  'test/fixtures/torch',
  'test/fixtures/torch/default',
  'test/fixtures/keras',
  'samples/relu',
  'samples/smooth',
]
  .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
  .filter((file) => /\.(onnx|keras|h5)$/.test(file))
  .concat(
    ['branches', 'types'].map((name) => join('test/fixtures/savedModel', name)),
    ['nin-graph', 'nin-layers'].map((name) => join('test/fixtures/tensorflowjs', name)),
  );

describe('an inspection', () => {
  const folder = temporaryFolder();
  const written = (name: string, content: Uint8Array): string => {
    const path = join(folder(), name);
    writeFileSync(path, content);
    return path;
  };

  it('tells what an editor shows of a model', async () => {
    const found = await inspect('samples/relu/lenet-mnist.onnx');
    assert.equal(found.sha256, createHash('sha256').update(readFileSync(found.path)).digest('hex'));
    const { size, mtimeMs } = statSync(found.path);
    assert.deepEqual(found.identity, { size, modified: mtimeMs });
    assert.deepEqual([found.format, found.inputShape, found.layout, found.classes], ['onnx', [1, 28, 28], 'nchw', 10]);
    assert.equal(found.smoothness, 'piecewise-linear');
    assert.equal(found.operators['Relu'], 4);
    assert.equal(found.preprocessing.source, 'boundary-lens.json');
    assert.deepEqual(found.operatorsWithoutGradient, []);
  });

  it('takes names of classes from the side file where the model has none', async () => {
    const path = written('named.onnx', readFileSync('test/fixtures/torch/lenet.onnx'));
    const classes = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
    writeFileSync(join(folder(), 'boundary-lens.json'), JSON.stringify({ classes }));
    assert.deepEqual((await inspect(path)).classNames, classes);
  });

  it('warns where an image may carry several labels', async () => {
    const nodes = [node('Flatten', ['x'], ['l']), node('Sigmoid', ['l'], ['y'])];
    const path = written('labels.onnx', onnxFile({ nodes, shape: ['n', 1, 1, 2] }));
    for (const weights of ['now', 'deferred'] as const) {
      assert.match((await inspect(path, weights)).notes.join(), /several labels, or none/);
    }
  });

  it('tells of a model that takes no images why, and all else', async () => {
    const path = written('bands.onnx', onnxFile({ nodes: [node('Flatten', ['x'], ['y'])], shape: ['n', 5, 2, 2] }));
    for (const weights of ['now', 'deferred'] as const) {
      const { inputShape, classes, preprocessing } = await inspect(path, weights);
      assert.deepEqual([inputShape, classes, preprocessing.source], [[5, 2, 2], 20, 'none']);
      assert.match(preprocessing.sentence, /1 or 3 channels, got \[5, 2, 2\].*--preprocessed/);
    }
  });

  it('names operators that have no gradient', async () => {
    const nodes = [node('Floor', ['x'], ['r']), node('Flatten', ['r'], ['y'])];
    const path = written('steps.onnx', onnxFile({ nodes, shape: ['n', 1, 1, 2] }));
    writeFileSync(join(folder(), 'boundary-lens.json'), '{}');
    assert.deepEqual((await inspect(path)).operatorsWithoutGradient, ['Floor (Floor of r)']);
  });

  for (const model of models) {
    it(`says the same without the weights: ${model}`, async () => {
      const { sha256, ...whole } = await inspect(model);
      const { sha256: none, ...found } = await inspect(model, 'deferred');
      assert.equal(sha256?.length, 64);
      assert.equal(none, null);
      assert.deepEqual(found, whole);
    });
  }

  it('says the same without the weights of a file of torch.export', async () => {
    for (const { name, programs } of torchCases().filter(({ shape }) => shape[1] === 3)) {
      const path = written('model.pt2', torchArchive(programs.dynamic));
      const { sha256, ...whole } = await inspect(path);
      assert.equal(sha256?.length, 64);
      assert.deepEqual(await inspect(path, 'deferred'), { ...whole, sha256: null }, name);
    }
  });
});

describe('an inspection without the weights', () => {
  const folder = temporaryFolder();
  const written = (name: string, content: Uint8Array): string => {
    const path = join(folder(), name);
    writeFileSync(path, content);
    return path;
  };
  /** 4 MB. */
  const numbers = new Float32Array(2 ** 20).fill(0.5);
  const inputs = numbers.length / 2;
  const dense = { class_name: 'Dense', config: { units: 2, use_bias: false } };

  const product = (dataType: number, elements: Uint8Array) => {
    const weight = raw('w', dataType, [2, inputs], elements);
    return onnxFile({
      nodes: [node('Gemm', ['x', 'w'], ['y'], { transB: 1 })],
      weights: [weight],
      shape: ['n', inputs],
    });
  };
  const legacy = (): Promise<Uint8Array> =>
    hdf5File((file) => {
      file.create_attribute('model_config', JSON.stringify(sequential([inputs], [dense])));
      const layer = file.create_group('model_weights').create_group('dense_0');
      layer.create_attribute('weight_names', ['dense_0/kernel']);
      const kernel = { name: 'kernel', data: numbers, shape: [inputs, 2] };
      layer.create_group('dense_0').create_dataset(kernel);
    });

  const files: readonly (readonly [name: string, content: () => Promise<Uint8Array> | Uint8Array])[] = [
    ['raw.onnx', () => product(TensorType.float, new Uint8Array(numbers.buffer))],
    ['half.onnx', () => product(TensorType.float16, new Uint8Array(numbers.length * 2))],
    [
      'model.keras',
      async () => archive(sequential([inputs], [dense]), await denseWeights(numbers, [inputs, 2]), undefined, 0),
    ],
    ['model.h5', legacy],
  ];
  for (const [name, content] of files) {
    it(`reads next to nothing of ${name}`, async () => {
      const path = written(name, await content());
      const opened = await openModelFiles(path);
      try {
        assert.equal((await loadModel(opened, 'deferred')).parameters, numbers.length);
        assert.ok(opened.bytesRead < 2 ** 17, `read ${opened.bytesRead} bytes`);
      } finally {
        opened.dispose();
      }
    });
  }

  it('wants weights beside the file to be there, and reads next to nothing of them', async () => {
    const path = 'test/fixtures/torch/default/model.onnx';
    const opened = await openModelFiles(path);
    await loadModel(opened, 'deferred');
    // Of its weights, the few that are small.
    assert.ok(opened.bytesRead < opened.identity.size / 5, `read ${opened.bytesRead} bytes`);
    assert.equal(opened.paths.length, 2);
    assert.equal((await inspect(path, 'deferred')).identity.size, opened.identity.size);
    opened.dispose();
    const alone = written('alone.onnx', readFileSync(path));
    await assert.rejects(inspect(alone, 'deferred'), analysisError('model-unreadable', /is missing/));
  });

  it('refuses a file that is cut off within its weights', async () => {
    const onnx = product(TensorType.float, new Uint8Array(numbers.buffer));
    const cut = written('cut.onnx', onnx.subarray(0, onnx.length / 2));
    await assert.rejects(inspect(cut, 'deferred'), analysisError('model-unreadable', /cut off/));
    const hdf5 = await legacy();
    const short = written('cut.h5', hdf5.subarray(0, hdf5.length / 2));
    await assert.rejects(inspect(short, 'deferred'), analysisError('model-unreadable', /whole HDF5/));
  });

  it('follows no link of an HDF5 file', async () => {
    for (const type of ['soft', 'external'] as const) {
      const linked = await hdf5File((file) => {
        file.create_attribute('model_config', JSON.stringify(sequential([3], [dense])));
        const layer = file.create_group('model_weights').create_group('dense_0');
        layer.create_attribute('weight_names', ['dense_0/kernel']);
        file.create_dataset({ name: 'elsewhere', data: numbers.subarray(0, 6), shape: [3, 2] });
        const group = layer.create_group('dense_0');
        if (type === 'soft') group.create_soft_link('/elsewhere', 'kernel');
        else group.create_external_link('other.h5', '/elsewhere', 'kernel');
      });
      const path = written(`${type}.h5`, linked);
      await assert.rejects(inspect(path, 'deferred'), analysisError('model-unreadable', /kernel/));
    }
  });
});
