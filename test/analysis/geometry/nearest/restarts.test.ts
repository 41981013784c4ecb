import assert from 'node:assert/strict';

import { restarts } from '../../../../src/analysis/geometry/nearest/restarts';
import { assertClose } from '../../../support/assertClose';

const image = { point: Float64Array.of(1, 1) };
const cut = { most: 1, ratio: 1 };
/** At x + r, with the largest logit that of class 1. */
const outside = (r: readonly number[]) => ({
  point: Float64Array.from(r, (value) => 1 + value),
  logits: Float64Array.of(0, 1, 0),
  distance: Math.hypot(...r),
});
const begun = [
  { target: 2, r: Float64Array.of(0, -1) },
  { target: 1, r: Float64Array.of(1, 1) },
];

describe('searches that begin again', () => {
  it('first turn by 45° away from the start towards the class that was found', () => {
    const [{ r, target }] = restarts(image, begun, [outside([2, 0])], cut, 0);
    assertClose([...r, target], [2.04 * Math.SQRT1_2, -2.04 * Math.SQRT1_2, 1]);
  });

  it('then away from the nearest point found in another direction, and not where there is none', () => {
    const found = [outside([0, -4]), outside([2, 0]), outside([3, 0.1])];
    const [{ r }] = restarts(image, begun, found, cut, 1);
    assertClose(r, [2.04 * Math.SQRT1_2, 2.04 * Math.SQRT1_2]);
    assert.deepEqual(restarts(image, begun, found, cut, 2), []);
  });
});
