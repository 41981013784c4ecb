import assert from 'node:assert/strict';

import { Value } from '@sinclair/typebox/value';

import type { Sizes } from '../../../src/analysis/analyses/analysis';
import { analyses } from '../../../src/analysis/analyses/index';
import { expectedCost, expectedOfPresets, expectedShare, speedOf } from '../../../src/analysis/job/expected';
import { defaultParams, presetAnalyses } from '../../../src/analysis/job/presets';
import { SearchParams } from '../../../src/protocol/analyses/boundary';
import type { Request } from '../../../src/protocol/job';
import { searchLevels } from '../../../src/protocol/words';
import { AnalysisRuns } from '../../support/analysisRun';
import { assertClose } from '../../support/assertClose';
import { affine, FieldClassifier, zero } from '../../support/toyRegions';

const classifier = new FieldClassifier(3, [zero(3), affine([1, 0, 0], -1)]);
const sizes = (images: number): Sizes => {
  return { images, train: null, clean: null, dimension: 3, classes: 2, smooth: false };
};

describe('the expected duration', () => {
  it('grows with the images and with the preset', () => {
    const forwards = (['distances', 'quick', 'standard', 'paper'] as const).map(
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

  it('of paths is that of their checks, at the paper’s spacing but for a first look', () => {
    const passes = (['quick', 'standard', 'paper'] as const).map((preset) => {
      const { paths } = presetAnalyses(preset);
      return paths && expectedCost({ paths }, sizes(0), 'standard').forwards;
    });
    assert.deepEqual(passes, [3 * 4 * 1000, 3 * 50 * 10_000, 3 * 1000 * 10_000]);
    assert.equal(defaultParams('paths').spacing, 1e-4);
  });

  it('is that of every preset at the measured speed, and of as many images as take minutes where all take long', async () => {
    const request: Request = {
      ...{ command: '', model: '/m.onnx', images: ['/photos'], preprocessed: false, backend: 'auto', seed: 0 },
      ...{ search: Value.Create(SearchParams), analyses: {} },
    };
    const memory = { bytesOf: () => Promise.resolve(5e8) };
    const asked = (images: number, ms: number) =>
      expectedOfPresets(request, sizes(images), { forward: ms, gradient: ms }, memory);
    const small = await asked(100, 0.01);
    assert.deepEqual(
      small.map(({ preset }) => preset),
      ['distances', 'quick', 'standard', 'paper'],
    );
    const { forwards, gradients } = expectedCost(presetAnalyses('standard'), sizes(100), 'standard');
    assertClose([small[2].seconds], [(forwards + gradients) * 1e-5], { rtol: 1e-12 });
    const [few, all] = await asked(100, 40);
    assert.deepEqual([few.preset, all.preset, all.images], ['distances', 'distances', 100]);
    assert.ok(few.images < 100 && few.images >= 5, String(few.images));
    assert.ok(all.seconds > 300 && few.seconds <= 130);
    // A first look at all of them would take nine minutes; at a part of them that is found in four it is one, too.
    const looks = (await asked(100, 5)).filter(({ preset }) => preset === 'quick');
    assert.deepEqual([looks.length, looks[1].images], [2, 100]);
    assert.ok(looks[1].seconds > 300 && looks[0].seconds <= 240 && looks[0].seconds > 150, String(looks[0].seconds));
    assert.ok(looks[0].images >= 5 && looks[0].images < 100);
    // What all images share would take longer than that alone.
    assert.equal((await asked(100, 40)).filter(({ preset }) => preset === 'quick').length, 1);
    // What the process has, and its batches.
    for (const { bytes } of small) assert.ok(bytes > 1e9 + 2 ** 25 && bytes < 1e9 + process.memoryUsage.rss() * 1.5);
  });

  it('is counted down while images that advance together are under way, and no result is there', async () => {
    const shares = new Set<number>();
    let share = (): number => 0;
    const watched = new FieldClassifier(3, [zero(3), affine([1, 0, 0], -1)]);
    const gradients = watched.gradients.bind(watched);
    watched.gradients = (...asked) => {
      shares.add(share());
      return gradients(...asked);
    };
    const { study } = new AnalysisRuns(watched, [
      [0, 0, 0],
      [0, 1, 0],
    ]);
    share = expectedShare({ boundary: {} }, study);
    await study.boundaries();
    const seen = [...shares];
    assert.ok(seen.length > 10 && seen[1] < 0.1, seen.join());
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );
    assert.deepEqual(study.spent(), study.cost);
    assert.ok(study.cost.gradients > 0);
  });

  it('goes by the time that calls take among others', async () => {
    const { forward, gradient } = await speedOf(classifier, Float64Array.of(0, 0, 0));
    assert.ok(forward > 0 && gradient > 0);
  });
});
