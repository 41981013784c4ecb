import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { onnxruntimeBackend } from '../../../src/analysis/backends/onnxruntime/sessions';
import { nearestBoundary } from '../../../src/analysis/geometry/boundary';
import { predictedLabel, strongestRival } from '../../../src/analysis/geometry/logits';
import { addScaled, distanceBetween } from '../../../src/analysis/math/vector';
import { inspect } from '../../../src/analysis/model/inspect';
import { openModel } from '../../../src/analysis/model/open';
import { readModel } from '../../../src/analysis/model/read';
import { networkOf, operatorsWithoutRule } from '../../../src/analysis/network/differentiate';
import { TensorType } from '../../../src/analysis/onnx/onnxProto';
import { assertClose } from '../../support/assertClose';
import { interpret, tensor } from '../../support/interpreter';
import { floats, node, onnxFile, type OnnxParts, raw } from '../../support/onnxFile';
import { temporaryFolder } from '../../support/temporaryFolder';

const fixtures = 'test/fixtures/quantised';
const IMAGES = 3;

function float32(name: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(`${fixtures}/${name}`)).buffer);
}

describe('a network that rounds its activations', () => {
  const folder = temporaryFolder();
  /** By onnxruntime's quantisers; see generate.py. */
  const models: readonly (readonly [file: string, input: string, operators: readonly string[]])[] = [
    ['lenet-qdq', 'lenet-mnist', ['QuantizeLinear', 'DequantizeLinear']],
    ['lenet-qoperator', 'lenet-mnist', ['QLinearConv', 'QGemm']],
    ['lenet-dynamic', 'lenet-mnist', ['DynamicQuantizeLinear', 'ConvInteger', 'MatMulInteger']],
    ['resnet8-qoperator', 'resnet8-patches', ['QLinearConv', 'QLinearAdd', 'QGemm']],
  ];
  for (const [file, input, operators] of models) {
    it(`has onnxruntime’s logits and straight-through gradients: ${file}`, async () => {
      const { network, loaded, classes, smoothness } = await readModel(`${fixtures}/${file}.onnx`, { binary: false });
      for (const op of operators) assert.ok((loaded.operators[op] ?? 0) > 0, op);
      assert.match(smoothness, /^piecewise/);
      assert.deepEqual(operatorsWithoutRule(network), []);
      assert.match(loaded.notes.join(), /Activations are rounded to integers .*straight-through/);
      const expected = Float64Array.from(float32(`${file}.logits.bin`));
      const cotangents = new Float32Array(IMAGES * classes);
      for (let i = 0; i < IMAGES; i++) {
        const logits = expected.subarray(i * classes, (i + 1) * classes);
        const label = predictedLabel(logits);
        cotangents[i * classes + label] = -1;
        cotangents[i * classes + strongestRival(logits, label)] = 1;
      }
      const backend = await onnxruntimeBackend({ threads: 1 });
      const executable = await backend.load(networkOf(network, 'gradients', 1));
      const feeds = {
        x: { data: float32(`${input}.input.bin`), shape: [IMAGES, ...loaded.inputShape] },
        cotangent: { data: cotangents, shape: [IMAGES, 1, classes] },
      };
      const { logits, gradient } = await executable.run(feeds);
      await executable.dispose();
      // Far below a step of the rounded logits, which are .04 to .2 apart.
      assertClose(logits, expected, { rtol: 1e-6, atol: 5e-6 });
      assertClose(gradient, float32(`${file}.gradient.bin`), { rtol: 1e-4, atol: 1e-5 });
    });
  }

  it('says so when it is inspected', async () => {
    const { notes, smoothness, operatorsWithoutGradient } = await inspect(`${fixtures}/lenet-qdq.onnx`, 'deferred');
    assert.equal(smoothness, 'piecewise-linear');
    assert.deepEqual(operatorsWithoutGradient, []);
    assert.match(notes.join(), /own decision changes, found by bisection/);
  });

  it('has its boundary where its own decision jumps', async () => {
    const model = await readModel(`${fixtures}/lenet-qdq.onnx`, { binary: false });
    const open = await openModel(model, { backend: 'onnxruntime', threads: 1, binary: false, memory: 2 ** 28 });
    try {
      const x = Float64Array.from(float32('lenet-mnist.input.bin').subarray(0, 784));
      const found = await nearestBoundary(open.classifier, x, { level: 'standard', overshoot: 0.02, candidates: 10 });
      assert.equal(found.status, 'converged');
      assert.ok(found.distance > 0.1);
      const r = addScaled(found.point, -1, x);
      const labelAt = async (t: number) => predictedLabel(await open.classifier.logits(addScaled(x, t, r)));
      // The margin is no number near 0 there, but a few float32 units on, the label is another one.
      assert.equal(await labelAt(1 - 1e-5), found.label);
      assert.equal(await labelAt(1 + 1e-5), found.target);
      assert.notEqual(found.label, found.target);
      assert.ok(distanceBetween(found.perturbed, x) >= found.distance);
    } finally {
      await open.dispose();
    }
  });

  /** The logits of one row, which are what the nodes make of it. */
  async function rowOf(parts: OnnxParts, x: readonly number[]): Promise<readonly number[]> {
    const path = join(folder(), 'model.onnx');
    writeFileSync(path, onnxFile(parts));
    const { network } = await readModel(path, { binary: false });
    return Array.from(interpret(network, { x: tensor([1, x.length], Float64Array.from(x)) })['logits'].data);
  }
  const zero = (name: string, type: number, value: number) => raw(name, type, [], Uint8Array.of(value));
  const scale = (name: string, value: number) => floats(name, [], [value]);

  it('rounds half to even and saturates where the type of its zero point ends', async () => {
    const quantise = (type: number, value: number): OnnxParts => ({
      nodes: [node('QuantizeLinear', ['x', 's', 'z'], ['q']), node('DequantizeLinear', ['q', 's', 'z'], ['y'])],
      weights: [scale('s', 0.5), zero('z', type, value)],
      shape: ['n', 6],
    });
    const x = [0.25, 0.75, -0.25, -0.75, 1000, -1000];
    assert.deepEqual(await rowOf(quantise(TensorType.uint8, 3), x), [0, 1, 0, -1, 126, -1.5]);
    assert.deepEqual(await rowOf(quantise(TensorType.int8, 256 - 3), x), [0, 1, 0, -1, 65, -62.5]);
    const plain = await rowOf(
      { nodes: [node('QuantizeLinear', ['x', 's'], ['y'])], weights: [scale('s', 0.5)], shape: ['n', 6] },
      x,
    );
    assert.deepEqual(plain, [0, 2, 0, 0, 255, 0]);
  });

  it('follows onnxruntime’s operators on rounded numbers: they are those of the real numbers, rounded', async () => {
    const domain = 'com.microsoft';
    const weights = [
      scale('a', 0.1),
      zero('za', TensorType.uint8, 7),
      scale('b', 0.02),
      zero('zb', TensorType.uint8, 100),
    ];
    const quantised = node('QuantizeLinear', ['x', 'a', 'za'], ['q']);
    const result = node('DequantizeLinear', ['r', 'b', 'zb'], ['y']);
    const x = [-0.31, 0.12, 0.58, 1.01];
    const real = x.map((value) => Math.round(value / 0.1) * 0.1);
    const steps = (values: readonly number[]) => values.map((value) => Math.round(value / 0.02) * 0.02);
    const sum = real.reduce((total, value) => total + Math.exp(value), 0);
    const one = ['q', 'a', 'za', 'b', 'zb'];
    const two = ['q', 'a', 'za', 'q', 'a', 'za', 'b', 'zb'];
    const cases: readonly (readonly [ReturnType<typeof node>, readonly number[]])[] = [
      [node('QLinearSigmoid', one, ['r'], {}, domain), real.map((value) => 1 / (1 + Math.exp(-value)))],
      [
        node('QLinearLeakyRelu', one, ['r'], { alpha: 0.25 }, domain),
        real.map((value) => (value < 0 ? value / 4 : value)),
      ],
      [node('QLinearSoftmax', one, ['r'], { axis: -1, opset: 13 }, domain), real.map((value) => Math.exp(value) / sum)],
      [node('QLinearAdd', two, ['r'], {}, domain), real.map((value) => 2 * value)],
      [node('QLinearMul', two, ['r'], {}, domain), real.map((value) => value * value)],
      [
        node('QLinearConcat', ['b', 'zb', 'q', 'a', 'za', 'q', 'a', 'za'], ['r'], { axis: 1 }, domain),
        [...real, ...real],
      ],
    ];
    for (const [operator, expected] of cases) {
      const found = await rowOf({ nodes: [quantised, operator, result], weights, shape: ['n', 4] }, x);
      assertClose(found, steps(expected), { rtol: 1e-6, atol: 1e-6 });
    }
  });

  it('follows QLinearReduceMean, of which onnxruntime has no kernel: the mean of the real numbers, rounded', async () => {
    const weights = [
      ...[scale('a', 0.1), zero('za', TensorType.uint8, 7), scale('b', 0.02), zero('zb', TensorType.uint8, 100)],
      { name: 'pairs', dims: [3], dataType: TensorType.int64, int64Data: [-1, 2, 2] },
    ];
    const nodes = [
      node('QuantizeLinear', ['x', 'a', 'za'], ['q4']),
      node('Reshape', ['q4', 'pairs'], ['q']),
      node('QLinearReduceMean', ['q', 'a', 'za', 'b', 'zb'], ['r'], { axes: [2], keepdims: 0 }, 'com.microsoft'),
      node('DequantizeLinear', ['r', 'b', 'zb'], ['y']),
    ];
    const found = await rowOf({ nodes, weights, shape: ['n', 4] }, [-0.31, 0.13, 0.58, 1.01]);
    assertClose(found, [(-0.3 + 0.1) / 2, (0.6 + 1) / 2], { rtol: 1e-6, atol: 1e-6 });
  });
});
