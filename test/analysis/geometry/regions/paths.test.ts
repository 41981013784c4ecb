import assert from 'node:assert/strict';

import { predictedLabel } from '../../../../src/analysis/geometry/logits';
import { findPath, pathLength } from '../../../../src/analysis/geometry/regions/paths';
import { projectOntoRegion } from '../../../../src/analysis/geometry/regions/projection';
import { segmentInside } from '../../../../src/analysis/geometry/regions/segment';
import { addScaled, norm } from '../../../../src/analysis/math/vector';
import { assertClose } from '../../../support/assertClose';
import { affine, annulus, FieldClassifier, twoSheets, zero } from '../../../support/toyRegions';

const ball = new FieldClassifier(3, [
  { value: (x) => 1 - norm(x) ** 2, gradient: (x) => x.map((xi) => -2 * xi) },
  zero(3),
]);
const onCircle = (degrees: number, dimension: number) => {
  const x = new Float64Array(dimension);
  x.set([Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]);
  return x;
};

/** Of a path. */
const usual = { overshoot: 1, spacing: 1e-4 };

describe('paths in a classification region', () => {
  it('is the straight segment in a convex region, of relative length 1, seen at every spacing', async () => {
    const path = await findPath(ball, Float64Array.of(-0.9, 0, 0), Float64Array.of(0.5, 0.6, 0), usual);
    assert.ok(path.connected && path.straightInside);
    assert.equal(path.anchors, 0);
    assertClose([path.relativeLength!], [1], { rtol: 1e-12 });
    assert.equal(path.forwards, 2 + 9999);
  });

  it('bends around the hole of a region that is connected but not convex, at every overshoot', async () => {
    const region = annulus(4, 0.1);
    const [start, end] = [onCircle(70, 4), onCircle(-50, 4)];
    for (const overshoot of [0.1, 0.3, 1]) {
      const path = await findPath(region, start, end, { overshoot, spacing: 1e-3 });
      assert.ok(path.connected, `overshoot ${overshoot}`);
      assert.equal(path.straightInside, false);
      assert.equal(path.furthest, null);
      assert.ok(path.anchors >= 1 && path.anchors === path.points.length - 2);
      // Between the geodesic along the inner circle (at .9: chords to the tangent points and an arc) and the ring's arc.
      const along = 2 * Math.sqrt(1 - 0.81) + 0.9 * ((120 * Math.PI) / 180 - 2 * Math.acos(0.9));
      const straight = norm(addScaled(end, -1, start));
      assert.ok(path.relativeLength! >= along / straight - 1e-9 && path.relativeLength! < 1.35);
      assertClose([path.relativeLength!], [pathLength(path.points) / straight], { rtol: 1e-12 });
      for (let i = 1; i < path.points.length; i++) {
        for (let t = 0; t <= 1; t += 0.01) {
          const sample = addScaled(path.points[i - 1], t, addScaled(path.points[i], -1, path.points[i - 1]));
          // Between two samples δ = .0017 apart a chord may dip by δ²/8 below the inner circle.
          assert.ok((await region.logits(sample))[0] > -1e-6);
        }
      }
    }
  });

  it('needs fewer anchors the further midpoints are put into the region', async () => {
    const anchors = async (overshoot: number) => {
      const path = await findPath(annulus(2, 0.1), onCircle(70, 2), onCircle(-50, 2), { overshoot, spacing: 1e-3 });
      return path.anchors;
    };
    assert.ok((await anchors(0.3)) < (await anchors(0.1)));
  });

  it('says "no path found" between two sheets of a region, with the furthest point reached', async () => {
    const region = twoSheets(3);
    const path = await findPath(region, Float64Array.of(-2, 0.3, 0), Float64Array.of(3, 0.4, 1), usual);
    assert.equal(path.connected, false);
    assert.equal(path.relativeLength, null);
    // The left sheet ends at x₁ = −1: what lies on it can come about a fifth of the way from −2 to 3.
    assert.ok(path.furthest! >= 0 && path.furthest! < 0.3, `furthest ${path.furthest}`);
    for (const point of path.points) assert.ok(point[0] < -1);
  });

  it('keeps to its bounds on depth and anchors', async () => {
    const shallow = await findPath(annulus(2, 0.02), onCircle(0, 2), onCircle(170, 2), { ...usual, maxDepth: 1 });
    assert.equal(shallow.connected, false);
    const few = await findPath(annulus(2, 0.02), onCircle(0, 2), onCircle(170, 2), {
      ...usual,
      maxAnchors: 3,
      overshoot: 0.02,
    });
    assert.equal(few.connected, false);
    assert.ok(few.anchors <= 3);
  });

  it('counts the forward passes that it asks for', async () => {
    for (const [region, start, end] of [
      [annulus(2, 0.1), onCircle(60, 2), onCircle(-60, 2)],
      [twoSheets(2), Float64Array.of(-2, 0.1), Float64Array.of(2, 0.2)],
    ] as const) {
      const path = await findPath(region, start, end, { ...usual, spacing: 0.01 });
      assert.equal(path.forwards, region.forwards);
    }
  });

  it('refuses ends of different classes and equal ends', async () => {
    await assert.rejects(findPath(ball, new Float64Array(3), Float64Array.of(2, 0, 0), usual), /same predicted class/);
    await assert.rejects(findPath(ball, new Float64Array(3), new Float64Array(3), usual), { code: 'invalid-input' });
  });
});

