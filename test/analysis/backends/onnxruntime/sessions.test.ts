import assert from 'node:assert/strict';

import type { Backend, Tensor } from '../../../../src/analysis/backends/backend';
import { replicated, Room } from '../../../../src/analysis/backends/onnxruntime/replicas';
import { onnxruntimeBackend, plannedSession } from '../../../../src/analysis/backends/onnxruntime/sessions';
import { caseModel, operatorCases, randomConstant } from '../../../../src/analysis/backends/operatorCases';
import { executableOf, type Session } from '../../../../src/analysis/backends/session';
import { sessionOnThread } from '../../../../src/analysis/backends/threads/sessionThread';
import { seededRandom } from '../../../../src/analysis/math/random';
import { NetworkBuilder } from '../../../../src/analysis/network/builder';
import { gradientNetwork } from '../../../../src/analysis/network/differentiate';
import type { Network, Value } from '../../../../src/analysis/network/network';
import { analysisError } from '../../../support/analysisError';
import { assertClose } from '../../../support/assertClose';
import { interpret, tensor } from '../../../support/interpreter';
import { normal } from '../../../support/networks';
import { turnsDuring } from '../../../support/turns';

/** Images and cotangents of a gradient network; image i is the same in every batch. */
function feeds(network: Network, from: number, to: number): Record<string, Tensor> {
  const entries = Object.entries(network.inputs).map(([name, { shape }]) => {
    const rest = shape.slice(1);
    const images = Array.from({ length: to - from }, (_, i) => [...normal(rest, name, from + i).data]);
    return [name, { data: Float32Array.from(images.flat()), shape: [to - from, ...rest] }] as const;
  });
  return Object.fromEntries(entries);
}

type Outputs = Record<string, Float32Array>;

/** Runs images [from, to) as one batch. */
async function run(backend: Backend, network: Network, ranges: readonly (readonly [number, number])[]) {
  const executable = await backend.load(network);
  const results: Outputs[] = [];
  for (const [from, to] of ranges) results.push(await executable.run(feeds(network, from, to)));
  await executable.dispose();
  return results;
}

/** Batches of the sizes, one after the other, over the images [0, count). */
function batches(count: number, sizes: readonly number[]): [number, number][] {
  return sizes.flatMap((size) =>
    Array.from({ length: Math.floor(count / size) }, (_, i): [number, number] => [i * size, (i + 1) * size]),
  );
}

/** Asserts that each image has the same bits in every batch and with every number of threads. */
async function assertSameBits(network: Network, count: number, sizes: readonly number[], backends: readonly Backend[]) {
  const [whole] = await run(backends[0], network, [[0, count]]);
  for (const backend of backends) {
    const ranges = batches(count, sizes);
    const parts = await run(backend, network, ranges);
    ranges.forEach(([from, to], k) => {
      for (const [name, all] of Object.entries(whole)) {
        const perImage = all.length / count;
        const expected = all.subarray(from * perImage, to * perImage);
        const same = parts[k][name].every((entry, i) => Object.is(entry, expected[i]));
        assert.ok(same, `${name} of images ${from}…${to - 1} with ${backend.threads} threads`);
      }
    });
  }
}

/** conv 5×5, pool, conv 5×5, pool, two dense layers on 28×28 images, with an activation of choice. */
function lenet(activation: (b: NetworkBuilder, x: Value) => Value): Network {
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, 1, 28, 28]);
  const block = (image: Value, weight: readonly number[], pad: number): Value => {
    const conv = b.add('Conv', [image, randomConstant(b, weight), randomConstant(b, [weight[0]])], {
      strides: [1, 1],
      pads: [pad, pad, pad, pad],
      dilations: [1, 1],
      group: 1,
    });
    return b.add('MaxPool', [activation(b, conv)], {
      kernel: [2, 2],
      strides: [2, 2],
      pads: [0, 0, 0, 0],
      dilations: [1, 1],
    });
  };
  const features = b.reshape(block(block(x, [6, 1, 5, 5], 2), [16, 6, 5, 5], 0), [-1, 400]);
  const hidden = activation(b, b.plus(b.matMul(features, randomConstant(b, [400, 84])), randomConstant(b, [84])));
  const logits = b.plus(b.matMul(hidden, randomConstant(b, [84, 10])), randomConstant(b, [10]));
  return { inputs: { x }, outputs: { logits } };
}

