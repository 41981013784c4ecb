import assert from 'node:assert/strict';

import { fastGradientSign, projectedGradient } from '../../../../src/analysis/geometry/detection/attacks';
import {
  calibrationStep,
  guardedStep,
  secondDifferenceResolution,
  uncalibratedStep,
} from '../../../../src/analysis/geometry/detection/step';
import { predictedLabel } from '../../../../src/analysis/geometry/logits';
import { gaussianVector, seededRandom } from '../../../../src/analysis/math/random';
import { addScaled, norm } from '../../../../src/analysis/math/vector';
import { assertClose } from '../../../support/assertClose';
import { affine, diagonalQuadric, FieldClassifier, zero } from '../../../support/toyRegions';

describe('step of a detection', () => {
  it('is half of the median distance of the clean images', () => {
    assert.equal(calibrationStep([1, 2, 9], 0.5), 1);
    assert.equal(calibrationStep([1, 3], 0.1), 0.2);
    assert.throws(() => calibrationStep([], 0.5), { code: 'no-boundary' });
  });

  it('is a quarter of the median class distance of the image itself, without a calibration', async () => {
    const linear = new FieldClassifier(2, [affine([0, 0], 6), affine([3, 4], 1), affine([0, 1], 2), affine([1, 0], 5)]);
    // |F_i| / ‖∇F_i‖ = 5/5, 4/1, 1/1.
    assertClose([await uncalibratedStep(linear, new Float64Array(2), seededRandom(0))], [0.25], { rtol: 1e-12 });
    const flat = new FieldClassifier(2, [affine([0, 0], 1), zero(2)]);
    await assert.rejects(uncalibratedStep(flat, new Float64Array(2), seededRandom(0)), { code: 'no-boundary' });
  });

  it('comes from slopes along random directions where the classes are many', async () => {
    const random = seededRandom('many');
    const fields = [zero(400), ...Array.from({ length: 40 }, () => affine(gaussianVector(400, random), -100))];
    const linear = new FieldClassifier(400, fields);
    // ‖∇F_i‖ = ‖b_i‖, about 20; the median of 40 estimates from ten slopes each is known to about 10 %.
    const step = await uncalibratedStep(linear, new Float64Array(400), random);
    assertClose([step], [(0.25 * 100) / 20], { rtol: 0.15 });
  });

  it('doubles while float32 does not resolve second differences, and stays where that never helps', async () => {
    const squared = (step: number) => Promise.resolve(1e-5 * step ** 2);
    assert.deepEqual(await guardedStep(squared, 2), { step: 4, doublings: 1, resolved: true });
    assert.deepEqual(await guardedStep(squared, 5), { step: 5, doublings: 0, resolved: true });
    assert.deepEqual(await guardedStep(() => Promise.resolve(0), 3), { step: 3, doublings: 0, resolved: false });
  });

  it('sees the second difference of a quadric relative to its largest logit', async () => {
    // F = x²·(a/2) summed: second difference a h² on the unit sphere.
    const bowl = new FieldClassifier(7, [
      affine(new Float64Array(7), 50),
      diagonalQuadric(new Float64Array(7).fill(3), new Float64Array(7), 0),
    ]);
    assertClose(
      [await secondDifferenceResolution(bowl, new Float64Array(7), 0.5, seededRandom(1))],
      [(3 * 0.25) / 50],
      { rtol: 1e-9 },
    );
    const nothing = new FieldClassifier(2, [zero(2), zero(2)]);
    assert.equal(await secondDifferenceResolution(nothing, new Float64Array(2), 1, seededRandom(1)), 0);
  });
});

describe('attacks', () => {
  const linear = new FieldClassifier(3, [affine([0, 0, 0], 500), affine([3, -4, 0], 0)]);

  it('moves every value by ε along the sign of the gradient, however confident the network is', async () => {
    assertClose(await fastGradientSign(linear, new Float64Array(3), 0.5), [0.5, -0.5, 0]);
    await assert.rejects(fastGradientSign(linear, new Float64Array(3), 0), { code: 'invalid-input' });
  });

  it('reaches the point of an L2 ball that is farthest along the gradient of a linear classifier', async () => {
    const x = Float64Array.of(1, 1, 1);
    const found = await projectedGradient(linear, x, { radius: 2, steps: 200, relativeStep: 10 }, seededRandom(3));
    const offset = addScaled(found, -1, x);
    assertClose([norm(offset)], [2], { rtol: 1e-9 });
    assertClose(offset, [1.2, -1.6, 0], { atol: 0.02 });
    await assert.rejects(projectedGradient(linear, x, { radius: -1 }, seededRandom(3)), /radius/);
  });

  it('leaves a ball once its radius allows it, and never the ball of perturbations', async () => {
    const ball = new FieldClassifier(4, [diagonalQuadric([-2, -2, -2, -2], [0, 0, 0, 0], 1), zero(4)]);
    const x = Float64Array.of(0.5, 0, 0, 0);
    for (const [radius, label] of [
      [0.45, 0],
      [0.6, 1],
    ]) {
      const found = await projectedGradient(ball, x, { radius }, seededRandom(radius));
      assert.equal(predictedLabel(await ball.logits(found)), label);
      assert.ok(norm(addScaled(found, -1, x)) <= radius * (1 + 1e-12));
    }
  });
});
