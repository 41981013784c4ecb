import assert from 'node:assert/strict';

import {
  type ClassCurvatures,
  classCurvatures,
  type Estimator,
} from '../../../../src/analysis/geometry/detection/classCurvatures';
import { forwardDraws, inverseRootBias } from '../../../../src/analysis/geometry/detection/forwardDraws';
import { literalDraws } from '../../../../src/analysis/geometry/detection/literalDraws';
import { differenceCotangent } from '../../../../src/analysis/geometry/logits';
import { gaussianVector, seededRandom } from '../../../../src/analysis/math/random';
import { addScaled, dot, norm, scale, type Vector } from '../../../../src/analysis/math/vector';
import { estimators } from '../../../../src/protocol/words';
import { assertClose } from '../../../support/assertClose';
import {
  diagonalQuadric,
  FieldClassifier,
  SingleSoftplusNetwork,
  SoftplusNetwork,
  zero,
} from '../../../support/toyRegions';

/** K quadrics on R^D with the label 0 at the origin, and their exact ∇F_i and diagonal H_i. */
function quadrics(dimension: number, classes: number) {
  const random = seededRandom('quadrics', dimension, classes);
  const a = Array.from({ length: classes }, () => gaussianVector(dimension, random).map((value) => value + 0.5));
  const b = Array.from({ length: classes }, () => gaussianVector(dimension, random));
  const classifier = new FieldClassifier(
    dimension,
    a.map((diagonal, i) => diagonalQuadric(diagonal, b[i], i === 0 ? 3 : -i / classes)),
  );
  const normal = (i: number) => addScaled(b[i], -1, b[0]);
  const hessian = (i: number) => addScaled(a[i], -1, a[0]);
  const trace = (i: number) => hessian(i).reduce((sum, value) => sum + value, 0);
  const alongNormal = (i: number) => {
    const n = scale(normal(i), 1 / norm(normal(i)));
    return n.reduce((sum, ni, j) => sum + ni * ni * hessian(i)[j], 0);
  };
  return {
    classifier,
    /** tr G_i / D. */
    projected: (i: number) => (trace(i) - alongNormal(i)) / (norm(normal(i)) * dimension),
    /** tr H_i / (D ‖∇F_i‖). */
    unprojected: (i: number) => trace(i) / (norm(normal(i)) * dimension),
  };
}

/** tr G_i / D, or with the part along the normal for `forward`, by the dense Hessian. */
async function exactCurvature(
  network: SoftplusNetwork,
  x: Vector,
  [i, label]: readonly [number, number],
  estimator: Estimator,
): Promise<number> {
  if (i === label) return 0;
  const { dimension, classes } = network;
  const cotangent = differenceCotangent(classes, i, label);
  const [gradient] = (await network.gradients(x, [cotangent])).gradients;
  const form = (v: Vector) => network.quadraticForm(x, cotangent, v);
  const axes = Array.from({ length: dimension }, (_, j) =>
    Float64Array.from({ length: dimension }, (_, k) => +(j === k)),
  );
  const trace = axes.reduce((sum, axis) => sum + form(axis), 0);
  const along = estimator === 'forward' ? 0 : form(scale(gradient, 1 / norm(gradient)));
  return (trace - along) / (dimension * norm(gradient));
}

function assertWithin(seen: ClassCurvatures, expected: (i: number) => number, errors: number): void {
  seen.curvatures.forEach((curvature, i) => {
    if (i === seen.label) return;
    const error = Math.abs(curvature - expected(i));
    assert.ok(
      error <= errors * seen.standardErrors[i],
      `class ${i}: ${error / seen.standardErrors[i]} standard errors`,
    );
  });
  const rho = seen.curvatures.reduce((sum, _, i) => sum + (i === seen.label ? 0 : expected(i)), 0);
  const rhoError = Math.abs(seen.rho - rho / seen.curvatures.length);
  assert.ok(rhoError <= errors * seen.rhoStandardError, `ρ: ${rhoError / seen.rhoStandardError} standard errors`);
}

