import assert from 'node:assert/strict';

import {
  extentAround,
  plane,
  planeCoordinates,
  planeThroughPoints,
  slice,
} from '../../../../src/analysis/geometry/regions/slice';
import { gaussianVector, seededRandom } from '../../../../src/analysis/math/random';
import { addScaled, dot, norm } from '../../../../src/analysis/math/vector';
import { assertClose } from '../../../support/assertClose';
import { affine, FieldClassifier, zero } from '../../../support/toyRegions';

describe('cross-section of the regions', () => {
  const random = seededRandom('slice');
  const [a, b, c] = [1, 2, 3].map(() => gaussianVector(50, random));

  it('has orthonormal axes with the second point on the horizontal one and the third in the plane, above', () => {
    const through = planeThroughPoints(a, b, c);
    assertClose(
      [norm(through.horizontal), norm(through.vertical), dot(through.horizontal, through.vertical)],
      [1, 1, 0],
      { atol: 1e-14 },
    );
    const [atA, atB, atC] = [a, b, c].map((point) => planeCoordinates(through, point));
    assertClose([atA.horizontal, atA.vertical, atB.vertical, atC.distance], [0, 0, 0, 0], { atol: 1e-12 });
    assertClose([atB.horizontal], [norm(addScaled(b, -1, a))], { rtol: 1e-12 });
    assert.ok(atC.vertical > 0);
  });

  it('gives the distance of a point from the plane', () => {
    const through = plane(Float64Array.of(0, 0, 1), Float64Array.of(2, 0, 0), Float64Array.of(5, 1, 0));
    assertClose(Object.values(planeCoordinates(through, Float64Array.of(3, 4, 6))), [3, 4, 5], { rtol: 1e-12 });
  });

  it('refuses parallel and zero axes', () => {
    assert.throws(() => plane(a, b, b), /parallel/);
    assert.throws(() => plane(a, new Float64Array(50), b), { code: 'invalid-input' });
  });

  it('surrounds the marks by a quarter of their size', () => {
    const mark = (horizontal: number, vertical: number) => ({ horizontal, vertical, distance: 0 });
    assert.deepEqual(extentAround([mark(0, 0), mark(4, 1)]), { left: -1, right: 5, bottom: -0.25, top: 1.25 });
    assert.deepEqual(extentAround([mark(0, 2), mark(4, 2)]), { left: -1, right: 5, bottom: 1, top: 3 });
  });

  it('shows a disc as a disc: label 0 inside, the margin 1 − ρ², rows from the bottom', async () => {
    const disc = new FieldClassifier(3, [
      { value: (x) => 1 - x[0] ** 2 - x[1] ** 2, gradient: (x) => x.map((xi, i) => (i < 2 ? -2 * xi : 0)) },
      zero(3),
      affine([0, 0, 0], -0.5),
    ]);
    const through = plane(new Float64Array(3), Float64Array.of(1, 0, 0), Float64Array.of(0, 1, 0));
    const extent = { left: -2, right: 1, bottom: -1, top: 2 };
    const { labels, margins } = await slice(disc, through, extent, 4, 4, 0);
    for (let row = 0; row < 4; row++) {
      for (let column = 0; column < 4; column++) {
        const margin = 1 - (column - 2) ** 2 - (row - 1) ** 2;
        assertClose([margins[4 * row + column]], [margin], { atol: 1e-12 });
        assert.equal(labels[4 * row + column], margin >= 0 ? 0 : 1);
      }
    }
    const own = await slice(disc, through, extent, 4, 4);
    assert.ok(own.margins.every((margin) => margin >= 0));
    await assert.rejects(slice(disc, through, extent, 1, 4), { code: 'invalid-input' });
  });
});
