import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { topologicalOrder } from '../../../src/analysis/network/network';
import { assertClose } from '../../support/assertClose';
import { assertAsFramework, type FrameworkCase } from '../../support/frameworkCase';
import { interpret, tensor } from '../../support/interpreter';
import { archive, hdf5File, sequential } from '../../support/kerasArchive';
import { loadedModel } from '../../support/loadedModel';
import { temporaryFolder } from '../../support/temporaryFolder';

interface Expected extends FrameworkCase {
  readonly file: string;
  readonly what: string;
  readonly parameters: number;
}

const folder = 'test/fixtures/keras';
const { models } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as { models: readonly Expected[] };

describe('a Keras model', () => {
  for (const expected of models) {
    it(`has the logits and gradients of Keras: ${expected.what}`, async () => {
      const model = await loadedModel(join(folder, expected.file));
      assertAsFramework(model, expected);
      assert.equal(model.parameters, expected.parameters);
    });
  }

  it('runs channels first without rearranging between layers', async () => {
    const { network } = await loadedModel(join(folder, 'resnet-mini.keras'));
    assert.equal(topologicalOrder(network).filter(({ op }) => op === 'Transpose').length, 1);
  });

  it('says what wrote it, what it is made of and how it prepares its images', async () => {
    const model = await loadedModel(join(folder, 'resnet-mini.keras'));
    assert.equal(model.format, 'keras');
    assert.equal(model.producer, 'Keras 3.15.1');
    assert.equal(model.layout, 'nhwc');
    assert.equal(model.insidePreprocessing, 'Rescaling(1/127.5, offset -1) inside the model');
    assert.deepEqual(model.preprocessing?.preprocessing, { scale: 1 }, 'it takes pixels 0–255');
    assert.equal(model.operators['Conv2D'], 9);
    assert.equal(model.operators['BatchNormalization'], 9);
    const older = await loadedModel(join(folder, 'nin-patches.h5'));
    assert.equal(older.format, 'keras-h5');
    assert.equal(older.producer, 'Keras 2.15.0');
    assert.deepEqual(older.preprocessing?.preprocessing, { scale: 1 }, 'its means are those of pixels 0–255');
    assert.match(older.insidePreprocessing ?? '', /^Normalization with the mean and variance of the training images/);
    assert.equal((await loadedModel(join(folder, 'keras3-cf-misc.keras'))).layout, 'nchw');
  });
});

/** By their definitions, away from kinks. */
const activations: Readonly<Record<string, (x: number) => number>> = {
  linear: (x) => x,
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  leaky_relu: (x) => (x > 0 ? x : 0.2 * x),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  celu: (x) => (x > 0 ? x : Math.expm1(x)),
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  log_sigmoid: (x) => -Math.log1p(Math.exp(-x)),
  sparse_sigmoid: (x) => Math.min(Math.max((x + 1) / 2, 0), 1),
  hard_sigmoid: (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1),
  tanh: Math.tanh,
  hard_tanh: (x) => Math.min(Math.max(x, -1), 1),
  tanh_shrink: (x) => x - Math.tanh(x),
  soft_shrink: (x) => Math.sign(x) * Math.max(Math.abs(x) - 0.5, 0),
  hard_shrink: (x) => (Math.abs(x) > 0.5 ? x : 0),
  softplus: (x) => Math.log1p(Math.exp(x)),
  softsign: (x) => x / (1 + Math.abs(x)),
  sparse_plus: (x) => (x <= -1 ? 0 : x >= 1 ? x : (x + 1) ** 2 / 4),
  squareplus: (x) => (x + Math.sqrt(x * x + 4)) / 2,
  silu: (x) => x / (1 + Math.exp(-x)),
  swish: (x) => x / (1 + Math.exp(-x)),
  hard_silu: (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1),
  mish: (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
  exponential: Math.exp,
};

describe('a Functional model of Keras', () => {
  const temporary = temporaryFolder();
  const history = (layer: string) => ({ class_name: '__keras_tensor__', config: { keras_history: [layer, 0, 0] } });

  /** The output for an image [2, 2, 1] of layers between `image` and a flattening of `merged`. */
  async function merged(layers: readonly object[], ends: object): Promise<Float64Array> {
    const image = { class_name: 'InputLayer', name: 'image', config: { name: 'image', batch_shape: [null, 2, 2, 1] } };
    const named = [image, ...layers, layer('Flatten', 'scores', [history('merged')])];
    const path = join(temporary(), 'merged.keras');
    const weights = await hdf5File((file) => file.create_group('layers'));
    writeFileSync(path, archive({ class_name: 'Functional', config: { name: 'm', layers: named, ...ends } }, weights));
    const { network } = await loadedModel(path);
    return interpret(network, { x: tensor([1, 2, 2, 1], [1, 2, 3, 4]) })['logits'].data;
  }
  const layer = (className: string, name: string, args: readonly unknown[]) => ({
    ...{ class_name: className, module: 'keras.layers', name, config: { name } },
    inbound_nodes: [{ args, kwargs: {} }],
  });
  const ends = { input_layers: [['image', 0, 0]], output_layers: [['scores', 0, 0]] };

  it('merges numbers that stand beside tensors in a list', async () => {
    const numbers = {
      class_name: '__tensor__',
      config: {
        value: [
          [
            [[10], [20]],
            [[30], [40]],
          ],
        ],
        dtype: 'float32',
      },
    };
    const sum = layer('Add', 'merged', [[history('image'), numbers]]);
    assert.deepEqual([...(await merged([sum], ends))], [11, 22, 33, 44]);
  });

  it('gives the lower rank its missing axes behind the batch when it merges', async () => {
    const pooled = layer('GlobalAveragePooling2D', 'pooled', [history('image')]);
    const product = layer('Multiply', 'merged', [[history('image'), history('pooled')]]);
    assert.deepEqual([...(await merged([pooled, product], ends))], [2.5, 5, 7.5, 10]);
  });

  it('may name its input and its output', async () => {
    const same = layer('Activation', 'merged', [history('image')]);
    const linear = { ...same, config: { name: 'merged', activation: 'linear' } };
    const byName = { input_layers: { photo: ['image', 0, 0] }, output_layers: { classes: ['scores', 0, 0] } };
    assert.deepEqual([...(await merged([linear], byName))], [1, 2, 3, 4]);
  });
});

describe('an activation of Keras', () => {
  const temporary = temporaryFolder();
  const points = [-7.3, -2.1, -0.7, -0.2, 0.3, 0.8, 2.6, 6.4];

  async function activated(activation: string, version = '3.15.1'): Promise<Float64Array> {
    const path = join(temporary(), `${activation} ${version}.keras`);
    const config = sequential([points.length], [{ class_name: 'Activation', config: { activation } }]);
    const weights = await hdf5File((file) => file.create_group('layers'));
    writeFileSync(path, archive(config, weights, version));
    const { network } = await loadedModel(path);
    return interpret(network, { x: tensor([1, points.length], points) })['logits'].data;
  }

  for (const [name, f] of Object.entries(activations)) {
    it(`${name} is what its definition says`, async () => {
      assertClose(await activated(name), points.map(f), { rtol: 1e-6, atol: 1e-7 });
    });
  }

  it('hard_sigmoid is steeper in Keras 2', async () => {
    const expected = points.map((x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1));
    assertClose(await activated('hard_sigmoid', '2.15.0'), expected, { rtol: 1e-6, atol: 1e-7 });
  });

  it('softmax sums to 1', async () => {
    assertClose([(await activated('softmax')).reduce((sum, p) => sum + p, 0)], [1]);
  });
});
