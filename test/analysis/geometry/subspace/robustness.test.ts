import assert from 'node:assert/strict';

import {
  labelFlips,
  orthogonalAdvantage,
  robustnessCurves,
  unitNoise,
} from '../../../../src/analysis/geometry/subspace/robustness';
import { seededRandom, unitVector } from '../../../../src/analysis/math/random';
import { mean } from '../../../../src/analysis/math/statistics';
import { dot, norm, type Vector } from '../../../../src/analysis/math/vector';
import { assertClose } from '../../../support/assertClose';
import { affine, FieldClassifier, zero } from '../../../support/toyRegions';

const axis = (i: number, dimension: number) => Float64Array.from({ length: dimension }, (_, j) => Number(i === j));

describe('robustness to noise in S, in S⊥ and anywhere', () => {
  const random = seededRandom('robustness');

  it('draws unit noise that lies in S, orthogonal to S, and anywhere with E ‖P_S v‖² = d / D', () => {
    const basis = [axis(2, 20), axis(5, 20), axis(7, 20)];
    const inS = (v: Vector) => basis.reduce((sum, u) => sum + dot(u, v) ** 2, 0);
    const draws = Array.from({ length: 4000 }, () => unitNoise(basis, 20, random));
    for (const { shared, orthogonal, uniform } of draws.slice(0, 50)) {
      assertClose([norm(shared), norm(orthogonal), norm(uniform)], [1, 1, 1]);
      assertClose([inS(shared), inS(orthogonal)], [1, 0], { atol: 1e-12 });
    }
    assertClose([mean(draws.map(({ uniform }) => inS(uniform)))], [3 / 20], { rtol: 0.03 });
    assertClose([mean(draws.map(({ shared }) => shared[2] ** 2))], [1 / 3], { rtol: 0.05 });
  });

  it('flips labels of a half space as the caps of the spheres say', async () => {
    // f₀ − f₁ = 1 − x₁ at 0: distance 1 along S = span(e₁). With radius 2: half of S's sphere {±e₁}, none of S⊥, and in
    // R³, where v₁ is uniform on −1 … 1, a quarter.
    const half = new FieldClassifier(3, [zero(3), affine([1, 0, 0], -1)]);
    const images = await Promise.all(
      Array.from({ length: 1500 }, (_, image) =>
        labelFlips(half, new Float64Array(3), [axis(0, 3)], [0.5, 2], seededRandom('flips', image)),
      ),
    );
    const curves = robustnessCurves([0.1, 0.4], images);
    assert.deepEqual(
      [curves.shared[0].rate, curves.orthogonal[0].rate, curves.uniform[0].rate, curves.orthogonal[1].rate],
      [0, 0, 0, 0],
    );
    // Three standard errors.
    assertClose([curves.shared[1].rate], [0.5], { atol: 0.039 });
    assertClose([curves.uniform[1].rate], [0.25], { atol: 0.034 });
    assert.ok(curves.uniform[1].low < 0.25 && curves.uniform[1].high > 0.25);

    const advantage = orthogonalAdvantage(images, random);
    assertClose([advantage.value], [curves.uniform[1].rate / 2]);
    assert.ok(advantage.low > 0.1);
  });

  it('finds no advantage of S⊥ where S is a direction like any other', async () => {
    const half = new FieldClassifier(30, [zero(30), affine(unitVector(30, random), -0.15)]);
    const images = await Promise.all(
      Array.from({ length: 200 }, (_, image) =>
        labelFlips(half, new Float64Array(30), [unitVector(30, random)], [1], seededRandom('none', image)),
      ),
    );
    const { low, high } = orthogonalAdvantage(images, random);
    assert.ok(low <= 0.03 && high >= -0.03);
  });

  it('refuses an S that is nothing or everything', async () => {
    const half = new FieldClassifier(2, [zero(2), affine([1, 0], -1)]);
    await assert.rejects(labelFlips(half, new Float64Array(2), [], [1], random), { code: 'invalid-input' });
    await assert.rejects(labelFlips(half, new Float64Array(2), [axis(0, 2), axis(1, 2)], [1], random), /D − 1/);
  });
});
