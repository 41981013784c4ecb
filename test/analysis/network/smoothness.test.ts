import assert from 'node:assert/strict';

import { randomConstant } from '../../../src/analysis/backends/operatorCases';
import { NetworkBuilder } from '../../../src/analysis/network/builder';
import type { Value } from '../../../src/analysis/network/network';
import { smoothness } from '../../../src/analysis/network/smoothness';

describe('the smoothness of a network', () => {
  const image = [3, 4, 4];
  const window = { kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1] };
  const cases: [ReturnType<typeof smoothness>, string, (b: NetworkBuilder, x: Value) => Value][] = [
    ['piecewise-linear', 'linear maps', (b, x) => b.matMul(b.mean(x, [2, 3], false), randomConstant(b, [3, 2]))],
    ['piecewise-linear', 'ReLU', (b, x) => b.relu(x)],
    ['piecewise-linear', 'max-pooling', (b, x) => b.add('MaxPool', [x], window)],
    [
      'piecewise-linear',
      'ReLU6 over a constant',
      (b, x) => b.over(b.add('Clip', [x], { min: 0, max: 6 }), b.scalar(6)),
    ],
    ['piecewise-linear', 'ReLU spelled by a mask', (b, x) => b.times(x, b.cast(b.greater(x, b.scalar(0)), 'float32'))],
    ['piecewise-linear', 'a choice between linear branches', (b, x) => b.where(b.greater(x, b.scalar(0)), x, b.neg(x))],
    ['piecewise-linear', 'a step function', (b, x) => b.add('Floor', [x], {})],
    ['smooth', 'tanh', (b, x) => b.tanh(x)],
    ['smooth', 'softplus and average pooling', (b, x) => b.softplus(b.add('AveragePool', [x], window))],
    ['smooth', 'GELU', (b, x) => b.times(x, b.plus(b.erf(x), b.scalar(1)))],
    ['smooth', 'SiLU', (b, x) => b.times(x, b.sigmoid(x))],
    ['smooth', 'ELU with α = 1', (b, x) => b.add('Elu', [x], { alpha: 1 })],
    ['smooth', 'attention', (b, x) => b.matMul(b.add('Softmax', [b.matMul(x, x)], { axis: 3 }), x)],
    ['smooth', 'a square', (b, x) => b.power(x, b.scalar(2))],
    ['smooth', 'ReLU of a constant', (b, x) => b.times(b.tanh(x), b.expand(b.relu(b.scalar(-1)), x.shape))],
    ['smooth', 'linear LeakyRelu', (b, x) => b.exp(b.add('LeakyRelu', [x], { alpha: 1 }))],
    ['piecewise-smooth', 'ELU with another α', (b, x) => b.add('Elu', [x], { alpha: 0.5 })],
    [
      'piecewise-smooth',
      'HardSwish',
      (b, x) => b.times(x, b.add('Clip', [b.plus(x, b.scalar(3))], { min: 0, max: 6 })),
    ],
    [
      'piecewise-smooth',
      'squeeze and excite with ReLU',
      (b, x) => b.times(x, b.sigmoid(b.mean(b.relu(x), [2, 3], true))),
    ],
    [
      'piecewise-smooth',
      'division by a maximum',
      (b, x) => b.over(x, b.add('ReduceMax', [b.exp(x)], { axes: [1], keepdims: true })),
    ],
    ['piecewise-smooth', 'a norm', (b, x) => b.sqrt(b.sum(b.abs(x), [1], true))],
  ];
  for (const [expected, title, body] of cases) {
    it(`is ${expected} with ${title}`, () => {
      const b = new NetworkBuilder();
      const x = b.input('x', [-1, ...image]);
      assert.equal(smoothness({ inputs: { x }, outputs: { logits: body(b, x) } }), expected);
    });
  }

  it('does not count what the logits do not use', () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, ...image]);
    b.relu(x);
    assert.equal(smoothness({ inputs: { x }, outputs: { logits: b.tanh(x) } }), 'smooth');
  });
});
