import assert from 'node:assert/strict';

import { convexCombination, convexityFraction } from '../../../../src/analysis/geometry/regions/convexity';
import { seededRandom, unitVector } from '../../../../src/analysis/math/random';
import { scale, type Vector } from '../../../../src/analysis/math/vector';
import { assertClose } from '../../../support/assertClose';
import { annulus, FieldClassifier, zero } from '../../../support/toyRegions';

describe('convexity of a classification region', () => {
  const ball = new FieldClassifier(5, [
    {
      value: (x) => 1 - x.reduce((sum, xi) => sum + xi * xi, 0),
      gradient: (x) => x.map((xi) => -2 * xi),
    },
    zero(5),
  ]);
  const random = seededRandom('convexity');
  const inBall = Array.from({ length: 12 }, () => scale(unitVector(5, random), 0.999));

  it('keeps every convex combination in a ball', async () => {
    for (const m of [2, 5, 12]) {
      const fraction = await convexityFraction(ball, [{ label: 0, points: inBall }], m, 300, random);
      assert.equal(fraction!.inside, 300);
      assert.equal(fraction!.rate, 1);
    }
  });

  it('loses the share of a chord that lies in the hole of an annulus', async () => {
    // Chord from −1 to 1 through the middle: weights w give the point 2w − 1, in the ring of width .2 for |2w − 1| > .8.
    const ends: Vector[] = [Float64Array.of(1, 1e-9), Float64Array.of(-1, 0)];
    const fraction = await convexityFraction(annulus(2, 0.2), [{ label: 0, points: ends }], 2, 4000, random);
    assert.ok(fraction!.low < 0.2 && fraction!.high > 0.2, `${fraction!.rate}`);
    assert.equal(fraction!.total, 4000);
  });

  it('leaves out classes with too few images, and is null where none has enough', async () => {
    const wrong = { label: 1, points: inBall.slice(0, 2) };
    const fraction = await convexityFraction(ball, [wrong, { label: 0, points: inBall }], 3, 50, random);
    assert.equal(fraction!.rate, 1);
    assert.equal(await convexityFraction(ball, [wrong], 3, 50, random), null);
  });

  it('gives the same fraction for the same seed, and refuses a combination of one', async () => {
    const once = () => convexityFraction(annulus(2, 0.2), [{ label: 0, points: circle }], 3, 200, seededRandom(4));
    const circle = Array.from({ length: 9 }, (_, i) => Float64Array.of(Math.cos(i), Math.sin(i)));
    assert.deepEqual(await once(), await once());
    await assert.rejects(convexityFraction(ball, [], 1, 50, random), { code: 'invalid-input' });
  });

  it('weighs images that are stored in single precision', () => {
    assertClose(convexCombination([Float32Array.of(1, 2), Float64Array.of(3, 6)], [0.25, 0.75]), [2.5, 5]);
  });
});
