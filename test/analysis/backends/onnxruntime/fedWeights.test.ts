import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { InferenceSession, Tensor } from 'onnxruntime-node';

import type { Backend, Executable, Tensor as Fed } from '../../../../src/analysis/backends/backend';
import { lowered } from '../../../../src/analysis/backends/lowered';
import { withFedWeights } from '../../../../src/analysis/backends/onnxruntime/fedWeights';
import { lowerings } from '../../../../src/analysis/backends/onnxruntime/lowering';
import { onnxruntimeBackend, plannedSession } from '../../../../src/analysis/backends/onnxruntime/sessions';
import { tensorflowBackend } from '../../../../src/analysis/backends/tensorflow/backend';
import { sessionOnThread } from '../../../../src/analysis/backends/threads/sessionThread';
import { NetworkBuilder } from '../../../../src/analysis/network/builder';
import { gradientNetwork } from '../../../../src/analysis/network/differentiate';
import type { ConstantValue, Network } from '../../../../src/analysis/network/network';
import type { Elements } from '../../../../src/analysis/network/storedConstant';
import { analysisError } from '../../../support/analysisError';
import { assertClose } from '../../../support/assertClose';
import { normal } from '../../../support/networks';
import { onnxBytes } from '../../../support/onnxBytes';
import { turnsDuring } from '../../../support/turns';

const CHANNELS = 256;
const HIDDEN = 8192;
const CLASSES = 4096;
const COTANGENTS = 2;

/** Numbers that repeat after a while: nobody waits for millions of normal ones. */
function repeated(b: NetworkBuilder, shape: readonly number[], fanIn: number): ConstantValue {
  const { data } = normal([4099], 'weights', ...shape);
  const count = shape.reduce((product, extent) => product * extent, 1);
  return b.constant(
    Float32Array.from({ length: count }, (_, i) => data[i % data.length] / Math.sqrt(fanIn)),
    shape,
  );
}

/** A convolution, a pool and two products, the second with 134 MB: heavy. The first weight stands transposed in the file. */
function heavyNetwork(): Network {
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, CHANNELS, 4, 4]);
  const convolved = b.add('Conv', [x, repeated(b, [CHANNELS, CHANNELS, 3, 3], 9 * CHANNELS)], {
    ...{ strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], group: 1 },
  });
  const pooled = b.add('MaxPool', [b.relu(convolved)], {
    ...{ kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1] },
  });
  const features = b.reshape(pooled, [-1, 4 * CHANNELS]);
  const first = b.transpose(repeated(b, [HIDDEN, 4 * CHANNELS], 4 * CHANNELS), [1, 0]);
  const hidden = b.relu(b.plus(b.matMul(features, first), b.constant(new Float32Array(HIDDEN).fill(0.1), [HIDDEN])));
  return { inputs: { x }, outputs: { logits: b.matMul(hidden, repeated(b, [HIDDEN, CLASSES], HIDDEN)) } };
}

/** Images [from, to); each is the same in every batch. */
function feeds(network: Network, from: number, to: number): Record<string, Fed> {
  const entries = Object.entries(network.inputs).map(([name, { shape }]) => {
    const images = Array.from({ length: to - from }, (_, i) => [...normal(shape.slice(1), name, from + i).data]);
    return [name, { data: Float32Array.from(images.flat()), shape: [to - from, ...shape.slice(1)] }] as const;
  });
  return Object.fromEntries(entries);
}

/** Once elements are back that are on their way. */
async function returned(all: readonly Elements[]): Promise<void> {
  for (let turn = 0; turn < 1e5 && all.some(({ isLent }) => isLent); turn++) await nextTurn();
  assert.ok(!all.some(({ isLent }) => isLent), 'what was lent came back');
}

