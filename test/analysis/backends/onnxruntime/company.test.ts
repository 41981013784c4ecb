import assert from 'node:assert/strict';
import process from 'node:process';

import type { Tensor } from '../../../../src/analysis/backends/backend';
import { onnxruntimeBackend, plannedSession } from '../../../../src/analysis/backends/onnxruntime/sessions';
import { randomConstant } from '../../../../src/analysis/backends/operatorCases';
import { NetworkBuilder } from '../../../../src/analysis/network/builder';
import { gradientNetwork } from '../../../../src/analysis/network/differentiate';
import type { Network, Value } from '../../../../src/analysis/network/network';
import type { Operator, OperatorAttributes } from '../../../../src/analysis/network/operators';
import { elementCount } from '../../../../src/analysis/network/shapes';
import { normal } from '../../../support/networks';

type Body = (b: NetworkBuilder, x: Value) => Value;

/** Two gradients of three classes that depend on what the body makes of an image. */
function network(image: readonly number[], body: Body): Network {
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, ...image]);
  const made = body(b, x);
  const features = Math.abs(elementCount(made.shape));
  const logits = b.matMul(b.tanh(b.reshape(made, [-1, features])), randomConstant(b, [features, 3]));
  return gradientNetwork({ inputs: { x }, outputs: { logits } }, 2);
}

/** Numbers of images [from, to), the same of an image in every batch. */
function feeds({ inputs }: Network, from: number, to: number): Record<string, Tensor> {
  const entries = Object.entries(inputs).map(([name, { shape }]) => {
    const images = Array.from({ length: to - from }, (_, i) => [...normal(shape.slice(1), name, from + i).data]);
    return [name, { data: Float32Array.from(images.flat()), shape: [to - from, ...shape.slice(1)] }] as const;
  });
  return Object.fromEntries(entries);
}

const conv =
  (weight: readonly number[], attributes: Partial<OperatorAttributes['Conv']> = {}): Body =>
  (b, x) => {
    const ones = weight.slice(2).map(() => 1);
    const pads = [...weight.slice(2), ...weight.slice(2)].map((extent) => Math.floor(extent / 2));
    const all = { ...{ strides: ones, dilations: ones, pads, group: 1 }, ...attributes };
    return b.relu(b.add('Conv', [x, randomConstant(b, weight)], all));
  };
const dense =
  (inputs: number, outputs: number): Body =>
  (b, x) =>
    b.relu(b.plus(b.matMul(x, randomConstant(b, [inputs, outputs])), randomConstant(b, [outputs])));
const attention =
  (queries: number): Body =>
  (b, x) => {
    const scores = b.matMul(b.slice(x, [2], [0], [queries]), b.transpose(b.tanh(x), [0, 1, 3, 2]));
    return b.matMul(b.add('Softmax', [scores], { axis: 3 }), x);
  };
const along =
  (op: Extract<Operator, 'ReduceSum' | 'ReduceMean' | 'ReduceMax'>, axes: readonly number[]): Body =>
  (b, x) =>
    b.add(op, [b.tanh(x)], { axes, keepdims: true });

