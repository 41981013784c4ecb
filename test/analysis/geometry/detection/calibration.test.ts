import assert from 'node:assert/strict';

import { nearestBoundary } from '../../../../src/analysis/geometry/boundary';
import { type Calibration, calibration } from '../../../../src/analysis/geometry/detection/calibration';
import type { EstimatorSettings } from '../../../../src/analysis/geometry/detection/classCurvatures';
import { score } from '../../../../src/analysis/geometry/detection/detector';
import {
  type CalibrationImage,
  calibrationImage,
  measurement,
  perturbedCopies,
} from '../../../../src/analysis/geometry/detection/measurement';
import { calibrationStep } from '../../../../src/analysis/geometry/detection/step';
import { verdict } from '../../../../src/analysis/geometry/detection/verdict';
import { gaussianVector, seededRandom } from '../../../../src/analysis/math/random';
import { addScaled } from '../../../../src/analysis/math/vector';
import { assertClose } from '../../../support/assertClose';
import { syntheticImages } from '../../../support/syntheticMeasurements';
import { SoftplusNetwork } from '../../../support/toyRegions';

const settings: EstimatorSettings = { estimator: 'forward', step: 0.5, samples: 8 };
const context = { dimension: 10, settings, seed: 0, alphas: [1, 2, 5], falsePositiveRate: 0.05 };

describe('calibration of the detector', () => {
  const signal = calibration(syntheticImages(200, { curvature: 2 }, 'signal'), context);

  it('works where curvature tells what the margin does not, with the area that two normals have', () => {
    assert.equal(signal.worksHere, true);
    assert.equal(signal.reason, null);
    const { rho, margin, combined, noCurvature } = signal.evaluation!.scores;
    assert.deepEqual(signal.evaluation!.kinds, ['x1', 'x2', 'x5']);
    for (let kind = 0; kind < 3; kind++) {
      // Φ(2 / √2) and ½; 100 images leave standard errors of .02 and .04.
      assertClose([rho.auc[kind]!, margin.auc[kind]!], [0.921, 0.5], { atol: 0.08 });
      assert.ok(rho.low[kind]! < rho.auc[kind]! && rho.auc[kind]! < rho.high[kind]!);
    }
    assert.ok(combined.overall.low > noCurvature.overall.high);
    const { gain, curvatureGain } = signal.evaluation!;
    assert.ok(gain.low > 0.2);
    assertClose([curvatureGain.value], [combined.overall.auc - noCurvature.overall.auc], { atol: 1e-12 });
    assert.ok(0.2 < curvatureGain.low && curvatureGain.low < curvatureGain.value);
    assert.ok(curvatureGain.value < curvatureGain.high && curvatureGain.high < 0.7);
    assert.ok(signal.curvatureMatters);
  });

  it('catches most of the copies at the false-alarm rate that it says', () => {
    const { falsePositiveRate, truePositiveRate } = signal.evaluation!.scores.combined;
    assert.ok(falsePositiveRate.low < 0.05 && falsePositiveRate.high > 0.03);
    // Its threshold is the largest of 33 normal scores, 2.1 ± .4: Φ(2 − 2.1 ± .4) of the copies are above it.
    assert.ok(truePositiveRate[0]!.rate > 0.2 && truePositiveRate[0]!.rate < 0.8);
    const fresh = syntheticImages(300, { curvature: 2 }, 'fresh');
    const caught = fresh.filter(
      ({ copies }) => verdict(signal, copies[0].measurement, settings, 0.05).verdict === 'perturbed',
    );
    assert.ok(caught.length > 105); // the third largest of 66, 1.75 ± .25: 40 to 70 %
  });

  it('says "no signal" where nothing differs, and where the margin alone says it all', () => {
    const nothing = calibration(syntheticImages(200, { curvature: 0 }, 'nothing'), context);
    assert.deepEqual([nothing.worksHere, nothing.reason], [false, 'no-signal']);
    const trivial = calibration(syntheticImages(200, { curvature: 0, margin: 6 }, 'trivial'), context);
    assert.deepEqual([trivial.worksHere, trivial.reason], [false, 'no-signal']);
    assert.ok(trivial.evaluation!.scores.combined.overall.low > 0.95);
    const [image] = syntheticImages(1, { curvature: 0 }, 'x');
    const said = verdict(nothing, image.clean, settings, 0.05);
    assert.deepEqual([said.verdict, said.reason], ['undecided', 'no-signal']);
    assert.ok(said.score !== null && said.pValue !== null);
  });

  it('gives no verdict below fifty images, and none for a false-alarm rate that its reference cannot tell', () => {
    const few = calibration(syntheticImages(49, { curvature: 3 }, 'few'), context);
    assert.deepEqual([few.detector, few.reason, few.worksHere], [null, 'too-few-images', false]);
    const [image] = syntheticImages(1, { curvature: 0 }, 'x');
    assert.deepEqual(verdict(few, image.clean, settings, 0.05), {
      verdict: 'undecided',
      reason: 'too-few-images',
      score: null,
      noCurvatureScore: null,
      pValue: null,
      recoveredLabel: image.clean.runnerUp,
    });
    assert.equal(verdict(signal, image.clean, settings, 0.01).reason, 'too-few-images'); // 66 scores: 1/67 at best
    assert.equal(verdict(signal, image.clean, settings, 0.02).reason, null);
    const unperturbed = syntheticImages(80, { curvature: 0 }, 'bare').map((one) => ({
      ...one,
      copies: [],
      unchanged: ['x1', 'x2', 'x5'],
    }));
    const bare = calibration(unperturbed, context);
    assert.equal(bare.reason, 'too-few-images');
    assert.deepEqual(bare.unchanged, { x1: 80, x2: 80, x5: 80 });
    assert.throws(() => calibration([], context), { code: 'invalid-input' });
  });

  it('recovers labels by the rule that is right more often at α = 2, the runner-up where both are', () => {
    assert.equal(signal.recoveryRule, 'runner-up');
    assert.equal(signal.recovery.length, 6);
    assert.ok(signal.recovery.every(({ rate, low }) => rate === 1 && low > 0.98));
    const confused = syntheticImages(80, { curvature: 2 }, 'recovery').map((image) => ({
      ...image,
      copies: image.copies.map(({ kind, measurement: seen }) => ({
        kind,
        measurement: kind === 'x2' ? { ...seen, runnerUp: (seen.label + 1) % 4 } : seen,
      })),
    }));
    const learned = calibration(confused, context);
    assert.equal(learned.recoveryRule, 'highest-curvature');
    const seen = confused[0].copies[1].measurement;
    assert.equal(verdict(learned, seen, settings, 0.05).recoveredLabel, confused[0].clean.label);
  });

  it('survives being saved and read, and depends on its seed alone', () => {
    const read = JSON.parse(JSON.stringify(signal)) as Calibration;
    assert.deepEqual(read, signal);
    const [image] = syntheticImages(1, { curvature: 0 }, 'saved');
    assert.deepEqual(verdict(read, image.clean, settings, 0.05), verdict(signal, image.clean, settings, 0.05));
    const images = syntheticImages(60, { curvature: 1 }, 'seed');
    assert.deepEqual(calibration(images, context), calibration(images, context));
    assert.notDeepEqual(calibration(images, { ...context, seed: 1 }).detector, calibration(images, context).detector);
  });

  it('judges attacks beside the multiples that it learned from', () => {
    const images = syntheticImages(100, { curvature: 2 }, 'attacks').map((image) => ({
      ...image,
      copies: [...image.copies, { kind: 'fgsm', measurement: image.clean }],
    }));
    const { kinds, scores } = calibration(images, context).evaluation!;
    assert.deepEqual(kinds, ['x1', 'x2', 'x5', 'fgsm']);
    assert.equal(scores.combined.auc[3], 0.5);
    assert.equal(scores.combined.roc[3].at(-1)!.truePositiveRate, 1);
  });

  it('refuses a measurement made with another step, count, estimator or number of classes', () => {
    const [{ clean }] = syntheticImages(1, { curvature: 0 }, 'x');
    assert.throws(
      () => verdict(signal, clean, { ...settings, step: 1 }, 0.05),
      /step must be the calibration's, 0.5, got 1/,
    );
    assert.throws(() => verdict(signal, clean, { ...settings, samples: 9 }, 0.05), /samples/);
    assert.throws(() => verdict(signal, clean, { ...settings, estimator: 'literal' }, 0.05), /estimator/);
    assert.throws(() => verdict(signal, { ...clean, classCurvatures: [1, 2] }, settings, 0.05), /4 classes/);
    assert.throws(() => verdict(signal, clean, settings, 0), /false-positive rate/);
  });

  it('gives numbers but no verdict without a calibration', () => {
    const [{ clean }] = syntheticImages(1, { curvature: 0 }, 'x');
    const said = verdict(null, clean, settings, 0.05);
    assert.deepEqual([said.verdict, said.score, said.recoveredLabel], ['uncalibrated', null, clean.runnerUp]);
  });
});

