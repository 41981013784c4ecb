import assert from 'node:assert/strict';

import { Value } from '@sinclair/typebox/value';

import { gaussianVector, seededRandom } from '../../../src/analysis/math/random';
import { median, wilsonInterval } from '../../../src/analysis/math/statistics';
import { CalibrationState } from '../../../src/protocol/calibration';
import { analysisError } from '../../support/analysisError';
import { AnalysisRuns, images } from '../../support/analysisRun';
import { assertClose } from '../../support/assertClose';
import { affine, FieldClassifier, SoftplusNetwork, zero } from '../../support/toyRegions';

const dimension = 12;
const points = (n: number, key = 'points') =>
  Array.from({ length: n }, (_, i) => gaussianVector(dimension, seededRandom(key, i)));
const network = SoftplusNetwork.random(dimension, 24, 4, seededRandom('network'));

describe('calibration over many images', () => {
  it('learns the same without distances in the maximum norm', async () => {
    const search = { level: 'quick', overshoot: 0.02, candidates: 10 } as const;
    const [whole, alone] = await Promise.all(
      [true, false].map(async (maximumNorm) => {
        const runs = new AnalysisRuns(network, points(60), { search: { ...search, maximumNorm } });
        return { closing: (await runs.run('calibration')).closing, gradients: runs.study.cost.gradients };
      }),
    );
    assert.deepEqual(alone.closing, whole.closing);
    assert.ok(alone.gradients < 0.9 * whole.gradients, `${alone.gradients} of ${whole.gradients} gradients`);
  });

  it('measures at half the median distance, and perturbs each image by every α', async () => {
    const runs = new AnalysisRuns(network, points(60));
    const found = await runs.study.boundaries();
    const distances = [...found.values()].flatMap(({ deepfoolDistance }) => deepfoolDistance ?? []);
    const { closing } = await runs.run('calibration', { alpha: [1, 3] });
    const doublings = Math.log2(closing.clean.step / (0.5 * median(distances)));
    assertClose([doublings], [Math.round(doublings)], { atol: 1e-12 });
    assert.deepEqual([closing.clean.count, closing.clean.used], [60, distances.length]);
    assert.deepEqual(closing.alpha, [1, 3]);
    assert.equal(closing.copies.length, 2);
    assert.deepEqual(
      closing.recovery.map(({ alpha, rule }) => [alpha, rule]),
      [
        [1, 'runner-up'],
        [1, 'highest-curvature'],
        [3, 'runner-up'],
        [3, 'highest-curvature'],
      ],
    );
    for (const { alpha, accuracy, low, high, n } of closing.recovery) {
      assert.equal(n, closing.copies[closing.alpha.indexOf(alpha)]);
      const { rate, ...interval } = wilsonInterval(Math.round((accuracy ?? 0) * n), n);
      assertClose([accuracy ?? NaN], [rate]);
      assert.deepEqual({ low, high }, interval);
    }
    const { scores } = closing;
    assert.ok(scores);
    for (const { auc, low, high, perturbed, roc } of Object.values(scores)) {
      assert.deepEqual([auc.length, perturbed?.length, roc.length], [2, 2, 2]);
      auc.forEach((area, i) => {
        assert.ok(area !== null && (low[i] ?? 1) <= area && area <= (high[i] ?? 0));
      });
    }
    // At α = 1 a copy sits on the boundary: the margin alone tells it.
    assert.ok((scores.margin.auc[0] ?? 0) > 0.95);
    assert.deepEqual(Object.keys(scores.combined.weights), ['margin', 'zF', 'zR', 'rho', 'maxCurvature']);
    assert.deepEqual(Object.keys(scores.noCurvature.weights), ['margin', 'zF']);
  });

  it('survives being saved', async () => {
    const { closing } = await new AnalysisRuns(network, points(60)).run('calibration');
    const saved: unknown = JSON.parse(JSON.stringify(closing.state));
    assert.ok(Value.Check(CalibrationState, saved));
    assert.deepEqual(saved, closing.state);
  });

  it('gives numbers but no scores for fewer than fifty images', async () => {
    const { closing } = await new AnalysisRuns(network, points(20)).run('calibration');
    assert.deepEqual([closing.worksHere, closing.reason, closing.scores], [false, 'too-few-images', undefined]);
    assert.match(closing.sentence, /20 clean images are too few/);
  });

  it('tries attacks that it has not learned from', async () => {
    const { closing } = await new AnalysisRuns(network, points(60)).run('calibration', { attacks: true });
    assert.deepEqual(
      closing.attacks?.map(({ name }) => name),
      ['FGSM', 'PGD-L2'],
    );
    for (const { count, auc, roc } of closing.attacks ?? []) {
      assert.ok(count > 0 && auc.combined !== null && roc);
    }
  });

  it('cannot perturb images of a constant network', async () => {
    const constant = new FieldClassifier(dimension, [affine(new Float64Array(dimension), 1), zero(dimension)]);
    await assert.rejects(
      new AnalysisRuns(constant, points(60)).run('calibration'),
      analysisError('no-boundary', /distance/),
    );
  });
});

