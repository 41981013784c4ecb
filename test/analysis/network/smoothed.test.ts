import assert from 'node:assert/strict';

import { NetworkBuilder } from '../../../src/analysis/network/builder';
import type { Network, Value } from '../../../src/analysis/network/network';
import { smoothedNetwork } from '../../../src/analysis/network/smoothed';
import { smoothness } from '../../../src/analysis/network/smoothness';
import { analysisError } from '../../support/analysisError';
import { assertClose } from '../../support/assertClose';
import { interpret, tensor } from '../../support/interpreter';

const beta = 3;
const softplus = (x: number): number => Math.log(1 + Math.exp(beta * x)) / beta;

function networkOf(shape: readonly number[], build: (builder: NetworkBuilder, x: Value) => Value): Network {
  const builder = new NetworkBuilder();
  const x = builder.input('x', shape);
  return { inputs: { x }, outputs: { logits: build(builder, x) } };
}

function outputs(network: Network, shape: readonly number[], data: readonly number[]): number[] {
  return Array.from(interpret(network, { x: tensor(shape, data) })['logits'].data);
}

describe('the smoothed network', () => {
  const points = [-2, -0.5, 0, 0.3, 1.7, 7];
  const cases: [string, (builder: NetworkBuilder, x: Value) => Value, (x: number) => number][] = [
    ['ReLU becomes softplus', (b, x) => b.relu(x), softplus],
    [
      'leaky ReLU keeps its slope',
      (b, x) => b.add('LeakyRelu', [x], { alpha: 0.1 }),
      (x) => 0.1 * x + 0.9 * softplus(x),
    ],
    ['|x| becomes the sum of two softplus', (b, x) => b.abs(x), (x) => softplus(x) + softplus(-x)],
    [
      'ReLU6 becomes a difference of two softplus',
      (b, x) => b.add('Clip', [x], { min: 0, max: 6 }),
      (x) => softplus(x) - softplus(x - 6),
    ],
    [
      'max(x, 1) becomes (1/β) log(e^(βx) + e^β)',
      (b, x) => b.max(x, b.scalar(1)),
      (x) => Math.log(Math.exp(beta * x) + Math.exp(beta)) / beta,
    ],
  ];
  for (const [title, build, formula] of cases) {
    it(title, () => {
      const network = smoothedNetwork(networkOf([-1, points.length], build), beta);
      assert.equal(smoothness(network), 'smooth');
      assertClose(outputs(network, [1, points.length], points), points.map(formula), { rtol: 1e-6, atol: 1e-7 });
    });
  }

  it('a max-pool becomes (1/β) log mean e^(βx) over its window', () => {
    const pool = { kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1] };
    const network = smoothedNetwork(
      networkOf([-1, 1, 2, 4], (b, x) => b.add('MaxPool', [x], pool)),
      beta,
    );
    const [a, b] = [
      [0.1, 0.9, -1, 0.4],
      [2, -3, 0.5, 1],
    ];
    const rows = [a[0], a[1], b[0], b[1], a[2], a[3], b[2], b[3]];
    const logMean = (xs: readonly number[]): number =>
      Math.log(xs.reduce((sum, x) => sum + Math.exp(beta * x), 0) / xs.length) / beta;
    assertClose(outputs(network, [1, 1, 2, 4], rows), [logMean(a), logMean(b)], { rtol: 1e-6 });
  });

  it('comes as close to the network as β is large, padded pools and all', () => {
    const pool = { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1] };
    const network = networkOf([-1, 1, 5, 5], (b, x) => b.relu(b.add('MaxPool', [b.minus(x, b.scalar(0.5))], pool)));
    const image = Array.from({ length: 25 }, (_, i) => Math.sin(i * i));
    const exact = outputs(network, [1, 1, 5, 5], image);
    assertClose(outputs(smoothedNetwork(network, 4000), [1, 1, 5, 5], image), exact, { atol: 2e-3 });
  });

  it('is refused where an operator has no smooth form', () => {
    const network = networkOf([-1, 3], (b, x) => b.times(x, b.add('Floor', [x], {})));
    assert.throws(() => smoothedNetwork(network, beta), analysisError('unsupported-op', /no smooth form of Floor/));
  });
});
