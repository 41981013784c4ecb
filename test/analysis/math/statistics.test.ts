import assert from 'node:assert/strict';

import { bootstrap, bootstrapMean, bootstrapPairedDifference } from '../../../src/analysis/math/bootstrap';
import { dirichletWeights } from '../../../src/analysis/math/dirichlet';
import { seededRandom } from '../../../src/analysis/math/random';
import {
  mean,
  meanEstimate,
  median,
  quantile,
  standardDeviation,
  wilsonInterval,
} from '../../../src/analysis/math/statistics';
import { assertClose } from '../../support/assertClose';

const SAMPLE = [3.1, -1.2, 4.4, 0.5, 9.6, 2.2, 2.2];

describe('statistics', () => {
  it("gives scipy's Wilson intervals, also where nothing or everything succeeds", () => {
    // scipy 1.17.1: binomtest(k, n).proportion_ci(method='wilson')
    const expected: [number, number, number, number][] = [
      [0, 10, 0, 0.27753279986288926],
      [3, 10, 0.10779126740630102, 0.6032218525388546],
      [50, 50, 0.9286524008666412, 1],
      [7, 1000, 0.0033948684009907646, 0.014378315465766588],
    ];
    for (const [successes, trials, low, high] of expected) {
      const interval = wilsonInterval(successes, trials);
      assertClose([interval.rate, interval.low, interval.high], [successes / trials, low, high], { rtol: 1e-12 });
    }
  });

  it('refuses a rate of nothing, more successes than trials, and a quantile of no values', () => {
    assert.throws(() => wilsonInterval(0, 0), { code: 'invalid-input' });
    assert.throws(() => wilsonInterval(3, 2), { code: 'invalid-input' });
    assert.throws(() => quantile([], 0.5), { code: 'invalid-input' });
    assert.throws(() => quantile([1], 1.5), { code: 'invalid-input' });
  });

  it("interpolates quantiles as numpy's default does", () => {
    // numpy.quantile(SAMPLE, [0, .05, .25, .5, .75, .95, 1])
    assertClose(
      [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1].map((q) => quantile(SAMPLE, q)),
      [-1.2, -0.69, 1.35, 2.2, 3.75, 8.04, 9.6],
      { rtol: 1e-12 },
    );
    assert.equal(median([4, 1, 3, 2]), 2.5);
  });

  it('gives mean, deviation and standard error of the mean', () => {
    // numpy.mean, scipy.stats.sem
    const estimate = meanEstimate(SAMPLE);
    assertClose([estimate.mean, estimate.standardError!], [2.971428571428571, 1.2973809305333435], { rtol: 1e-12 });
    assert.equal(meanEstimate([5]).standardError, null);
    assert.equal(standardDeviation([1, 3], 0), 1);
    assert.equal(standardDeviation([1], 1), 0);
  });

  it('bootstraps the interval of the mean that scipy finds with 200,000 resamples', () => {
    // scipy.stats.bootstrap(method='percentile', n_resamples=200000): 0.8714 … 5.5143
    const interval = bootstrapMean(SAMPLE, seededRandom(0), 100_000);
    assertClose([interval.value, interval.low, interval.high], [mean(SAMPLE), 0.8714, 5.5143], { atol: 0.04 });
    assertClose([interval.standardError], [standardDeviation(SAMPLE, 0) / Math.sqrt(7)], { rtol: 0.01 });
  });

  it('gives the same interval for the same seed', () => {
    assert.deepEqual(bootstrapMean(SAMPLE, seededRandom(1)), bootstrapMean(SAMPLE, seededRandom(1)));
  });

  it('cancels what two paired measurements share', () => {
    const shifted = SAMPLE.map((value) => value - 1);
    const interval = bootstrapPairedDifference(SAMPLE, shifted, seededRandom(2));
    assertClose([interval.value, interval.low, interval.high], [1, 1, 1], { rtol: 1e-12 });
    assert.throws(() => bootstrapPairedDifference([1], [1, 2], seededRandom(2)), { code: 'invalid-input' });
  });

  it('leaves out replicates for which the statistic does not exist', () => {
    const once = bootstrap(2, (indices) => (indices[0] === indices[1] ? NaN : 7), seededRandom(3));
    assert.deepEqual([once.low, once.high], [7, 7]);
  });

  it('draws Dirichlet(1) weights with the mean and variance of the uniform simplex', () => {
    const random = seededRandom('dirichlet');
    const draws = Array.from({ length: 20_000 }, () => dirichletWeights(3, random));
    for (const weights of draws) assertClose([weights.reduce((sum, w) => sum + w, 0)], [1], { rtol: 1e-12 });
    const first = draws.map((weights) => weights[0]);
    // The mean of 20,000 draws has a standard error of .0017, the variance one of about .0005.
    assertClose([mean(first)], [1 / 3], { atol: 0.007 });
    assertClose([standardDeviation(first, 1) ** 2], [2 / (9 * 4)], { atol: 0.002 });
  });
});
