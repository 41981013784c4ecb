import assert from 'node:assert/strict';

import type { Sizes } from '../../../src/analysis/analyses/analysis';
import { analyses } from '../../../src/analysis/analyses/index';
import { expectedCost, expectedDuration, inWords } from '../../../src/analysis/job/expectedDuration';
import { defaultParams, presetAnalyses } from '../../../src/analysis/job/presets';
import { searchLevels } from '../../../src/protocol/words';
import { AnalysisRuns } from '../../support/analysisRun';
import { affine, FieldClassifier, zero } from '../../support/toyRegions';

const classifier = new FieldClassifier(3, [zero(3), affine([1, 0, 0], -1)]);
const sizes = (images: number): Sizes => {
  return { images, train: null, clean: null, dimension: 3, classes: 2, smooth: false };
};

describe('the expected duration', () => {
  it('grows with the images and with the preset', () => {
    const forwards = (['quick', 'standard', 'paper'] as const).map(
      (preset) => expectedCost(presetAnalyses(preset), sizes(100), 'standard').forwards,
    );
    assert.deepEqual(
      forwards,
      [...forwards].sort((a, b) => a - b),
    );
    const gradients = [100, 200].map((n) => expectedCost({ boundary: {} }, sizes(n), 'standard').gradients);
    assert.equal(gradients[1], 2 * gradients[0]);
  });

  it('grows with the effort of the search for boundary points', () => {
    const gradients = searchLevels.map((level) => expectedCost({ boundary: {} }, sizes(100), level).gradients);
    assert.deepEqual(
      gradients,
      gradients.toSorted((a, b) => a - b),
    );
  });

  it('counts boundary points that several analyses need once', () => {
    const [alone, both] = [{ boundary: {} }, { boundary: {}, detect: defaultParams('detect') }].map(
      (requested) => expectedCost(requested, sizes(100), 'quick').gradients,
    );
    const measured = analyses.detect.cost(defaultParams('detect'), sizes(100)).gradients;
    assert.equal(both, alone + measured);
  });

  it('of paths is that of their checks at a spacing of 1e-4', () => {
    const { paths } = presetAnalyses('paper');
    assert.ok(paths);
    assert.equal(expectedCost({ paths }, sizes(0), 'standard').forwards, 3 * 1000 * 10_000);
  });

  it('reads as people say it', async () => {
    assert.deepEqual([4, 44, 600, 7300, 4 * 86400].map(inWords), [
      'about 10 seconds',
      'about 40 seconds',
      'about 10 minutes',
      'about 2 hours',
      'about 4 days',
    ]);
    const { study } = new AnalysisRuns(classifier, [
      [0, 0, 0],
      [1, 0, 0],
    ]);
    assert.match(await expectedDuration({ evaluate: {} }, study), /^about 10 seconds$/);
  });
});
