import { curvatureAtScale, scaledCurvature } from '../../../src/analysis/geometry/curvatureAtScale';
import { levelSetPoint } from '../../../src/analysis/geometry/levelSet';
import { gaussianVector, seededRandom, tangentUnitVector } from '../../../src/analysis/math/random';
import { addScaled, dot } from '../../../src/analysis/math/vector';
import { assertClose } from '../../support/assertClose';
import { kinked, randomNetwork } from '../../support/closedForm';

const pair = { label: 0, target: 1 };

describe('curvature at a scale h', () => {
  const across = Float64Array.of(0, 1, 0);

  it('across a kink of jump J at distance c is J/2h by gradients and J(h − c)/h² by second differences', async () => {
    const [J, c] = [0.6, 0.3];
    const at = await levelSetPoint(kinked(3, J, c), new Float64Array(3), pair);
    for (const h of [0.31, 0.5, 2, 10]) {
      const { curvature, gradientDifference } = await scaledCurvature(at, h, across);
      const expected = [J / (2 * h), (J * (h - c)) / h ** 2].map((value) => value / at.gradientNorm);
      assertClose([gradientDifference, curvature], expected, { rtol: 1e-10 });
      assertClose([await curvatureAtScale(at, h, across)], [curvature], { rtol: 1e-12 });
    }
  });

  it('does not see a kink that is farther than h', async () => {
    const at = await levelSetPoint(kinked(3, 0.6, 0.3), new Float64Array(3), pair);
    const { curvature, gradientDifference } = await scaledCurvature(at, 0.29, across);
    assertClose([curvature, gradientDifference], [0, 0], { atol: 1e-13 });
  });

  it('at a kink through z is twice as large by second differences as by gradients', async () => {
    const at = await levelSetPoint(kinked(3, 0.6, 0), new Float64Array(3), pair);
    const { curvature, gradientDifference } = await scaledCurvature(at, 0.5, across);
    assertClose([curvature], [2 * gradientDifference], { rtol: 1e-12 });
  });

  for (const [kind, rtol] of [
    ['relu', 2e-3],
    ['softplus', 1e-6],
  ] as const) {
    it(`obeys κ̃_h = (2/h²) ∫₀ʰ s κ_s ds on a ${kind} network`, async () => {
      const random = seededRandom(1, kind);
      const classifier = randomNetwork(kind, { dimension: 8, hidden: 40, classes: 2 }, random);
      const at = await levelSetPoint(classifier, gaussianVector(8, random), pair);
      const v = tangentUnitVector(at.normal, random);
      const h = 1.5;
      const panels = 2000;
      let integral = 0;
      for (let i = 0; i < panels; i++) {
        const s = (h * (i + 0.5)) / panels;
        integral += (h / panels) * s * (await scaledCurvature(at, s, v)).gradientDifference;
      }
      assertClose([(2 / h ** 2) * integral], [await curvatureAtScale(at, h, v)], { rtol });
    });
  }

  it('has the derivative 2 Δ_h(v) / ‖∇F‖ in v, by central differences', async () => {
    const random = seededRandom(2);
    const classifier = randomNetwork('softplus', { dimension: 6, hidden: 20, classes: 2 }, random);
    const at = await levelSetPoint(classifier, gaussianVector(6, random), pair);
    const v = tangentUnitVector(at.normal, random);
    const { derivative } = await scaledCurvature(at, 0.8, v);
    for (let trial = 0; trial < 4; trial++) {
      const w = tangentUnitVector(at.normal, random);
      const [above, below] = [
        await curvatureAtScale(at, 0.8, addScaled(v, 1e-5, w)),
        await curvatureAtScale(at, 0.8, addScaled(v, -1e-5, w)),
      ];
      assertClose([2 * dot(derivative, w)], [(above - below) / 2e-5], { rtol: 1e-6, atol: 1e-8 });
    }
  });
});
