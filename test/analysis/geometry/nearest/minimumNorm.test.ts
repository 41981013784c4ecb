import assert from 'node:assert/strict';

import { type HalfSpace, minimumNormPoint } from '../../../../src/analysis/geometry/nearest/minimumNorm';
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
