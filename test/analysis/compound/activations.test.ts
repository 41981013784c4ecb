import * as activations from '../../../src/analysis/compound/activations';
import type { NetworkBuilder } from '../../../src/analysis/network/builder';
import type { Value } from '../../../src/analysis/network/network';
import { assertClose } from '../../support/assertClose';
import { computed } from '../../support/compound';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.log(1 + Math.exp(x));

/** Φ(x) = ½ + ∫₀ˣ φ by Simpson's rule. */
function normalProbability(x: number): number {
  const n = 2000;
  const density = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  const terms = Array.from({ length: n + 1 }, (_, i) => density((i * x) / n) * (i % n === 0 ? 1 : i % 2 === 0 ? 2 : 4));
  return 0.5 + (terms.reduce((sum, term) => sum + term, 0) * x) / n / 3;
}

describe('an activation made of canonical operators is its closed form:', () => {
  const points = [-6.5, -3, -1.2, -0.5, -0.1, 0, 0.4, 0.5, 1.7, 3.1, 8];
  const cases: [string, (b: NetworkBuilder, x: Value) => Value, (x: number) => number][] = [
    ['GELU', activations.gelu, (x) => x * normalProbability(x)],
    [
      'GELU by tanh',
      activations.tanhGelu,
      (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    ],
    ['SiLU', (b, x) => activations.swish(b, x), (x) => x * sigmoid(x)],
    ['swish with α = 1.7', (b, x) => activations.swish(b, x, 1.7), (x) => x * sigmoid(1.7 * x)],
    ['Mish', activations.mish, (x) => x * Math.tanh(softplus(x))],
    [
      'SELU',
      (b, x) => activations.selu(b, x),
      (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
    ],
    ['CELU with α = 1.3', (b, x) => activations.celu(b, x, 1.3), (x) => (x > 0 ? x : 1.3 * Math.expm1(x / 1.3))],
    ['hard sigmoid', (b, x) => activations.hardSigmoid(b, x, 0.2, 0.5), (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1)],
    ['hard swish', activations.hardSwish, (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1)],
    ['log σ', activations.logSigmoid, (x) => -softplus(-x)],
    [
      'soft shrinking',
      (b, x) => activations.softShrink(b, x, 0.5),
      (x) => Math.sign(x) * Math.max(Math.abs(x) - 0.5, 0),
    ],
    ['hard shrinking', (b, x) => activations.hardShrink(b, x, 0.5), (x) => (Math.abs(x) > 0.5 ? x : 0)],
    ['clipping', (b, x) => activations.clip(b, x, -1, 2), (x) => Math.min(Math.max(x, -1), 2)],
    ['a threshold', (b, x) => activations.above(b, x, 0.5, b.scalar(-7)), (x) => (x > 0.5 ? x : -7)],
  ];
  for (const [title, build, formula] of cases) {
    it(title, () => {
      assertClose(computed(build, [1, points.length], points), points.map(formula), { rtol: 2e-7, atol: 2e-7 });
    });
  }
});
