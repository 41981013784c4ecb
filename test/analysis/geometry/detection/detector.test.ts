import assert from 'node:assert/strict';

import {
  curvatureMatters,
  learnedDetector,
  pValue,
  score,
  threshold,
} from '../../../../src/analysis/geometry/detection/detector';
import {
  type CalibrationImage,
  highestCurvature,
  perturbedCopies,
} from '../../../../src/analysis/geometry/detection/measurement';
import {
  classStatistics,
  classZ,
  largestPairZ,
  pairStatistics,
} from '../../../../src/analysis/geometry/detection/zScores';
import { seededRandom } from '../../../../src/analysis/math/random';
import { areaUnderRoc } from '../../../../src/analysis/math/roc';
import { mean } from '../../../../src/analysis/math/statistics';
import { assertClose } from '../../../support/assertClose';
import { syntheticImages } from '../../../support/syntheticMeasurements';

describe('z-scores against clean images', () => {
  it('shrink the statistics of a class towards the pooled ones by the weight of five images', () => {
    const images = [
      { label: 0, value: 1 },
      { label: 0, value: 3 },
      { label: 1, value: 8 },
    ];
    const statistics = classStatistics(images); // pooled: mean 4, variance 26/3
    assertClose([statistics.pooled.mean, statistics.pooled.deviation ** 2], [4, 26 / 3]);
    const centre = (2 * 2 + 5 * 4) / 7;
    const variance = (2 * 1 + (5 * 26) / 3) / 7;
    assertClose([classZ(statistics, 0, 5)], [(5 - centre) / Math.sqrt(variance)]);
    assertClose([classZ(statistics, 7, 5)], [1 / Math.sqrt(26 / 3)]); // a class that was never seen
  });

  it('are clipped at ±8, and 0 for the only value there is', () => {
    const statistics = classStatistics([1, 2].map((value) => ({ label: 0, value })));
    assert.deepEqual([classZ(statistics, 0, 1e9), classZ(statistics, 0, -1e9)], [8, -8]);
    const constant = classStatistics([{ label: 0, value: 2 }]);
    assert.deepEqual([classZ(constant, 0, 2), classZ(constant, 0, 2.1)], [0, 8]);
  });

  it('pool over the predicted class below twenty images a cell, and are given both classes from there on', () => {
    const random = seededRandom('pairs');
    const images = (count: number) =>
      [0, 1, 2].flatMap((label) =>
        Array.from({ length: count }, () => ({ label, values: [0, 1, 2].map((i) => 100 * label + i + random()) })),
      );
    const few = pairStatistics(images(19), 3);
    assert.deepEqual(few.byLabel, {});
    const many = pairStatistics(images(60), 3);
    assert.deepEqual(Object.keys(many.byLabel), ['0', '1', '2']);
    const typical = { label: 2, values: [200.5, 201.5, 0] };
    assert.ok(largestPairZ(many, typical) < 0.4); // between the class's own spread and the pooled one
    // For rival 0 the pooled values are about 100 and 200.
    assertClose([few.byRival[0].mean], [(38 * 150.5 + 5 * (100 + 1 + 0.5)) / 43], { rtol: 0.02 });
  });

  it('look at every rival class and never at the label', () => {
    const random = seededRandom('rivals');
    const images = Array.from({ length: 30 }, () => ({ label: 0, values: [1e6, random(), random()] }));
    const statistics = pairStatistics(images, 3);
    const near = largestPairZ(statistics, { label: 0, values: [0, 0.5, 0.5] });
    const far = largestPairZ(statistics, { label: 0, values: [0, 0.5, 3] });
    assert.ok(near < 1 && far > 5);
  });
});