describe('validity check of a segment', () => {
  it('finds a gap that only the finest samples see, and passes one between the samples', async () => {
    const gap = (centre: number, width: number) =>
      new FieldClassifier(1, [
        { value: (x) => Math.abs(x[0] - centre) - width, gradient: (x) => x.map(Math.sign) },
        zero(1),
      ]);
    const [a, b] = [Float64Array.of(0), Float64Array.of(1)];
    assert.equal((await segmentInside(gap(0.123, 0.0005), a, b, 0, 0.001)).inside, false);
    assert.equal((await segmentInside(gap(0.1235, 0.0002), a, b, 0, 0.001)).inside, true);
  });

  it('takes every sample once where the segment stays inside, and few where it clearly leaves', async () => {
    const [a, b] = [Float64Array.of(-0.9, 0, 0), Float64Array.of(0.9, 0, 0)];
    assert.deepEqual(await segmentInside(ball, a, b, 0, 1.8 / 776.5), { inside: true, forwards: 776 });
    const leaving = await segmentInside(ball, a, Float64Array.of(3, 0, 0), 0, 1e-4);
    assert.ok(!leaving.inside && leaving.forwards < 40);
  });
});

describe('projection on a classification region', () => {
  it('crosses a plane by the distance and the overshoot asked for', async () => {
    const half = new FieldClassifier(3, [affine([3, 0, 4], -10), zero(3)]); // 2 from the origin, along (.6, 0, .8)
    const { status, point } = await projectOntoRegion(half, new Float64Array(3), 0, { overshoot: 1, maxSteps: 50 });
    assert.equal(status, 'converged');
    assertClose(point, [2.4, 0, 3.2], { atol: 1e-12 });
  });

  it('refreshes the class that it has to leave at every step', async () => {
    // Class 2 beats class 0 at the start, class 1 beats it on the way.
    const classifier = new FieldClassifier(2, [affine([1, 0], 0), affine([0, 1], 0.3), affine([-1, -1], 2)]);
    const { status, point } = await projectOntoRegion(classifier, Float64Array.of(0, 0), 0, {
      overshoot: 0.02,
      maxSteps: 50,
    });
    assert.equal(status, 'converged');
    assert.equal(predictedLabel(await classifier.logits(point)), 0);
  });

  it('halves an overshoot that would leave a thin region on its other side', async () => {
    const slab = new FieldClassifier(1, [
      { value: (x) => 0.1 - Math.abs(x[0] - 1), gradient: (x) => x.map((xi) => -Math.sign(xi - 1)) },
      zero(1),
    ]);
    const { status, point } = await projectOntoRegion(slab, Float64Array.of(0), 0, { overshoot: 1, maxSteps: 50 });
    assert.equal(status, 'converged');
    assertClose(point, [0.9 * 1.125], { rtol: 1e-12 }); // .9 × 2, 1.5 and 1.25 are outside .9 … 1.1
  });

  it('returns the point itself where it has the label, and does not converge without a slope', async () => {
    const inside = Float64Array.of(0.1, 0, 0);
    assert.equal((await projectOntoRegion(ball, inside, 0, { overshoot: 1, maxSteps: 9 })).point, inside);
    const flat = new FieldClassifier(1, [zero(1), affine([0], 1)]);
    const lost = await projectOntoRegion(flat, Float64Array.of(0), 0, { overshoot: 1, maxSteps: 9 });
    assert.equal(lost.status, 'not-converged');
  });
});