describe('detection on a network, from images to verdicts', () => {
  for (const classes of [2, 5, 30]) {
    it(`runs on ${classes} classes: the margin alone tells the images that sit on the boundary`, async () => {
      const D = 12;
      const network = SoftplusNetwork.random(D, 10, classes, seededRandom('network', classes));
      const points = await Promise.all(
        Array.from({ length: 60 }, async (_, index) => {
          const x = gaussianVector(D, seededRandom('image', index)).map((value) => 1.5 * value);
          return {
            x,
            boundary: await nearestBoundary(network, x, { level: 'standard', overshoot: 0.02, candidates: 10 }),
          };
        }),
      );
      const distances = points.flatMap(({ boundary }) => (boundary.distance === null ? [] : [boundary.distance]));
      const used: EstimatorSettings = { estimator: 'forward', samples: 8, step: calibrationStep(distances, 0.5) };
      const images: CalibrationImage[] = await Promise.all(
        points.map(({ x, boundary }, index) => {
          const r = boundary.point ? addScaled(boundary.point, -1, x) : null;
          const copies = r ? perturbedCopies(x, r, [1, 2, 5]) : new Map<string, Float64Array>();
          return calibrationImage(network, x, copies, used, (purpose) => seededRandom(0, index, purpose));
        }),
      );
      const learned = calibration(images, {
        dimension: D,
        settings: used,
        seed: 0,
        alphas: [1, 2, 5],
        falsePositiveRate: 0.05,
      });
      const { scores } = learned.evaluation!;
      assert.ok(scores.margin.auc[0]! > 0.9, `margin ${scores.margin.auc[0]}`);
      assert.ok(learned.detector!.models.combined.weights.every((weight) => weight >= 0));
      const old = learned.recovery.find(({ alpha, rule }) => alpha === 1 && rule === 'runner-up');
      assert.ok(old!.rate > 0.9); // the copy sits on the boundary to its old label
      const again = await measurement(network, points[0].x, used, seededRandom(0, 0, 'clean'));
      assert.deepEqual(again, images[0].clean);
      assertClose([score(learned.detector!, again, 'margin')], [-again.margin * learned.detector!.directions.margin]);
    });
  }
});
