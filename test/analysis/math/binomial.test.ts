import { binomialTail } from '../../../src/analysis/math/binomial';
import { assertClose } from '../../support/assertClose';

describe('the tail of a binomial', () => {
  it('is the sum of what it may be, and 1 of all', () => {
    // 10 p³ q² + 5 p⁴ q + p⁵ with p = 2/5, and pⁿ.
    const found = [binomialTail(3, 5, 0.4), binomialTail(4, 4, 0.1), binomialTail(0, 4, 1 / 3)];
    assertClose(found, [0.31744, 1e-4, 1], { rtol: 1e-12, atol: 0 });
  });

  it('is right where the probability of the extreme is none that a number holds', () => {
    // By sums of fractions.
    const found = [binomialTail(40, 64, 0.45), 2 * binomialTail(700, 1200, 0.5)];
    assertClose(found, [0.0036347024648660294, 8.535366081034334e-9], { rtol: 1e-10, atol: 0 });
  });
});