/** One attention block on a 4×4 grid of patches, with LayerNormalization and GELU. */
function transformer(): Network {
  const b = new NetworkBuilder();
  const [tokens, width, heads] = [17, 24, 3];
  const x = b.input('x', [-1, 16, 12]);
  const classToken = b.expand(randomConstant(b, [1, 1, width]), [-1, 1, width]);
  let h = b.concat([classToken, b.matMul(x, randomConstant(b, [12, width]))], 1);
  const norm = (value: Value): Value => {
    const centred = b.minus(value, b.mean(value, [2], true));
    const variance = b.mean(b.times(centred, centred), [2], true);
    return b.over(centred, b.sqrt(b.plus(variance, b.scalar(1e-5))));
  };
  const split = (value: Value): Value =>
    b.transpose(b.reshape(value, [-1, tokens, heads, width / heads]), [0, 2, 1, 3]);
  const project = (value: Value, k: number): Value =>
    split(b.plus(b.matMul(value, randomConstant(b, [width, width])), b.scalar(k)));
  const normed = norm(h);
  const scores = b.matMul(project(normed, 0), b.transpose(project(normed, 1), [0, 1, 3, 2]));
  const attention = b.add('Softmax', [b.times(scores, b.scalar(0.35))], { axis: 3 });
  const mixed = b.transpose(b.matMul(attention, project(normed, 2)), [0, 2, 1, 3]);
  h = b.plus(h, b.reshape(mixed, [-1, tokens, width]));
  const wide = b.matMul(norm(h), randomConstant(b, [width, 48]));
  const gelu = b.times(b.times(wide, b.scalar(0.5)), b.plus(b.erf(b.over(wide, b.scalar(Math.SQRT2))), b.scalar(1)));
  h = b.plus(h, b.matMul(gelu, randomConstant(b, [48, width])));
  const first = b.reshape(b.slice(norm(h), [1], [0], [1]), [-1, width]);
  return { inputs: { x }, outputs: { logits: b.matMul(first, randomConstant(b, [width, 10])) } };
}