describe('detector of perturbed images', () => {
  const split = (images: CalibrationImage[]) => ({
    clean: images.map((image) => image.clean),
    perturbed: images.flatMap(({ copies }) => copies.map((copy) => copy.measurement)),
  });

  it('tells clean from perturbed where curvature differs, with weights that are never negative', () => {
    const detector = learnedDetector(syntheticImages(120, { curvature: 2 }, 'learn'), ['x1', 'x2', 'x5']);
    const { clean, perturbed } = split(syntheticImages(200, { curvature: 2 }, 'test'));
    const area = (name: 'combined' | 'noCurvature' | 'rho') =>
      areaUnderRoc(
        clean.map((seen) => score(detector, seen, name)),
        perturbed.map((seen) => score(detector, seen, name)),
      );
    // ρ of two normals two deviations apart: AUC Φ(2/√2) = .921.
    assertClose([area('rho')], [0.921], { atol: 0.025 });
    assert.ok(area('combined') > 0.9 && area('noCurvature') < 0.6);
    assert.ok(detector.models.combined.weights.every((weight) => weight >= 0));
    assert.ok(curvatureMatters(detector));
  });

  it("learns the direction of plain ρ where it is the paper's reversed, and gives it no weight in the combination", () => {
    const detector = learnedDetector(syntheticImages(150, { curvature: -2 }, 'reversed'), ['x1', 'x2', 'x5']);
    assert.equal(detector.directions.rho, -1);
    assert.equal(detector.models.combined.weights[3], 0);
    const { clean, perturbed } = split(syntheticImages(100, { curvature: -2 }, 'test'));
    const scores = (seen: typeof clean) => seen.map((one) => score(detector, one, 'rho'));
    assert.ok(areaUnderRoc(scores(clean), scores(perturbed)) > 0.88);
  });

  it('keeps a third of the clean images as reference, apart from what it learns from', () => {
    const images = syntheticImages(90, { curvature: 1 }, 'third');
    const detector = learnedDetector(images, ['x1']);
    assert.equal(detector.reference.combined.length, 30);
    const expected = images.slice(60).map(({ clean }) => score(detector, clean, 'combined'));
    assert.deepEqual(
      detector.reference.combined,
      expected.sort((a, b) => a - b),
    );
  });

  it('learns from the kinds of copies that it is told, and needs one', () => {
    const images = syntheticImages(30, { curvature: 1 }, 'kinds');
    assert.throws(() => learnedDetector(images, ['pgd']), { code: 'invalid-input' });
    assert.throws(() => learnedDetector(images.slice(0, 2), ['x1']), { code: 'invalid-input' });
  });

  it('calls an image perturbed exactly where its p-value is at most the false-alarm rate', () => {
    const random = seededRandom('reference');
    const reference = Array.from({ length: 39 }, () => random()).sort((a, b) => a - b);
    for (const rate of [0.025, 0.05, 0.1, 0.5]) {
      const limit = threshold(reference, rate);
      for (const value of [...reference, ...reference.map((clean) => clean + 1e-9), -1, 2]) {
        assert.equal(value > limit, pValue(reference, value) <= rate + 1e-12, `${value} at ${rate}`);
      }
    }
    assert.equal(pValue([1, 2, 3], 2), 0.75);
    assert.equal(threshold([1, 2, 3], 0.05), 3);
  });

  it('alarms on the share of clean images that it was asked for', () => {
    // Over many references of 59 scores, P(new > threshold at 5 %) = 3/60 exactly.
    const random = seededRandom('alarms');
    let alarms = 0;
    for (let trial = 0; trial < 4000; trial++) {
      const reference = Array.from({ length: 59 }, () => random()).sort((a, b) => a - b);
      if (random() > threshold(reference, 0.05)) alarms++;
    }
    assertClose([alarms / 4000], [0.05], { atol: 0.0105 });
  });

  it('alarms on that share of clean images also after learning, over many sets of images', () => {
    const fresh = syntheticImages(300, { curvature: 2 }, 'fresh');
    const rates = Array.from({ length: 25 }, (_, set) => {
      const detector = learnedDetector(syntheticImages(117, { curvature: 2 }, `set ${set}`), ['x1', 'x2', 'x5']);
      const limit = threshold(detector.reference.combined, 0.05);
      return fresh.filter(({ clean }) => score(detector, clean, 'combined') > limit).length / 300;
    });
    // 39 reference scores: 2/40 on average, with a standard deviation of .034 from set to set.
    assertClose([mean(rates)], [0.05], { atol: 0.024 });
  });

  it('perturbs by α times the smallest perturbation and its overshoot', () => {
    const copies = perturbedCopies(Float64Array.of(1, 0), Float64Array.of(0, 2), [1, 5]);
    assert.deepEqual([...copies.keys()], ['x1', 'x5']);
    assertClose(copies.get('x5')!, [1, 10.2]);
  });

  it('takes the curvature of the class that was found to have the highest', () => {
    const [{ clean }] = syntheticImages(1, { curvature: 0 }, 'highest');
    const seen = { ...clean, label: 1, classCurvatures: [-3, 0, -2, -4], highestCurvatureLabel: 2 };
    assert.equal(highestCurvature(seen), -2);
  });
});
