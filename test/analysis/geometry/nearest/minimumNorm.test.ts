import assert from 'node:assert/strict';

import {
  type Box,
  type HalfSpace,
  insideBox,
  minimumNormPoint,
  minimumNormPointInBox,
} from '../../../../src/analysis/geometry/nearest/minimumNorm';
import { seededRandom, unitVector } from '../../../../src/analysis/math/random';
import { addScaled, dot, norm, scale, type Vector } from '../../../../src/analysis/math/vector';
import { assertClose } from '../../../support/assertClose';

/** The dual by coordinate ascent (Hildreth's method): slow, and shares nothing with the enumeration of active sets. */
function byHildreth(halfSpaces: readonly HalfSpace[]): Vector {
  const lambda = halfSpaces.map(() => 0);
  let r: Vector = new Float64Array(halfSpaces[0].normal.length);
  for (let sweep = 0; sweep < 20_000; sweep++) {
    halfSpaces.forEach(({ normal, offset }, i) => {
      const change = Math.max(-lambda[i], offset - dot(normal, r));
      lambda[i] += change;
      r = addScaled(r, change, normal);
    });
  }
  return r;
}

describe('the point of smallest norm in an intersection of half-spaces', () => {
  const D = 5;

  it('of one is the foot of its plane, and the origin where that lies inside', () => {
    const normal = unitVector(D, seededRandom(1));
    assertClose(minimumNormPoint([{ normal, offset: 1.5 }])!, scale(normal, 1.5));
    assert.equal(minimumNormPoint([{ normal, offset: -1.5 }]), null);
    assert.equal(minimumNormPoint([]), null);
  });

  it('of two is on the edge where neither foot lies in the other, in closed form', () => {
    // x ≥ 1 and (x + y)/√2 ≥ √2 · 1.5: the edge is (1, 2), the second plane's foot (1.5, 1.5).
    const first = { normal: Float64Array.of(1, 0), offset: 1 };
    const second = { normal: Float64Array.of(Math.SQRT1_2, Math.SQRT1_2), offset: 1.5 * Math.SQRT2 };
    assertClose(minimumNormPoint([first, second])!, [1.5, 1.5]);
    const farther = { ...first, offset: 2 };
    assertClose(minimumNormPoint([farther, second])!, [2, 1]);
    const opposed = { normal: Float64Array.of(-0.6, 0.8), offset: 1 };
    assertClose(minimumNormPoint([first, opposed])!, [1, 2]);
  });

  it('of three agrees with coordinate ascent on the dual', () => {
    const random = seededRandom(2);
    for (let trial = 0; trial < 60; trial++) {
      const halfSpaces = Array.from({ length: 3 }, () => ({
        normal: unitVector(D, random),
        offset: 0.3 + random(),
      }));
      const r = minimumNormPoint(halfSpaces)!;
      assertClose(r, byHildreth(halfSpaces), { atol: 1e-8 });
      for (const { normal, offset } of halfSpaces) assert.ok(dot(normal, r) >= offset - 1e-12);
    }
  });

  it('takes the farther of two parallel planes', () => {
    const normal = unitVector(D, seededRandom(3));
    const r = minimumNormPoint([
      { normal, offset: 1 },
      { normal, offset: 2 },
    ])!;
    assertClose([norm(r)], [2]);
  });
});

/** The same in a box: each multiplier in turn by bisection, until none moves. */
function inBoxByBisection(halfSpaces: readonly HalfSpace[], box: Box): Vector {
  const lambda = halfSpaces.map(() => 0);
  const at = (): Vector => {
    const zero: Vector = new Float64Array(box.lower.length);
    return insideBox(
      halfSpaces.reduce((sum, { normal }, i) => addScaled(sum, lambda[i], normal), zero),
      box,
    );
  };
  for (let sweep = 0; sweep < 2000; sweep++) {
    const before = [...lambda];
    halfSpaces.forEach(({ normal, offset }, i) => {
      const lacks = (multiplier: number): boolean => {
        lambda[i] = multiplier;
        return dot(normal, at()) < offset;
      };
      let [low, high] = [0, 1e3];
      if (!lacks(0)) high = 0;
      for (let halving = 0; halving < 60 && low < high; halving++) {
        const middle = (low + high) / 2;
        if (lacks(middle)) low = middle;
        else high = middle;
      }
      lambda[i] = high;
    });
    if (lambda.every((one, i) => Math.abs(one - before[i]) < 1e-12)) break;
  }
  return at();
}

describe('the point of smallest norm in half-spaces and a box', () => {
  const D = 12;

  it('holds what a bound holds and asks the more of the rest, in closed form', () => {
    // 0.6 x + 0.8 y ≥ 1 with y ≤ 0.5: x = 1. Without the bound (0.6, 0.8).
    const halfSpace = { normal: Float64Array.of(0.6, 0.8), offset: 1 };
    const [lower, upper] = [Float64Array.of(-2, -2), Float64Array.of(2, 0.5)];
    assertClose(minimumNormPointInBox([halfSpace], { lower, upper })!, [1, 0.5]);
    assertClose(minimumNormPointInBox([halfSpace], { lower, upper: Float64Array.of(2, 0) })!, [5 / 3, 0]);
    assert.equal(minimumNormPointInBox([{ ...halfSpace, offset: -1 }], { lower, upper }), null);
    assert.equal(minimumNormPointInBox([], { lower, upper }), null);
  });

  it('of up to three is that of coordinate ascent on the dual, and without one where no bound is met', () => {
    const random = seededRandom(4);
    for (let trial = 0; trial < 60; trial++) {
      const bound = () => (random() < 0.2 ? 0 : 0.3 * random() + 0.05);
      const box = {
        lower: Float64Array.from({ length: D }, () => -bound()),
        upper: Float64Array.from({ length: D }, bound),
      };
      const common = unitVector(D, random);
      const corner = insideBox(scale(common, 1e3), box);
      const halfSpaces = Array.from({ length: 1 + (trial % 3) }, () => {
        const normal = addScaled(common, 0.8, unitVector(D, random));
        const unit = scale(normal, 1 / norm(normal));
        return { normal: unit, offset: 0.8 * dot(unit, corner) };
      });
      const r = minimumNormPointInBox(halfSpaces, box)!;
      assertClose(r, inBoxByBisection(halfSpaces, box), { atol: 1e-7 });
      assert.deepEqual(insideBox(r, box), r);
      const wide = { lower: new Float64Array(D).fill(-9), upper: new Float64Array(D).fill(9) };
      assertClose(minimumNormPointInBox(halfSpaces, wide)!, minimumNormPoint(halfSpaces)!, { atol: 1e-12 });
    }
  });
});
