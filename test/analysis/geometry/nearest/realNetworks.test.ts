import assert from 'node:assert/strict';

import { type FoundBoundaryPoint, nearestBoundary } from '../../../../src/analysis/geometry/boundary';
import { crossing } from '../../../../src/analysis/geometry/crossing';
import { deepfool, linearisation } from '../../../../src/analysis/geometry/deepfool';
import { predictedLabel } from '../../../../src/analysis/geometry/logits';
import { distanceBetween, norm, type Vector } from '../../../../src/analysis/math/vector';
import type { Classifier } from '../../../../src/analysis/model/classifier';
import { searchLevels } from '../../../../src/protocol/words';
import { withPreparedModel } from '../../../support/preparedModel';

const subjects = [
  ['samples/relu/lenet-mnist.onnx', 'samples/mnist'],
  ['samples/smooth/lenet-mnist-softplus.keras', 'samples/mnist'],
  ['test/fixtures/keras/nin-patches.h5', 'test/fixtures/images/patches'],
] as const;

const settings = { overshoot: 0.02, candidates: 10 };

/** DeepFool alone, put back on the boundary. */
async function deepfoolDistance(classifier: Classifier, x: Vector): Promise<number> {
  const logits = await classifier.logits(x);
  const label = predictedLabel(logits);
  const first = await linearisation(classifier, x, label, logits, settings.candidates);
  const found = await deepfool(classifier, x, label, first, { ...settings, maxSteps: 50 });
  assert.ok(found.status === 'found');
  const outside = { point: found.perturbed, logits: found.logits };
  return distanceBetween((await crossing(classifier, label, { point: x, logits }, outside)).point, x);
}

/** Computed from the logits at its points alone: the label ties at z, and is another one at the perturbed image. */
async function assertOnBoundary(classifier: Classifier, x: Vector, z: FoundBoundaryPoint): Promise<void> {
  const at = await classifier.logits(z.point);
  const others = Math.max(...at.filter((_, i) => i !== z.label));
  assert.ok(Math.abs(others - at[z.label]) <= 1e-4 * z.gradientNorm * z.distance, `${others} against ${at[z.label]}`);
  assert.equal(at[z.target], others);
  assert.ok(Math.abs(distanceBetween(z.point, x) - z.distance) <= 1e-9 * z.distance);
  assert.ok(Math.abs(norm(z.normal) - 1) < 1e-9);
  const perturbed = await classifier.logits(z.perturbed);
  assert.notEqual(predictedLabel(perturbed), z.label);
  assert.ok(distanceBetween(z.perturbed, x) <= 1.1 * z.distance);
}

describe('the nearest boundary points of real networks', function () {
  this.timeout(240_000);
  for (const [model, images] of subjects) {
    it(`of ${model} are on the boundary and no farther than DeepFool’s, at every level`, async () => {
      await withPreparedModel(model, images, 6, async ({ classifier }, points) => {
        assert.equal(points.length, 6);
        const totals = { quick: 0, standard: 0, thorough: 0 };
        for (const x of points) {
          const deepfools = await deepfoolDistance(classifier, x);
          for (const level of searchLevels) {
            const z = await nearestBoundary(classifier, x, { ...settings, level });
            assert.ok(z.status === 'converged', z.status);
            await assertOnBoundary(classifier, x, z);
            assert.ok(z.distance <= deepfools * (1 + 1e-6), `${z.distance} at ${level}, DeepFool ${deepfools}`);
            totals[level] += z.distance;
          }
        }
        // Not of each image: a search that is cut later may end at another point.
        assert.ok(totals.standard <= totals.quick && totals.thorough <= totals.standard, JSON.stringify(totals));
      });
    });
  }
});
