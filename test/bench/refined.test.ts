import assert from 'node:assert/strict';

import { predictedLabel } from '../../src/analysis/geometry/logits';
import type { SearchedImage } from '../../src/analysis/geometry/nearest/image';
import type { Vector } from '../../src/analysis/math/vector';
import { assertClose } from '../support/assertClose';
import { affineLogit, type ClosedFormClassifier, ellipsoid, twoClasses } from '../support/closedForm';
import { refined } from './refined';

async function imageAt(classifier: ClosedFormClassifier, x: Vector, range?: SearchedImage['range']) {
  const logits = await classifier.logits(x);
  return { point: x, logits, label: predictedLabel(logits), range };
}

describe('the shortest known of an image, refined', () => {
  it('leaves the end of a longer axis of an ellipsoid for that of the shortest, and settles there', async () => {
    const classifier = ellipsoid([1, 4, 2, 1, 3, 1]);
    const image = await imageAt(classifier, new Float64Array(6));
    // Stationary: there the gradient points along r.
    const known = [Float64Array.of(1, 0, 0, 0, 0, 0)];
    const { distance, before, rounds, settled } = await refined(classifier, image, 'L2', known);
    assertClose([before, distance], [1, 0.5], { rtol: 1e-3 });
    assert.ok(settled && rounds < 20);
    const gradients = classifier.gradientCalls.reduce((sum, one) => sum + one);
    assert.ok(gradients >= 2100 * rounds, `${gradients} in ${rounds} rounds`);
  });

  it('comes to |b| / ‖w‖₁ before a plane in the largest change of a value', async () => {
    const classifier = twoClasses(5, affineLogit([2, -1, 0.5, 3, -0.25], -1.5));
    const image = await imageAt(classifier, new Float64Array(5));
    const { distance, settled } = await refined(classifier, image, 'L∞', [Float64Array.of(0, -2, 0, 0, 0)]);
    assertClose([distance], [1.5 / 6.75], { rtol: 1e-3 });
    assert.ok(settled);
  });

  it('keeps inside the range in both norms', async () => {
    const classifier = twoClasses(2, affineLogit([1, 0.5], -1));
    const range = { lower: Float64Array.of(-0.6, -3), upper: Float64Array.of(0.6, 3) };
    const image = await imageAt(classifier, new Float64Array(2), range);
    // x + y/2 = 1 with x ≤ .6 is nearest at (.6, .8).
    for (const [norm, exact] of [
      ['L2', 1],
      ['L∞', 0.8],
    ] as const) {
      const { distance, settled } = await refined(classifier, image, norm, [Float64Array.of(-0.4, 2.8)]);
      assertClose([distance], [exact], { rtol: 1e-3 });
      assert.ok(settled && distance >= exact * (1 - 1e-6));
    }
  });

  it('tells when it still changes at the bound of rounds, and finds nothing for an image without any point', async () => {
    const classifier = ellipsoid([1, 4, 2]);
    const image = await imageAt(classifier, new Float64Array(3));
    const { rounds, settled } = await refined(classifier, image, 'L2', [Float64Array.of(1, 0, 0)], 1);
    assert.deepEqual({ rounds, settled }, { rounds: 1, settled: false });
    const none = await refined(classifier, image, 'L2', []);
    assert.deepEqual(none, { distance: Infinity, before: Infinity, rounds: 0, settled: true });
  });
});
