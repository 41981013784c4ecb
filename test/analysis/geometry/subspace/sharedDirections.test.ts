import assert from 'node:assert/strict';

import {
  relativeCurvatures,
  rhoBand,
  sharedDirections,
} from '../../../../src/analysis/geometry/subspace/sharedDirections';
import { seededRandom, unitVector } from '../../../../src/analysis/math/random';
import { dot, type Vector } from '../../../../src/analysis/math/vector';
import { assertClose } from '../../../support/assertClose';

const axis = (i: number, dimension: number) => Float64Array.from({ length: dimension }, (_, j) => Number(i === j));

describe('shared directions of high curvature', () => {
  const random = seededRandom('shared');

  it('finds the directions that images have in common, before those that one image has', async () => {
    // Every image has ± axis 0, half of them axis 1, each one a random direction of its own.
    const images = Array.from({ length: 20 }, (_, image) => [
      axis(0, 60).map((value) => (image % 3 ? value : -value)),
      ...(image % 2 ? [axis(1, 60)] : []),
      unitVector(60, random),
    ]);
    const { directions, singularValues, limitedBy, columnsPerImage } = await sharedDirections(images, 2);
    assert.ok(Math.abs(directions[0][0]) > 0.98 && Math.abs(directions[1][1]) > 0.95);
    assert.ok(singularValues[0] > 4 && singularValues[0] < 5); // √20 and what the random ones add
    assert.equal(limitedBy, null);
    assert.deepEqual(columnsPerImage.slice(0, 2), [2, 3]);
  });

  it('has an orthonormal basis, and says what limits its dimension', async () => {
    const few = await sharedDirections([[axis(0, 9)], [axis(3, 9), axis(0, 9)]], 5);
    assert.equal(few.directions.length, 2);
    assert.equal(few.limitedBy, 'images');
    const small = await sharedDirections(
      Array.from({ length: 10 }, () => [unitVector(4, random)]),
      200,
    );
    assert.equal(small.directions.length, 2);
    assert.equal(small.limitedBy, 'input');
    for (const u of small.directions) for (const v of small.directions) assertClose([dot(u, v)], [Number(u === v)]);
    await assert.rejects(sharedDirections([[]], 1), { code: 'invalid-input' });
    await assert.rejects(sharedDirections([[axis(0, 3)]], 0), { code: 'invalid-input' });
  });

  describe('ρ', () => {
    const D = 12;
    const normal = axis(D - 1, D);
    // κ(v) = Σ aᵢ vᵢ² with one curved axis: E |κ| = a / (D − 1).
    const curvature = (v: Vector) => Promise.resolve(-3 * v[0] ** 2);

    it('is D − 1 along the only curved direction and 0 along the others', async () => {
      const { rho, meanAbsoluteCurvature } = await relativeCurvatures(
        curvature,
        normal,
        [axis(0, D), axis(1, D)],
        random,
        20_000,
      );
      assertClose([meanAbsoluteCurvature], [3 / (D - 1)], { rtol: 0.04 }); // standard error about 1 %
      assertClose(rho!, [D - 1, 0], { rtol: 0.04 });
    });

    it('counts only the tangent part of a direction, ‖Pu‖² of it', async () => {
      const tilted = axis(0, D).map((value, i) => 0.6 * value + 0.8 * normal[i]);
      const [whole, part] = await Promise.all(
        [axis(0, D), tilted].map((u) => relativeCurvatures(curvature, normal, [u], seededRandom(1))),
      );
      assertClose(part.rho!, [0.36 * whole.rho![0]], { rtol: 1e-12 });
      const along = await relativeCurvatures(curvature, normal, [normal], random);
      assertClose(along.rho!, [0]);
    });

    it('is 1 along every tangent of a ball', async () => {
      const ball = await relativeCurvatures(() => Promise.resolve(1 / 7), normal, [axis(0, D)], random);
      assertClose([...ball.rho!, ball.meanAbsoluteCurvature], [1, 1 / 7]);
    });

    it('does not exist on a flat boundary', async () => {
      const flat = await relativeCurvatures(() => Promise.resolve(0), normal, [axis(0, D)], random);
      assert.equal(flat.rho, null);
    });

    it('is averaged over images index by index, with the middle 80 % of them', () => {
      const images = Array.from({ length: 11 }, (_, i) => Float64Array.of(i, 2));
      const { mean, lower, upper } = rhoBand(images);
      assertClose([...mean, ...lower, ...upper], [5, 2, 1, 2, 9, 2]);
      assert.throws(() => rhoBand([]), { code: 'invalid-input' });
    });
  });
});
