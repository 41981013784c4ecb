import assert from 'node:assert/strict';

import { expectedCost, expectedDuration, inWords } from '../../../src/analysis/job/expectedDuration';
import { presetAnalyses } from '../../../src/analysis/job/presets';
import { AnalysisRuns } from '../../support/analysisRun';
import { affine, FieldClassifier, zero } from '../../support/toyRegions';

const classifier = new FieldClassifier(3, [zero(3), affine([1, 0, 0], -1)]);
const context = (images: number) => {
  return new AnalysisRuns(
    classifier,
    Array.from({ length: images }, (_, i) => [i, 0, 0]),
  ).context;
};

describe('the expected duration', () => {
  it('grows with the images and with the preset', () => {
    const forwards = (['quick', 'standard', 'paper'] as const).map(
      (preset) => expectedCost(presetAnalyses(preset), context(100)).forwards,
    );
    assert.deepEqual(
      forwards,
      [...forwards].sort((a, b) => a - b),
    );
    const gradients = [100, 200].map((n) => expectedCost({ boundary: {} }, context(n)).gradients);
    assert.equal(gradients[1], 2 * gradients[0]);
  });

  it('of paths is that of their checks at a spacing of 1e-4', () => {
    const { paths } = presetAnalyses('paper');
    assert.equal(expectedCost({ paths }, context(0)).forwards, 3 * 1000 * 10_000);
  });

  it('reads as people say it', async () => {
    assert.deepEqual([4, 44, 600, 7300, 4 * 86400].map(inWords), [
      'about 10 seconds',
      'about 40 seconds',
      'about 10 minutes',
      'about 2 hours',
      'about 4 days',
    ]);
    assert.match(await expectedDuration({ evaluate: {} }, context(2)), /^about 10 seconds$/);
  });
});
