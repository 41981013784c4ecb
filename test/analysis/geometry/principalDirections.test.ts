import assert from 'node:assert/strict';

import { levelSetPoint } from '../../../src/analysis/geometry/levelSet';
import {
  ends,
  highCurvatureDirections,
  principalDirectionsAtScale,
} from '../../../src/analysis/geometry/principalDirections';
import { gaussianVector, seededRandom } from '../../../src/analysis/math/random';
import { assertClose } from '../../support/assertClose';
import { ellipsoid, quadraticLogit, randomNetwork, twoClasses } from '../../support/closedForm';

const pair = { label: 0, target: 1 };

describe('directions of high curvature', () => {
  // At (2, 0, …) on x_0²/4 + … the principal curvatures are a_i / (1/2) along the axes.
  const a = [0.25, -3, 2.5, 0.1, -0.2, 1];
  const quadric = twoClasses(6, quadraticLogit(a, -1));
  const axis = Float64Array.of(2, 0, 0, 0, 0, 0);

  for (const h of [null, 0.4]) {
    it(`of a quadric are the axes of largest |κ|, whichever sign (${h === null ? 'exact' : 'at a scale'})`, async () => {
      const at = await levelSetPoint(quadric, axis, pair);
      const directions = await highCurvatureDirections(at, h, { count: 3, steps: 30 }, seededRandom(1));
      assert.equal(directions.length, 3);
      [1, 2, 5].forEach((coordinate, i) => {
        assertClose([Math.abs(directions[i][coordinate])], [1], { rtol: 1e-8 });
      });
    });

    it(`are as many as the tangent space has dimensions at the most (${h === null ? 'exact' : 'at a scale'})`, async () => {
      const at = await levelSetPoint(ellipsoid([4, 1, 0.25]), Float64Array.of(0.5, 0, 0), pair);
      assert.equal((await highCurvatureDirections(at, h, { count: 10, steps: 30 }, seededRandom(1))).length, 2);
    });
  }

  it('at a scale gain on the Ritz vectors they start from, at both ends', async () => {
    const random = seededRandom(2);
    const classifier = randomNetwork('relu', { dimension: 60, hidden: 240, classes: 2 }, random);
    const at = await levelSetPoint(classifier, gaussianVector(60, random), pair);
    const found = async (refinements: number) => {
      return principalDirectionsAtScale(at, 1.5, { count: 2, refinements }, seededRandom(3));
    };
    const [start, refined] = [await found(0), await found(10)];
    assert.ok(refined[0].curvature > 1.05 * start[0].curvature);
    assert.ok(refined[1].curvature < 1.05 * start[1].curvature);
    assert.ok(start[0].ritzValue > start[0].curvature, 'a Ritz value exceeds the curvature along its own vector');
  });

  it('are said not to have converged while the last three steps gain over 1 %', async () => {
    const random = seededRandom(2);
    const classifier = randomNetwork('relu', { dimension: 60, hidden: 240, classes: 2 }, random);
    const at = await levelSetPoint(classifier, gaussianVector(60, random), pair);
    const settings = (refinements: number) => ({ count: 4, refinements });
    const early = await principalDirectionsAtScale(at, 1.5, settings(3), seededRandom(3));
    const late = await principalDirectionsAtScale(at, 1.5, settings(60), seededRandom(3));
    assert.ok(early.some(({ gain, converged }) => gain! > 0.01 && !converged));
    assert.ok(late.every(({ gain, converged }) => gain! <= 0.01 && converged));
  });

  it('are taken from the two ends of a spectrum in turn', () => {
    assert.deepEqual(ends(9, 5), [0, 8, 1, 7, 2]);
    assert.deepEqual(ends(3, 10), [0, 2, 1]);
  });
});