const cases: readonly (readonly [string, readonly number[], Body])[] = [
  ['a blocked convolution', [16, 8, 8], conv([24, 16, 3, 3])],
  ['a convolution of pixels', [3, 12, 12], conv([20, 3, 5, 5])],
  ['a convolution whose channels are no multiple of four', [150, 8, 8], conv([60, 150, 3, 3])],
  ['a convolution of such channels to few', [70, 10, 10], conv([6, 70, 3, 3])],
  ['a convolution of such channels to many', [30, 5, 5], conv([90, 30, 3, 3])],
  ['a 1×1 convolution that has no blocks', [130, 9, 9], conv([250, 130, 1, 1])],
  ['a 1×1 convolution that has no blocks, to few channels', [130, 9, 9], conv([30, 130, 1, 1])],
  ['a convolution to one pixel', [130, 3, 3], conv([80, 130, 3, 3], { pads: [0, 0, 0, 0] })],
  ['a convolution with stride', [18, 9, 9], conv([32, 18, 3, 3], { strides: [2, 2] })],
  ['a depthwise convolution with stride', [16, 9, 9], conv([16, 1, 3, 3], { strides: [2, 2], group: 16 })],
  ['a convolution in groups', [60, 9, 9], conv([90, 20, 3, 3], { group: 3 })],
  ['a convolution of a signal', [50, 100], conv([60, 50, 5])],
  ['a convolution of a volume', [20, 5, 5, 5], conv([30, 20, 3, 3, 3])],
  ['a product', [400], dense(400, 84)],
  ['a wide product', [513], dense(513, 1000)],
  ['a product to one number', [700], dense(700, 1)],
  ['a product of tokens', [5, 129], dense(129, 65)],
  ['a stack of products', [3, 2, 513], (b, x) => b.matMul(x, randomConstant(b, [3, 513, 17]))],
  ['a stack of products of vectors', [3, 1, 400], (b, x) => b.matMul(x, randomConstant(b, [3, 400, 84]))],
  ['attention', [3, 64, 16], attention(64)],
  ['attention of many tokens', [2, 300, 20], attention(300)],
  ['attention of one query', [2, 50, 200], attention(1)],
  ['attention of one query in one head', [1, 200, 300], attention(1)],
  ['a sum over channels', [18, 5, 7], along('ReduceSum', [1])],
  ['a sum over an axis of several', [3, 100, 17], along('ReduceSum', [2])],
  ['a sum over axes apart', [40, 6, 6], along('ReduceSum', [1, 3])],
  ['a sum over an axis before one of extent 1', [1000, 1], along('ReduceSum', [1])],
  ['a mean over tokens', [64, 48], along('ReduceMean', [1])],
  ['a maximum over channels', [40, 6, 6], along('ReduceMax', [1])],
  ['a sum over steps before the batch', [33, 18], (b, x) => b.sum(b.transpose(b.tanh(x), [1, 0, 2]), [0], false)],
  ['softmax over channels', [18, 5, 7], (b, x) => b.add('Softmax', [x], { axis: 1 })],
];

/** Images of each batch. */
const ranges = [
  [0, 1],
  [1, 2],
  [2, 3],
  [3, 5],
  [5, 8],
  [0, 9],
] as const;

describe('an image alone', function () {
  this.timeout(120_000);

  for (const [title, image, body] of cases) {
    it(`has the same bits as in company: ${title}`, async () => {
      const count = 9;
      const made = network(image, body);
      const whole = await (await onnxruntimeBackend({ threads: 1 })).load(made);
      const expected = await whole.run(feeds(made, 0, count));
      await whole.dispose();
      for (const threads of [1, 2, 3, 16]) {
        const executable = await (await onnxruntimeBackend({ threads })).load(made);
        for (const [from, to] of ranges) {
          for (const [name, data] of Object.entries(await executable.run(feeds(made, from, to)))) {
            const each = data.length / (to - from);
            const own = expected[name].subarray(from * each, to * each);
            assert.ok(
              data.every((entry, i) => Object.is(entry, own[i])),
              `${name} of images ${from}…${to - 1}, ${threads} threads`,
            );
          }
        }
        await executable.dispose();
      }
    });
  }

  it('has them beside 1 to 130 others', async () => {
    const made = network([3, 8, 8], (b, x) => dense(8 * 64, 70)(b, b.reshape(conv([8, 3, 3, 3])(b, x), [-1, 8 * 64])));
    const executable = await (await onnxruntimeBackend({ threads: 2 })).load(made);
    const { gradient } = await executable.run(feeds(made, 0, 1));
    for (let count = 2; count <= 130; count += count < 20 ? 1 : 10) {
      const all = await executable.run(feeds(made, 0, count));
      assert.deepEqual(all['gradient'].subarray(0, gradient.length), gradient, `${count} images`);
    }
    await executable.dispose();
  });

  it('is given twice only where a product of it may be cut into parts that are summed otherwise', async function () {
    if (process.arch !== 'x64') this.skip();
    const planned = await Promise.all(cases.map(([, image, body]) => plannedSession(network(image, body), 2)));
    const twice = cases.filter((_, i) => planned[i].inCompany);
    assert.deepEqual(
      twice.map(([title]) => title),
      [
        'a 1×1 convolution that has no blocks, to few channels',
        'a convolution of a signal',
        'a convolution of a volume',
        'a stack of products',
        'attention of one query in one head',
      ],
    );
  });
});