describe('a heavy network on onnxruntime', function () {
  this.timeout(120_000);
  const network = heavyNetwork();
  const gradients = gradientNetwork(network, COTANGENTS);
  const weightBytes = 4 * (CHANNELS * CHANNELS * 9 + HIDDEN * 4 * CHANNELS + HIDDEN * CLASSES);
  let backend: Backend;
  before(async () => {
    backend = await onnxruntimeBackend({ threads: 2 });
  });

  it('has the weights once, however many sessions there are', async () => {
    const resident = (): number => process.memoryUsage.rss();
    const loaded: Executable[] = [await backend.load(network)];
    await loaded[0].run(feeds(network, 0, 1));
    const before = resident();
    for (const cotangents of [1, 2, 3]) {
      const one = gradientNetwork(network, cotangents);
      const executable = await backend.load(one);
      loaded.push(executable);
      await executable.run(feeds(one, 0, 1));
    }
    const growth = resident() - before;
    assert.ok(growth < weightBytes / 2, `three sessions took ${growth} bytes, the weights are ${weightBytes}`);
    for (const executable of loaded) await executable.dispose();
  });

  it('answers as with weights of its own, but for rounding', async () => {
    const own = await InferenceSession.create(onnxBytes(lowered(gradients, lowerings)), {
      graphOptimizationLevel: 'extended',
    });
    const inputs = feeds(gradients, 0, 2);
    const tensors = Object.entries(inputs).map(([name, { data, shape }]) => [name, new Tensor('float32', data, shape)]);
    const expected = await own.run(Object.fromEntries(tensors) as Record<string, Tensor>);
    const executable = await backend.load(gradients);
    const actual = await executable.run(inputs);
    for (const name of ['logits', 'gradient']) {
      const values = Float64Array.from(expected[name].data as Float32Array);
      const largest = values.reduce((max, entry) => Math.max(max, Math.abs(entry)), 0);
      assertClose(actual[name], values, { rtol: 1e-5, atol: 2e-6 * largest });
    }
    await own.release();
    await executable.dispose();
  });

  it('gives an image the same bits in every batch, with every number of threads', async () => {
    const first = await backend.load(gradients);
    const whole = await first.run(feeds(gradients, 0, 5));
    await first.dispose();
    // With forty threads, none gets more than 64 columns of the logits.
    for (const threads of [1, 2, 40]) {
      const executable = await (await onnxruntimeBackend({ threads })).load(gradients);
      for (const [from, to] of [
        [0, 1],
        [1, 4],
        [3, 5],
        [0, 5],
      ] as const) {
        const part = await executable.run(feeds(gradients, from, to));
        for (const [name, all] of Object.entries(whole)) {
          const perImage = all.length / 5;
          const expected = all.subarray(from * perImage, to * perImage);
          const same = part[name].every((entry, i) => Object.is(entry, expected[i]));
          assert.ok(same, `${name} of images ${from}…${to - 1} with ${threads} threads`);
        }
      }
      await executable.dispose();
    }
  });

  it('leaves the thread that asks free while it computes', async () => {
    const executable = await backend.load(gradients);
    const turns = await turnsDuring(() => executable.run(feeds(gradients, 0, 5)));
    await executable.dispose();
    assert.ok(turns > 50, `${turns} turns`);
  });

  it('lends its weights to the thread that computes, of which anybody can read them meanwhile', async () => {
    const weights = [...withFedWeights(network, false).weights.values()];
    const checksums = () =>
      weights.map(({ data }) => Float32Array.from(data).reduce((sum, entry, i) => sum + entry * ((i % 97) - 48), 0));
    const before = checksums();
    const executables = [await backend.load(network), await backend.load(gradients)];
    const run = executables[0].run(feeds(network, 0, 1));
    assert.ok(weights.every(({ elements }) => elements.isLent));
    assert.deepEqual(checksums(), before);
    await executables[0].dispose();
    await run;
    assert.deepEqual(checksums(), before);
    await executables[1].dispose();
    // On their way back, and not lent again before they are here.
    assert.deepEqual(checksums(), before);
    const again = await backend.load(network);
    await again.dispose();
    const another = await backend.load(network);
    await another.run(feeds(network, 0, 1));
    await another.dispose();
    await returned(weights.map(({ elements }) => elements));
    assert.deepEqual(checksums(), before);
  });

  it('runs on TensorFlow too, which has its weights only while it copies them, or a copy of what others have', async () => {
    const weights = Array.from(withFedWeights(network, false).weights.values(), ({ elements }) => elements);
    const inputs = feeds(network, 0, 2);
    const tensorflow = await tensorflowBackend({ tensorflow: '.tensorflow', threads: 2 });
    const alone = await tensorflow.load(network);
    await returned(weights);
    const [expected, ...others] = [await backend.load(network), alone, await tensorflow.load(network)];
    assert.ok(weights.every(({ isLent }) => isLent));
    const { logits } = await expected.run(inputs);
    const largest = logits.reduce((max, entry) => Math.max(max, Math.abs(entry)), 0);
    for (const executable of others) {
      const actual = await executable.run(inputs);
      assertClose(actual['logits'], Float64Array.from(logits), { rtol: 1e-4, atol: 2e-6 * largest });
      await executable.dispose();
    }
    assert.ok(weights.every(({ isLent }) => isLent));
    await expected.dispose();
    await returned(weights);
  });

  it('takes its weights back where no session could be made', async () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, HIDDEN]);
    const weight = repeated(b, [HIDDEN, CLASSES], HIDDEN);
    const product = b.matMul(x, weight);
    const { plan, weights } = await plannedSession({ inputs: { x }, outputs: { logits: product } }, 1);
    const broken = { ...plan, model: Uint8Array.of(1, 2, 3) };
    await assert.rejects(sessionOnThread(broken, weights), analysisError('unsupported-op', /cannot run this network/));
    const [{ elements }] = weights.values();
    await returned([elements]);
    assert.equal(weight.data.length, HIDDEN * CLASSES);
  });

  it('leaves light networks as they are', () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 1024]);
    const light = { inputs: { x }, outputs: { logits: b.matMul(x, repeated(b, [1024, 1024], 1024)) } };
    assert.equal(withFedWeights(light, false).network, light);
  });

  it('keeps the kernels of convolutions that onnxruntime puts into blocks or scales', () => {
    const names = (fed: ReturnType<typeof withFedWeights>) => Array.from(fed.weights.values(), ({ shape }) => shape);
    assert.deepEqual(
      names(withFedWeights(network, false))
        .map(({ length }) => length)
        .sort(),
      [2, 2, 4],
    );
    assert.deepEqual(
      names(withFedWeights(network, true))
        .map(({ length }) => length)
        .sort(),
      [2, 2],
    );
  });

  it('is refused from 2 GB of weights on', async () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 2 ** 15]);
    // Nothing reads the elements: the memory is not touched.
    const product = b.matMul(x, b.constant(new Float32Array(2 ** 29), [2 ** 15, 2 ** 14]));
    await assert.rejects(
      backend.load({ inputs: { x }, outputs: { logits: product } }),
      analysisError('limit-exceeded', /less than 2 GB/),
    );
  });
});