describe("Algorithm 2's curvatures by class", () => {
  const at = (dimension: number) => new Float64Array(dimension);

  it('are tr G_i / D on quadrics, within the standard errors, by every estimator', async () => {
    const { classifier, projected, unprojected } = quadrics(12, 5);
    const expected: Record<Estimator, (i: number) => number> = {
      literal: projected,
      forward: unprojected,
      'forward-normal': projected,
    };
    for (const estimator of estimators) {
      const settings = { estimator, step: 0.7, samples: 600 };
      const seen = await classCurvatures(classifier, at(12), settings, seededRandom('T', estimator));
      assert.equal(seen.label, 0);
      assertWithin(seen, expected[estimator], 3.5);
      assert.ok(seen.rhoStandardError < 0.05);
      assert.equal(seen.curvatures[0], 0);
    }
  });

  it('need ten gradients with many classes: the norms of the others come from slopes', async () => {
    const { classifier, projected, unprojected } = quadrics(150, 25);
    const run = (estimator: Estimator) =>
      classCurvatures(classifier, at(150), { estimator, step: 0.5, samples: 300 }, seededRandom(estimator));
    const forward = await run('forward');
    const nearest = [...forward.logits.keys()].slice(1).sort((i, j) => forward.logits[j] - forward.logits[i]);
    assert.deepEqual(forward.exactClasses, nearest.slice(0, 10));
    assertWithin(forward, unprojected, 4);
    const normal = await run('forward-normal');
    const corrected = Array.from({ length: 25 }, (_, i) => i).filter(
      (i) => i > 0 && Math.abs(normal.curvatures[i] - projected(i)) <= 4 * normal.standardErrors[i],
    );
    assert.equal(corrected.length, 24); // the part left in is below the error of the others
  });

  it('have an unbiased gradient norm from few slopes', async () => {
    // scipy: chi2(T).expect(lambda x: (x / T) ** -.5)
    assertClose([8, 10, 32].map(inverseRootBias), [1.1077836568, 1.0837223079, 1.0242262694], { rtol: 1e-9 });
    const { classifier, unprojected } = quadrics(150, 25);
    const seen = await Promise.all(
      Array.from({ length: 150 }, (_, image) =>
        classCurvatures(classifier, at(150), { estimator: 'forward', step: 0.5, samples: 8 }, seededRandom(image)),
      ),
    );
    assert.equal(seen[0].samples, 10);
    const exact = Array.from({ length: 24 }, (_, i) => unprojected(i + 1)).reduce((sum, value) => sum + value, 0) / 25;
    const mean = seen.reduce((sum, { rho }) => sum + rho, 0) / 150;
    const spread = Math.sqrt(seen.reduce((sum, { rho }) => sum + (rho - mean) ** 2, 0) / 149);
    assert.ok(Math.abs(mean - exact) < 3.5 * (spread / Math.sqrt(150)), `${mean} for ${exact}`);
    // The standard error of one image is that of the images' spread.
    const said = Math.sqrt(seen.reduce((sum, { rhoStandardError }) => sum + rhoStandardError ** 2, 0) / 150);
    assertClose([said], [spread], { rtol: 0.25 });
  });

  it('are (D − 1) / (D ‖x‖) inside a ball, positive because a ball is convex, and ρ is half of it for two classes', async () => {
    const ball = new FieldClassifier(6, [diagonalQuadric(new Float64Array(6).fill(-2), at(6), 9), zero(6)]);
    const x = Float64Array.of(0, 2, 0, 0, 0, 0);
    for (const estimator of ['literal', 'forward-normal'] as const) {
      const seen = await classCurvatures(ball, x, { estimator, step: 0.3, samples: 400 }, seededRandom(5));
      assertClose([seen.curvatures[1]], [5 / 12], { rtol: 0.08 });
      assertClose([seen.rho], [seen.curvatures[1] / 2], { rtol: 1e-12 });
    }
    // From outside, the region of the other class is concave.
    const outside = Float64Array.of(0, 4, 0, 0, 0, 0);
    const seen = await classCurvatures(ball, outside, { estimator: 'literal', step: 0.3, samples: 8 }, seededRandom(5));
    assert.ok(seen.label === 1 && seen.rho < 0);
  });

  it('agree between literal and forward-normal on a smooth network, and with its dense Hessian', async () => {
    const D = 15;
    const network = SoftplusNetwork.random(D, 12, 4, seededRandom('softplus'));
    const x = gaussianVector(D, seededRandom('x'));
    const run = (estimator: Estimator) =>
      classCurvatures(network, x, { estimator, step: 0.02, samples: 500 }, seededRandom('v', estimator));
    const [literal, normal] = await Promise.all([run('literal'), run('forward-normal')]);
    const { label } = literal;
    const exact = await Promise.all(
      Array.from({ length: 4 }, (_, i) => exactCurvature(network, x, [i, label], 'literal')),
    );
    assertWithin(literal, (i) => exact[i], 3.5);
    assertWithin(normal, (i) => exact[i], 3.5);
    literal.curvatures.forEach((curvature, i) => {
      const error = Math.hypot(literal.standardErrors[i], normal.standardErrors[i]);
      assert.ok(Math.abs(curvature - normal.curvatures[i]) <= 3.5 * error);
    });
  });

  it('have standard errors that hold the rounding of float32, at every step', async () => {
    const [D, K, images] = [30, 4, 40];
    for (const estimator of estimators) {
      for (const step of [0.003, 0.01, 0.03, 0.1]) {
        let beyond = 0;
        for (let image = 0; image < images; image++) {
          const random = seededRandom('rounding', image, step, estimator);
          const network = SoftplusNetwork.random(D, 30, K, random);
          const x = Float64Array.from(Float32Array.from(gaussianVector(D, random)));
          const settings = { estimator, step, samples: 32 };
          const seen = await classCurvatures(SingleSoftplusNetwork.of(network), x, settings, random);
          const exact = await Promise.all(
            [...seen.logits.keys()].map((i) => exactCurvature(network, x, [i, seen.label], estimator)),
          );
          const rho = exact.reduce((sum, value) => sum + value, 0) / K;
          if (Math.abs(seen.rho - rho) > 4 * seen.rhoStandardError) beyond++;
        }
        assert.ok(beyond <= 1, `${estimator} at h = ${step}: ${beyond} of ${images} beyond four standard errors`);
      }
    }
  });

  it('count a kink at the point itself twice in second differences as in gradient differences', async () => {
    // F = x₂ + |x₁| − 1: along v the gradient jumps by 2 v₁; κ_h = |v₁| / h, κ̃_h = 2 |v₁| / h.
    const kink = new FieldClassifier(9, [
      zero(9),
      {
        value: (x) => x[1] + Math.abs(x[0]) - 1,
        gradient: (x) => x.map((xi, i) => (i === 0 ? Math.sign(xi) : Number(i === 1))),
      },
    ]);
    const run = (estimator: Estimator) =>
      classCurvatures(kink, at(9), { estimator, step: 0.1, samples: 5 }, seededRandom('kink'));
    const [literal, forward] = await Promise.all([run('literal'), run('forward')]);
    assert.ok(literal.rho > 0);
    // Same draws; the literal ones are shortened by their projection, ‖Pv‖² |v₁| / ‖Pv‖ instead of |v₁|.
    const ratio = forward.rho / literal.rho;
    assert.ok(ratio > 2 && ratio < 2.4, `${ratio}`);
  });

  it('obey κ̃_h = (2/h²) ∫₀ʰ s κ_s ds between second and gradient differences on a piecewise linear field', async () => {
    const D = 6;
    const random = seededRandom('kinks');
    const slope = gaussianVector(D, random);
    const kinks = Array.from({ length: 12 }, () => ({ w: gaussianVector(D, random), at: random() - 0.5 }));
    const field = {
      value: (x: Vector) => dot(slope, x) - 1 + kinks.reduce((sum, { w, at }) => sum + Math.abs(dot(w, x) - at), 0),
      gradient: (x: Vector) =>
        kinks.reduce<Vector>(
          (sum, { w, at }) => addScaled(sum, Math.sign(dot(w, x) - at), w),
          Float64Array.from(slope),
        ),
    };
    const classifier = new FieldClassifier(D, [zero(D), field]);
    const origin = { point: at(D), logits: Float64Array.of(0, field.value(at(D))), label: 0 };
    // Tangent vectors, so that the projection of Algorithm 2 leaves them as they are.
    const n = field.gradient(at(D));
    const vectors = Array.from({ length: 5 }, () => {
      const v = gaussianVector(D, random);
      const tangent = addScaled(v, -dot(v, n) / dot(n, n), n);
      return scale(tangent, 1 / norm(tangent));
    });
    const h = 0.8;
    const panels = 4000;
    const integrals = new Float64Array(vectors.length);
    for (let panel = 0; panel < panels; panel++) {
      const s = ((panel + 0.5) * h) / panels;
      const { draws } = await literalDraws(classifier, origin, s, vectors);
      draws.forEach(({ secondDifferences: [, curvature] }, j) => (integrals[j] += (h / panels) * s * curvature));
    }
    const next = vectors.values();
    const { draws } = await forwardDraws(classifier, origin, h, vectors.length, () => next.next().value!);
    const seen = draws.map(({ secondDifferences: [, curvature] }) => curvature);
    assert.ok(seen.every((curvature) => curvature > 0.1));
    // The midpoint rule is wrong by at most a panel at each kink.
    assertClose(
      seen,
      [...integrals].map((integral) => (2 / h ** 2) * integral),
      { rtol: 2e-3 },
    );
  });

  it('are the same for the same stream, and refuse a step or a count that is none', async () => {
    const { classifier } = quadrics(5, 3);
    const settings = { estimator: 'forward', step: 0.1, samples: 4 } as const;
    const once = () => classCurvatures(classifier, at(5), settings, seededRandom(9));
    assert.deepEqual(await once(), await once());
    await assert.rejects(classCurvatures(classifier, at(5), { ...settings, step: 0 }, seededRandom(9)), /step h/);
    await assert.rejects(classCurvatures(classifier, at(5), { ...settings, samples: 1 }, seededRandom(9)), /samples T/);
  });

  it('cost 2 T + 1 forward passes and one for the gradients', async () => {
    const { classifier } = quadrics(5, 3);
    await classCurvatures(classifier, at(5), { estimator: 'forward', step: 0.1, samples: 8 }, seededRandom(9));
    assert.equal(classifier.forwards, 2 * 8 + 1 + 1);
  });
});