describe('onnxruntime', () => {
  let single: Backend;
  let double: Backend;
  before(async () => {
    single = await onnxruntimeBackend({ threads: 1 });
    double = await onnxruntimeBackend({ threads: 2 });
  });

  it('says what it is', () => {
    assert.equal(single.id, 'onnxruntime');
    assert.equal(single.threads, 1);
    assert.match(single.version, /^\d+\.\d+\.\d+$/);
    assert.notEqual(single.device, '');
  });

  for (const [op, cases] of Object.entries(operatorCases)) {
    it(`computes ${op} and its gradient as the definitions say, bit by bit the same in every batch`, async () => {
      for (const one of cases) {
        const network = gradientNetwork(caseModel(new NetworkBuilder(), one), 2);
        const [actual] = await run(single, network, [[0, 5]]);
        const inputs = Object.entries(feeds(network, 0, 5)).map(([name, { data, shape }]) => [
          name,
          tensor(shape, data),
        ]);
        const expected = interpret(network, Object.fromEntries(inputs) as Parameters<typeof interpret>[1]);
        for (const [name, { data }] of Object.entries(expected)) {
          const largest = data.reduce((max, entry) => Math.max(max, Math.abs(entry)), 0);
          assertClose(actual[name], data, { rtol: 1e-5, atol: 3e-6 * largest });
        }
        await assertSameBits(network, 7, [1, 2, 3], [single, double]);
      }
    });
  }

  it('gives each image the same bits where replicas on threads of their own share a batch', async () => {
    const relu = lenet((b, x) => b.relu(x));
    for (const network of [relu, gradientNetwork(relu, 3), gradientNetwork(transformer(), 2)]) {
      const onThread = async (threads: number, thread: string): Promise<Session> => {
        return sessionOnThread((await plannedSession(network, threads)).plan, new Map(), thread);
      };
      const opened = ['one', 'two', 'three'].map((thread) => onThread(1, thread));
      const session = replicated(await onThread(3, 'of all'), {
        ...{ wanted: 3, bytes: 1, room: new Room(3) },
        worthwhile: 0,
        open: () => opened,
      });
      const executable = executableOf(network, session);
      const alone = await executable.run(feeds(network, 0, 7));
      await Promise.all(opened);
      await new Promise((resolve) => setImmediate(resolve));
      const shared = await executable.run(feeds(network, 0, 7));
      await session.release();
      for (const [name, values] of Object.entries(alone)) {
        assert.ok(
          shared[name].every((entry, i) => Object.is(entry, values[i])),
          name,
        );
      }
    }
  });

  it('leaves the thread that asks free while it computes', async () => {
    const network = gradientNetwork(
      lenet((b, x) => b.relu(x)),
      3,
    );
    const executable = await double.load(network);
    const turns = await turnsDuring(() => executable.run(feeds(network, 0, 64)));
    await executable.dispose();
    assert.ok(turns > 50, `${turns} turns`);
  });

  const networks: Record<string, Network> = {
    'a LeNet with ReLU': lenet((b, x) => b.relu(x)),
    'a LeNet with softplus': lenet((b, x) => b.softplus(x)),
    'a LeNet with ELU': lenet((b, x) => b.add('Elu', [x], { alpha: 1 })),
    'a LeNet with SiLU': lenet((b, x) => b.times(x, b.sigmoid(x))),
    'a transformer': transformer(),
  };
  for (const [title, network] of Object.entries(networks)) {
    it(`gives an image of ${title} the same bits in batches of 1, 3, 7 and 64, with one thread and two`, async () => {
      await assertSameBits(gradientNetwork(network, 3), 64, [1, 3, 7, 64], [single, double]);
    });
  }

  /** One function at many points, each an image of its own. */
  async function values(make: (b: NetworkBuilder, x: Value) => Value, points: Float32Array): Promise<Float32Array> {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1]);
    const executable = await single.load({ inputs: { x }, outputs: { y: make(b, x) } });
    const { y } = await executable.run({ x: { data: points, shape: [points.length] } });
    await executable.dispose();
    return y;
  }

  const uniform = (low: number, high: number): Float32Array => {
    const random = seededRandom('points', low, high);
    return Float32Array.from({ length: 2000 }, () => low + (high - low) * random());
  };
  const log1p = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  const accurate: [string, (b: NetworkBuilder, x: Value) => Value, (x: number) => number, Float32Array, object][] = [
    ['log between 0.3 and 3', (b, x) => b.log(x), Math.log, uniform(0.3, 3), { rtol: 5e-7, atol: 0 }],
    ['log over the range of float32', (b, x) => b.log(x), Math.log, uniform(-87, 88).map(Math.exp), { rtol: 5e-7 }],
    ['sin', (b, x) => b.add('Sin', [x], {}), Math.sin, uniform(-1000, 1000), { rtol: 0, atol: 2e-7 }],
    ['cos', (b, x) => b.add('Cos', [x], {}), Math.cos, uniform(-1000, 1000), { rtol: 0, atol: 2e-7 }],
    ['softplus', (b, x) => b.softplus(x), log1p, uniform(-80, 30), { rtol: 5e-7, atol: 0 }],
    [
      'ELU',
      (b, x) => b.add('Elu', [x], { alpha: 1 }),
      (x) => (x > 0 ? x : Math.expm1(x)),
      uniform(-9, 3),
      { rtol: 5e-7 },
    ],
    [
      'ELU near 0',
      (b, x) => b.add('Elu', [x], { alpha: 1 }),
      (x) => (x > 0 ? x : Math.expm1(x)),
      uniform(-1e-3, 1e-3),
      { rtol: 5e-7, atol: 0 },
    ],
  ];
  for (const [title, make, truth, points, tolerance] of accurate) {
    it(`computes ${title} to a few units in the last place of float32`, async () => {
      assertClose(await values(make, points), Float64Array.from(points, truth), tolerance);
    });
  }

  it('keeps the limits of the logarithm', async () => {
    const limits = await values((b, x) => b.log(x), Float32Array.of(0, -1, Infinity, NaN, 1));
    assert.deepEqual([...limits], [-Infinity, NaN, Infinity, NaN, 0]);
  });

  it('pads pools by more than their window', async () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 1, 2, 2]);
    const window = { kernel: [2, 2], strides: [2, 2], pads: [0, 0, 2, 2], dilations: [1, 1] };
    const y = b.add('AveragePool', [x], window);
    const executable = await single.load({ inputs: { x }, outputs: { y } });
    const image = { data: Float32Array.of(1, 2, 3, 4), shape: [1, 1, 2, 2] };
    assert.deepEqual([...(await executable.run({ x: image }))['y']], [2.5, 0, 0, 0]);
  });

  it('keeps zeros that are padded before a MaxPool, which pads with −∞ itself', async () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 1, 2, 2]);
    const window = { kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1] };
    const y = b.add('MaxPool', [b.pad(x, [0, 0, 1, 1, 0, 0, 1, 1], 0)], window);
    const executable = await single.load({ inputs: { x }, outputs: { y } });
    const image = { data: Float32Array.of(-1, 2, -3, -4), shape: [1, 1, 2, 2] };
    assert.deepEqual([...(await executable.run({ x: image }))['y']], [0, 2, 0, 0]);
  });

  it('runs calls that overlap', async () => {
    const network = lenet((b, x) => b.relu(x));
    const executable = await double.load(network);
    const together = await Promise.all([0, 1, 2].map((i) => executable.run(feeds(network, i, i + 1))));
    const [apart] = await run(single, network, [[0, 3]]);
    assert.deepEqual(
      together.flatMap(({ logits }) => [...logits]),
      [...apart['logits']],
    );
    await executable.dispose();
  });

  it('says what it cannot run', async () => {
    const network = lenet((b, x) => b.relu(x));
    const executable = await single.load(network);
    const wrong = { x: { data: new Float32Array(4), shape: [1, 1, 2, 2] } };
    await assert.rejects(executable.run(wrong), analysisError('unsupported-op', /onnxruntime cannot run this network/));
    await executable.dispose();
  });
});
