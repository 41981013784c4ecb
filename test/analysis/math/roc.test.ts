import assert from 'node:assert/strict';

import { seededRandom } from '../../../src/analysis/math/random';
import { areaUnderRoc, areaUnderRocDifference, areaUnderRocInterval, rocPoints } from '../../../src/analysis/math/roc';
import { assertClose } from '../../support/assertClose';

const CLEAN = [0.1, 0.4, 0.35, 0.8, 0.4, 0.2];
const PERTURBED = [0.9, 0.4, 0.8, 0.7, 0.35];

describe('receiver operating characteristic', () => {
  it("is scikit-learn's area with ties counted half", () => {
    assertClose([areaUnderRoc(CLEAN, PERTURBED)], [0.7666666666666666], { rtol: 1e-14 }); // roc_auc_score
  });

  it('is 1, ½ and 0 for samples that are apart, alike and reversed', () => {
    assert.deepEqual([areaUnderRoc([1, 2], [3]), areaUnderRoc([2], [2]), areaUnderRoc([3], [1, 2])], [1, 0.5, 0]);
    assert.ok(Number.isNaN(areaUnderRoc([], [1])));
  });

  it("has scikit-learn's points, one a distinct score", () => {
    const points = rocPoints(CLEAN, PERTURBED); // roc_curve(drop_intermediate=False)
    assertClose(
      points.map((point) => point.falsePositiveRate),
      [0, 0, 1 / 6, 1 / 6, 1 / 2, 2 / 3, 5 / 6, 1],
    );
    assertClose(
      points.map((point) => point.truePositiveRate),
      [0, 0.2, 0.4, 0.6, 0.8, 1, 1, 1],
    );
    assert.deepEqual(
      points.map((point) => point.threshold),
      [null, 0.9, 0.8, 0.7, 0.4, 0.35, 0.2, 0.1],
    );
    assert.throws(() => rocPoints([], [1]), { code: 'invalid-input' });
  });

  it('is the same by ranks and by the counts of a bootstrap, ties and repeats included', () => {
    const images = CLEAN.map((clean, i) => ({ clean, perturbed: PERTURBED.slice(i, i + 1) }));
    assertClose([areaUnderRocInterval(images, seededRandom(0), 1).value], [areaUnderRoc(CLEAN, PERTURBED)]);
    const twice = [...images, ...images];
    assertClose([areaUnderRocInterval(twice, seededRandom(0), 1).value], [areaUnderRoc(CLEAN, PERTURBED)]);
  });

  it('has an interval that covers the true area about as often as it says', () => {
    // Clean scores N(0, 1), perturbed N(1, 1): the area is Φ(1/√2) = .760250.
    const random = seededRandom('coverage');
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    let covered = 0;
    for (let trial = 0; trial < 100; trial++) {
      const images = Array.from({ length: 40 }, () => ({ clean: normal(), perturbed: [1 + normal()] }));
      const { low, high } = areaUnderRocInterval(images, random, 200);
      if (low <= 0.76025 && high >= 0.76025) covered++;
    }
    assert.ok(covered >= 86 && covered <= 100, `covered ${covered} of 100`); // P(< 86 | .95) < 1e-3
  });

  it('compares two scores of the same images with a narrower interval than either has', () => {
    const random = seededRandom('difference');
    const images = Array.from({ length: 60 }, () => ({ clean: random(), perturbed: [random() + 0.3] }));
    const slightlyWorse = images.map(({ clean, perturbed }) => ({ clean: clean + 0.01, perturbed }));
    const difference = areaUnderRocDifference(images, slightlyWorse, random);
    const single = areaUnderRocInterval(images, random);
    assert.ok(difference.value >= 0 && difference.low >= 0);
    assert.ok(difference.high - difference.low < (single.high - single.low) / 2);
  });
});
