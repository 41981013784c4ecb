import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Tensor } from '../../../src/analysis/backends/backend';
import { onnxruntimeBackend } from '../../../src/analysis/backends/onnxruntime/sessions';
import type { LoadedModel } from '../../../src/analysis/formats/format';
import { gradientNetwork } from '../../../src/analysis/network/differentiate';
import type { Network } from '../../../src/analysis/network/network';
import { smoothness } from '../../../src/analysis/network/smoothness';
import { TensorType } from '../../../src/analysis/onnx/onnxProto';
import { assertClose } from '../../support/assertClose';
import { loadedModel } from '../../support/loadedModel';
import { floats, ints, node, tensorInfo } from '../../support/onnxFile';
import { counting, logits, readOnnxParts } from '../../support/onnxModel';

const FIXTURES = 'test/fixtures/torch';

function float32(file: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(join(FIXTURES, file))).buffer);
}

function fixture(file: string): Promise<LoadedModel> {
  return loadedModel(join(FIXTURES, file));
}

/** Float32 results of all outputs, by the default backend. */
async function run(network: Network, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Float32Array>> {
  const executable = await (await onnxruntimeBackend({ threads: 1 })).load(network);
  const results = await executable.run(feeds);
  await executable.dispose();
  return results;
}

describe('a PyTorch model read from ONNX', () => {
  const images = float32('input.bin');
  const models: readonly (readonly [file: string, logits: string])[] = [
    ['lenet.onnx', 'logits.bin'],
    ['default/model.onnx', 'logits.bin'],
    ['lenet-int8.onnx', 'lenet-int8.logits.bin'],
    ['lenet-fp16.onnx', 'lenet-fp16.logits.bin'],
    ['lenet-softplus.onnx', 'lenet-softplus.logits.bin'],
  ];
  for (const [file, expected] of models) {
    it(`has the logits that its own framework computed: ${file}`, async () => {
      const { network } = await fixture(file);
      const results = await run(network, { x: { data: images, shape: [8, 1, 28, 28] } });
      assertClose(results['logits'], float32(expected), { rtol: 1e-5, atol: 1e-5 });
    });
  }

  it('has the gradient of the margin that PyTorch computed', async () => {
    const { network } = await fixture('lenet.onnx');
    const runnersUp = [6, 4, 3, 5, 9, 6, 0, 9];
    const cotangent = new Float32Array(80);
    runnersUp.forEach((j, k) => {
      cotangent[10 * k + j] += 1;
      cotangent[10 * k + k] -= 1;
    });
    const { gradient } = await run(gradientNetwork(network, 1), {
      x: { data: images, shape: [8, 1, 28, 28] },
      cotangent: { data: cotangent, shape: [8, 1, 10] },
    });
    assertClose(gradient, float32('gradient.bin'), { rtol: 1e-4, atol: 1e-6 });
  });

  it('runs any number of images although its file fixes the batch at 1, and its weights lie beside it', async () => {
    const model = await fixture('default/model.onnx');
    assert.deepEqual(model.network.outputs['logits'].shape, [-1, 10]);
    assert.match(model.notes.join(), /fixes the batch at 1/);
  });

  it('is described by its file: producer, input, parameters and operators', async () => {
    const model = await fixture('lenet.onnx');
    assert.deepEqual(
      [model.format, model.producer, model.inputShape, model.layout, model.parameters],
      ['onnx', 'pytorch 2.15.0', [1, 28, 28], 'nchw', 61706],
    );
    assert.deepEqual(model.operators, { Conv: 2, Flatten: 1, Gemm: 3, MaxPool: 2, Relu: 4 });
    assert.equal((await fixture('lenet-int8.onnx')).parameters, 61706);
  });

  it('is smooth where its file splits softplus into two branches that agree', async () => {
    assert.equal(smoothness((await fixture('lenet-softplus.onnx')).network), 'smooth');
  });
});

describe('an ONNX graph', () => {
  it('need not be sorted, and nodes that the logits do not need may be of any kind', async () => {
    const model = await readOnnxParts({
      nodes: [node('Neg', ['z'], ['y']), node('Exp', ['x'], ['z']), node('Unknown', ['x'], ['unused'])],
      shape: ['n', 2],
    });
    assertClose(logits(model, [0, 1]), [-1, -Math.E]);
  });

  it('may call functions of its own with attributes of the caller', async () => {
    const slope = { name: 'alpha', refAttrName: 'slope', type: 1 };
    const model = await readOnnxParts({
      nodes: [node('Leaky', ['x'], ['y'], { slope: 0.5 }, 'own')],
      functions: [
        {
          name: 'Leaky',
          domain: 'own',
          input: ['a'],
          output: ['b'],
          attribute: ['slope'],
          opsetImport: [{ domain: '', version: 17 }],
          node: [{ ...node('LeakyRelu', ['a'], ['b']), attribute: [slope] }],
        },
      ],
      shape: ['n', 2],
    });
    assertClose(logits(model, [-4, 3]), [-2, 3]);
  });

  it('may list its weights among its inputs', async () => {
    const model = await readOnnxParts({
      nodes: [node('Mul', ['x', 'w'], ['y'])],
      weights: [floats('w', [2], [3, 4])],
      inputs: [tensorInfo('w', [2])],
      shape: ['n', 2],
    });
    assertClose(logits(model, [1, 1]), [3, 4]);
  });

  it('takes softmax of opset 12 over all axes from its axis on', async () => {
    const model = await readOnnxParts({
      nodes: [node('Softmax', ['x'], ['p'], { axis: 1 }), node('Flatten', ['p'], ['y'])],
      shape: ['n', 2, 2],
      result: ['n', 4],
      opset: 12,
    });
    assertClose(logits(model, [0, 0, 0, 0]), [0.25, 0.25, 0.25, 0.25]);
  });

  it('is NHWC where its channels come last', async () => {
    const model = await readOnnxParts({
      nodes: [
        node('Transpose', ['x'], ['t'], { perm: [0, 3, 1, 2] }),
        node('ReduceMean', ['t'], ['y'], { axes: [2, 3], keepdims: 0 }),
      ],
      shape: ['n', 4, 4, 3],
      result: ['n', 3],
    });
    assert.deepEqual([model.layout, model.inputShape], ['nhwc', [4, 4, 3]]);
  });

  it('says what arithmetic it begins with', async () => {
    const model = await readOnnxParts({
      nodes: [node('Div', ['x', 'c'], ['s']), node('Sub', ['s', 'm'], ['t']), node('MatMul', ['t', 'w'], ['y'])],
      weights: [floats('c', [], [255]), floats('m', [1], [0.5]), floats('w', [2, 2], [1, 2, 3, 4])],
      shape: ['n', 2],
    });
    assert.match(model.insidePreprocessing ?? '', /itself first divides by 255, then subtracts 0\.5, so/);
  });

  it('names its classes and its preprocessing in its metadata', async () => {
    const metadata = (entries: Record<string, string>) =>
      readOnnxParts({
        nodes: [node('Neg', ['x'], ['y'])],
        shape: ['n', 2],
        metadataProps: Object.entries(entries).map(([key, value]) => ({ key, value })),
      });
    const python = await metadata({ names: "{0: 'cat', 1: 'dog\\'s'}", mean: '[0.5]', std: '0.25' });
    assert.deepEqual(python.classes, ['cat', "dog's"]);
    assert.deepEqual(python.preprocessing?.preprocessing, { mean: [0.5], std: 0.25 });
    assert.deepEqual((await metadata({ classes: '["a", "b"]' })).classes, ['a', 'b']);
    const three = await metadata({ classes: '["a", "b", "c"]' });
    assert.equal(three.classes, null);
    assert.match(three.notes.join(), /names 3 classes, but the output has 2/);
  });

  it('gives the names, the size and the scale that Ultralytics writes into its classifiers', async () => {
    const entries = { author: 'Ultralytics', task: 'classify', names: "{0: 'cat', 1: 'dog'}", imgsz: '[6, 4]' };
    const model = await readOnnxParts({
      nodes: [node('ReduceMean', ['x'], ['m'], { axes: [2, 3], keepdims: 0 }), node('MatMul', ['m', 'w'], ['y'])],
      weights: [floats('w', [3, 2], counting(6))],
      shape: ['n', 3, 6, 4],
      metadataProps: Object.entries(entries).map(([key, value]) => ({ key, value })),
    });
    assert.deepEqual(model.classes, ['cat', 'dog']);
    assert.deepEqual(model.preprocessing, {
      source: 'the metadata that Ultralytics wrote',
      preprocessing: { scale: 1 / 255, resize: { size: [6, 4], fit: 'crop', interpolation: 'bilinear' } },
    });
  });

  it('gives the probabilities that a ZipMap names, as converters of scikit-learn and LightGBM end', async () => {
    const labels = { name: 'classlabels_strings', type: 8, strings: ['cat', 'dog'].map((text) => Buffer.from(text)) };
    const model = await readOnnxParts({
      nodes: [
        node('MatMul', ['x', 'w'], ['z']),
        node('Softmax', ['z'], ['p'], { axis: 1 }),
        node('ArgMax', ['p'], ['best'], { axis: 1 }),
        { ...node('ZipMap', ['p'], ['named'], {}, 'ai.onnx.ml'), attribute: [labels] },
      ],
      weights: [floats('w', [2, 2], [1, 2, 3, 4])],
      shape: ['n', 2],
      outputs: [tensorInfo('best', ['n'], TensorType.int64), { name: 'named' }],
    });
    const p = 1 / (1 + Math.exp(-1));
    assertClose(logits(model, [1, 0]), [1 - p, p]);
    assert.deepEqual(model.classes, ['cat', 'dog']);
  });

  it('has the logits among several outputs where only one is [n, K], or the others are its softmax', async () => {
    const model = await readOnnxParts({
      nodes: [
        node('Neg', ['x'], ['scores']),
        node('Softmax', ['scores'], ['p']),
        node('Unsqueeze', ['x', 'axis'], ['map']),
      ],
      weights: [ints('axis', [1])],
      shape: ['n', 2],
      outputs: [tensorInfo('p', ['n', 2]), tensorInfo('scores', ['n', 2]), tensorInfo('map', ['n', 1, 2])],
    });
    assertClose(logits(model, [1, 2]), [-1, -2]);
    assert.match(model.notes.join(), /"scores" is taken as the logits/);
  });
});