describe('detection over many images', () => {
  it('has numbers but no verdicts without a calibration', async () => {
    const { items, closing } = await new AnalysisRuns(network, points(5)).run('detect');
    assert.equal(closing.summary.uncalibrated, 5);
    for (const { verdict, reason, score, pValue, runnerUp, recoveredLabel, label, distance } of items) {
      assert.deepEqual([verdict, reason, score, pValue], ['uncalibrated', 'no-calibration', null, null]);
      assert.equal(recoveredLabel, runnerUp);
      assert.ok(runnerUp !== label && distance !== null && distance !== undefined && distance > 0);
    }
  });

  it('judges images of the calibration by what was learned without them, and says so', async () => {
    const runs = new AnalysisRuns(network, points(60));
    await runs.run('calibration');
    const { heldOut, state } = runs.results.learned?.calibrated ?? {};
    assert.equal(Object.keys(heldOut ?? {}).length, state?.imageHashes.length);
    assert.equal(new Set(Object.values(heldOut ?? {})).size, 5, 'five folds');
    const { items } = await runs.run('detect');
    assert.ok(
      items.every(({ pValue, step }) => pValue !== null && pValue > 0 && pValue <= 1 && step === state?.settings.step),
    );
    assert.ok(runs.notes.some((note) => note.includes('never on itself')));
    assert.ok(runs.notes.some((note) => note.includes('no protection')));
  });

  it('uses the calibration of a clean set, at exactly its settings, on other images', async () => {
    const clean = images(points(60, 'clean'), (i) => `clean ${i}`);
    const runs = new AnalysisRuns(network, points(4), { clean });
    const { closing } = await runs.run('calibration', { samples: 6 });
    const { items } = await runs.run('detect', { samples: 9 });
    assert.deepEqual(runs.results.learned?.calibrated.heldOut, {});
    assert.ok(items.every(({ step }) => step === closing.clean.step));
    assert.ok(runs.notes.some((note) => note.includes('T = 6')));
  });

  it('warns where images are among those that a saved calibration was made from', async () => {
    const first = new AnalysisRuns(network, points(60));
    await first.run('calibration');
    const state = first.results.learned?.calibrated.state;
    assert.ok(state);
    const runs = new AnalysisRuns(network, points(4), { given: { calibration: { state, heldOut: {} } } });
    await runs.run('detect');
    assert.ok(runs.notes.some((note) => note.includes('4 of 4 images were in the calibration')));
  });

  it('records a failure for each image where there is no step to measure at, and goes on', async () => {
    const constant = new FieldClassifier(dimension, [affine(new Float64Array(dimension), 1), zero(dimension)]);
    const runs = new AnalysisRuns(constant, points(3));
    const { closing } = await runs.run('detect');
    assert.equal(closing.summary.n, 0);
    assert.deepEqual(
      runs.failures.map(({ name, code }) => [name, code]),
      [
        ['0', 'no-boundary'],
        ['1', 'no-boundary'],
        ['2', 'no-boundary'],
      ],
    );
  });

  it('is the same whatever runs beside each other', async () => {
    const all = await Promise.all(
      [2 ** 26, 1].map(async (memory) => {
        const runs = new AnalysisRuns(network, points(52), { memory });
        return [await runs.run('calibration'), await runs.run('detect')];
      }),
    );
    assert.deepEqual(all[0], all[1]);
  });
});
