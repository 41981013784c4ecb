import assert from 'node:assert/strict';

import { type Crossing, crossing } from '../../../../src/analysis/geometry/crossing';
import {
  type Box,
  type HalfSpace,
  insideBox,
  minimumNormPoint,
} from '../../../../src/analysis/geometry/nearest/minimumNorm';
import { polished } from '../../../../src/analysis/geometry/nearest/polish';
import { seededRandom, unitVector } from '../../../../src/analysis/math/random';
import { addScaled, dot, norm, scale, type Vector } from '../../../../src/analysis/math/vector';
import { assertClose } from '../../../support/assertClose';
import { ball, type ClosedForm, type ClosedFormClassifier, twoClasses } from '../../../support/closedForm';

/** min_i (normal_i · x − offset_i): positive in the intersection of half-spaces, with an edge wherever two are equal. */
function lowestOf(halfSpaces: readonly HalfSpace[]): ClosedForm {
  const value = (x: Vector, { normal, offset }: HalfSpace): number => dot(normal, x) - offset;
  const lowest = (x: Vector): HalfSpace => halfSpaces.reduce((a, b) => (value(x, b) < value(x, a) ? b : a));
  return {
    value: (x) => value(x, lowest(x)),
    gradient: (x) => lowest(x).normal,
    hessianProduct: (x) => new Float64Array(x.length),
  };
}

/** The crossing on the way from the origin to a point outside. */
async function crossingTo(
  classifier: ClosedFormClassifier,
  outside: Vector,
  range?: Box,
): Promise<{ image: Image; tie: Crossing }> {
  const point = new Float64Array(outside.length);
  const image = { point, logits: await classifier.logits(point), label: 0, range };
  const tie = await crossing(classifier, 0, image, { point: outside, logits: await classifier.logits(outside) });
  return { image, tie };
}
type Image = Parameters<typeof polished>[1];

describe('the polish of a boundary point', () => {
  it('reaches the corner of two half-spaces, which either plane alone leads past', async () => {
    // Both feet lie outside of the other half-space; the nearest point is (1, 2).
    const halfSpaces = [
      { normal: Float64Array.of(1, 0), offset: 1 },
      { normal: Float64Array.of(-0.6, 0.8), offset: 1 },
    ];
    const classifier = twoClasses(2, lowestOf(halfSpaces));
    for (const outside of [Float64Array.of(1.1, 5), Float64Array.of(3, 4.5), Float64Array.of(1.5, 3)]) {
      const { image, tie } = await crossingTo(classifier, outside);
      const { point, distance } = await polished(classifier, image, [tie], 12);
      assertClose(point, [1, 2], { rtol: 1e-3 });
      assert.ok(distance >= Math.sqrt(5) * (1 - 1e-6) && distance <= norm(addScaled(tie.point, -1, image.point)));
    }
  });

  it('reaches the nearest point of a polytope in many dimensions', async () => {
    const random = seededRandom(1);
    for (let trial = 0; trial < 10; trial++) {
      const common = unitVector(20, random);
      const halfSpaces = Array.from({ length: 3 }, () => {
        const normal = addScaled(common, 0.6, unitVector(20, random));
        return { normal: scale(normal, 1 / norm(normal)), offset: 0.8 + 0.4 * random() };
      });
      const exact = norm(minimumNormPoint(halfSpaces)!);
      const classifier = twoClasses(20, lowestOf(halfSpaces));
      const { image, tie } = await crossingTo(classifier, scale(common, 5));
      const { distance } = await polished(classifier, image, [tie], 12);
      assert.ok(distance >= exact * (1 - 1e-6) && distance <= 1.001 * exact, `${distance} for ${exact}`);
    }
  });

  it('slides to the foot point on a ball seen from outside', async () => {
    const far = { point: Float64Array.of(5, 0, 0), label: 1, range: undefined };
    const classifier = ball(3, 2);
    const logits = await classifier.logits(far.point);
    const inside = Float64Array.of(0, 1.5, 0);
    const image = { ...far, logits };
    const tie = await crossing(classifier, 1, image, { point: inside, logits: await classifier.logits(inside) });
    const { distance } = await polished(classifier, image, [tie], 12);
    assertClose([distance], [3], { rtol: 5e-4 });
  });

  it('fills the values of a box up to the level that a plane asks for', async () => {
    const random = seededRandom(3);
    for (let trial = 0; trial < 10; trial++) {
      const D = 20;
      const normal = unitVector(D, random);
      const upper = Float64Array.from({ length: D }, () => (random() < 0.3 ? 0 : 0.4 * random()));
      const box = { lower: scale(upper, -1), upper };
      const corner = upper.map((value, j) => value * Math.sign(normal[j]));
      const offset = 0.7 * dot(normal, corner);
      const filled = (level: number): Vector => corner.map((value, j) => value && level * normal[j]);
      let [low, high] = [0, 1e3];
      for (let halving = 0; halving < 80; halving++) {
        const middle = (low + high) / 2;
        if (dot(normal, insideBox(filled(middle), box)) < offset) low = middle;
        else high = middle;
      }
      const exact = norm(insideBox(filled(high), box));
      const classifier = twoClasses(D, lowestOf([{ normal, offset }]));
      const { image, tie } = await crossingTo(classifier, corner, box);
      const { distance, point } = await polished(classifier, image, [tie], 12);
      assertClose(insideBox(point, box), point, { atol: 1e-7 });
      assert.ok(distance >= exact * (1 - 1e-6) && distance <= 1.001 * exact, `${distance} for ${exact}`);
      assert.ok(tie.distance > 1.05 * exact);
    }
  });

  it('goes on with the nearest of several points, and never ends farther away than it began', async () => {
    const classifier = twoClasses(2, lowestOf([{ normal: Float64Array.of(0.6, 0.8), offset: 1 }]));
    const near = await crossingTo(classifier, Float64Array.of(1.2, 1.6));
    const far = await crossingTo(classifier, Float64Array.of(9, 1));
    const both = await polished(classifier, near.image, [far.tie, near.tie], 6);
    assertClose([both.distance], [1], { rtol: 1e-9 });
    assertClose([both.value], [0], { atol: 1e-6 });
  });
});
