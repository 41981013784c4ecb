import assert from 'node:assert/strict';

import { nearestBoundary } from '../../../src/analysis/geometry/boundary';
import { curvatureAt, scaleSweep } from '../../../src/analysis/geometry/curvature';
import type { ClassPair } from '../../../src/analysis/geometry/margin';
import { gaussianVector, seededRandom, unitVector } from '../../../src/analysis/math/random';
import { dot, norm, scale, type Vector } from '../../../src/analysis/math/vector';
import type { Classifier } from '../../../src/analysis/model/classifier';
import { assertClose } from '../../support/assertClose';
import { affineLogit, ball, ellipsoid, kinked, randomNetwork, twoClasses } from '../../support/closedForm';
import { denseShapeOperator } from '../../support/dense';

const pair: ClassPair = { label: 0, target: 1 };
const stream = () => seededRandom(0, 'curvature');

/** A network, a point on its boundary and the classes there. */
async function boundaryOf(kind: 'softplus' | 'tanh' | 'relu', dimension: number, seed: number) {
  const random = seededRandom(seed);
  const classifier = randomNetwork(kind, { dimension, hidden: 2 * dimension, classes: 3 }, random);
  const found = await nearestBoundary(classifier, gaussianVector(dimension, random), {
    level: 'standard',
    overshoot: 0.02,
    candidates: 3,
  });
  assert.ok(found.status === 'converged');
  return { classifier, z: found.point, classes: { label: found.label, target: found.target }, found };
}

const usual = { method: 'auto', eigenvalues: 10 } as const;

describe('the curvature of the boundary of a ball of radius R', () => {
  const R = 2.5;
  const D = 7;
  const z = scale(unitVector(D, seededRandom(1)), R);

  for (const method of ['exact', 'finite-difference'] as const) {
    it(`is +1/R in every tangent direction seen from inside (${method})`, async () => {
      const curvature = await curvatureAt(ball(D, R), z, pair, { method, step: 0.3, eigenvalues: 20 }, stream());
      assertClose(curvature.principalCurvatures, new Array<number>(D - 1).fill(1 / R));
      assertClose(curvature.tangentCurvatures, new Array<number>(24).fill(1 / R));
      assertClose([curvature.meanCurvature, curvature.meanCurvatureStandardError], [1 / R, 0]);
      assertClose([curvature.gradientNorm, curvature.asymmetry!], [2 * R, 0]);
    });

    it(`is −1/R seen from outside: exchanging the classes changes the sign (${method})`, async () => {
      const outside = { label: 1, target: 0 };
      const curvature = await curvatureAt(ball(D, R), z, outside, { method, step: 0.3, eigenvalues: 10 }, stream());
      assertClose(curvature.principalCurvatures, new Array<number>(D - 1).fill(-1 / R));
      assertClose([curvature.meanCurvature, curvature.asymmetry!], [-1 / R, 1]);
    });
  }

  it('is 1/‖x‖ for the level set through a point x inside', async () => {
    const x = scale(z, 0.4);
    const curvature = await curvatureAt(ball(D, R), x, pair, { method: 'auto', eigenvalues: 'all' }, stream());
    assertClose(curvature.principalCurvatures, new Array<number>(D - 1).fill(1 / (0.4 * R)));
  });
});

describe('the curvature of a hyperplane', () => {
  const plane = twoClasses(5, affineLogit([1, -2, 0.5, 3, 1], 0.3));
  const z = Float64Array.of(-0.3, 0, 0, 0, 0);

  it('is 0, all of it near zero, without an asymmetry', async () => {
    const curvature = await curvatureAt(plane, z, pair, { method: 'auto', eigenvalues: 'all' }, stream());
    assertClose(curvature.principalCurvatures, new Float64Array(4));
    assert.deepEqual([curvature.asymmetry, curvature.nearZeroShare], [null, 1]);
  });

  it('at a scale is said to be below what float32 tells, at the step that was asked for', async () => {
    const settings = { method: 'finite-difference', step: 0.5, eigenvalues: 10 } as const;
    const curvature = await curvatureAt(plane, z, pair, settings, stream());
    assertClose(curvature.principalCurvatures, new Float64Array(4), { atol: 1e-12 });
    assert.deepEqual([curvature.step, curvature.flags], [0.5, ['below-float32']]);
  });
});

describe('the curvature of an ellipsoid', () => {
  const a = [4, 1, 0.25, 2, 0.5, 3];
  const onSurface = (direction: Vector): Vector => {
    return scale(direction, 1 / Math.sqrt(direction.reduce((sum, d, i) => sum + a[i] * d * d, 0)));
  };
  const z = onSurface(gaussianVector(6, seededRandom(2)));

  it('at the end of an axis is a_i / √a_axis', async () => {
    const end = onSurface(Float64Array.of(1, 0, 0, 0, 0, 0));
    const curvature = await curvatureAt(ellipsoid(a), end, pair, { method: 'auto', eigenvalues: 'all' }, stream());
    assertClose(
      curvature.principalCurvatures,
      [3, 2, 1, 0.5, 0.25].map((ai) => ai / 2),
    );
    assertClose([curvature.meanCurvature], [6.75 / 2 / 5]);
    assertClose([curvature.asymmetry!], [(0.25 - 3) / (0.25 + 3)]);
  });

  it('has the eigenvalues of P A P / ‖∇F‖ without that of the normal, densely, by Lanczos and by differences', async () => {
    const { principalCurvatures } = await denseShapeOperator(ellipsoid(a), z, pair);
    const dense = await curvatureAt(ellipsoid(a), z, pair, { method: 'auto', eigenvalues: 'all' }, stream());
    assertClose(dense.principalCurvatures, principalCurvatures, { atol: 1e-8 });
    const lanczos = await curvatureAt(ellipsoid(a), z, pair, { method: 'auto', eigenvalues: 4 }, stream());
    const ends = [0, 1, 3, 4].map((i) => principalCurvatures[i]);
    assertClose(lanczos.principalCurvatures, ends, { rtol: 1e-6 });
    // For a quadratic κ̃_h is the quadratic form itself, whatever h is.
    const settings = { method: 'finite-difference', step: 0.7, eigenvalues: 4 } as const;
    const differences = await curvatureAt(ellipsoid(a), z, pair, settings, stream());
    assertClose(differences.principalCurvatures, ends, { rtol: 1e-6 });
    assertClose(
      differences.directions.map(({ gradientDifference }) => gradientDifference!),
      ends,
      { rtol: 1e-6 },
    );
    assert.deepEqual(differences.flags, []);
  });

  it('averages to tr S / (D − 1) over the tangent sphere, not to tr S / D: in R³ a third less', async () => {
    const end = Float64Array.of(0.5, 0, 0);
    const settings = { method: 'finite-difference', step: 0.2, eigenvalues: 10, samples: 4000 } as const;
    const curvature = await curvatureAt(ellipsoid([4, 1, 0.25]), end, pair, settings, stream());
    const trace = (1 + 0.25) / 2;
    const error = curvature.meanCurvatureStandardError;
    assert.ok(error > 0 && error < 0.01 * trace);
    assert.ok(Math.abs(curvature.meanCurvature - trace / 2) < 4 * error);
    assert.ok(Math.abs(curvature.meanCurvature - trace / 3) > 20 * error);
  });
});

describe('the curvature of smooth networks', () => {
  for (const kind of ['softplus', 'tanh'] as const) {
    it(`has the eigenvalues of the dense ${kind} Hessian on the tangent space; Lanczos and trace agree`, async () => {
      const { classifier, z, classes } = await boundaryOf(kind, 40, 3);
      const { rows, principalCurvatures } = await denseShapeOperator(classifier, z, classes);
      const curvature = await curvatureAt(
        classifier,
        z,
        classes,
        { method: 'auto', eigenvalues: 'all', samples: 400 },
        stream(),
      );
      assertClose(curvature.principalCurvatures, principalCurvatures, { rtol: 1e-6, atol: 1e-9 });
      assert.deepEqual(curvature.flags, []);
      assertClose(
        curvature.directions.map((direction) => direction.curvature),
        [...principalCurvatures.slice(0, 5), ...principalCurvatures.slice(-5)],
        { rtol: 1e-4, atol: 1e-6 },
      );
      const trace = rows.reduce((sum, row, i) => sum + row[i], 0);
      assertClose([curvature.meanCurvature], [trace / 39], { rtol: 1e-8 });
      const along = curvature.tangentCurvatures;
      const average = along.reduce((sum, kappa) => sum + kappa, 0) / 400;
      const variance = along.reduce((sum, kappa) => sum + (kappa - average) ** 2, 0) / 399;
      assert.ok(Math.abs(average - trace / 39) < 4 * Math.sqrt(variance / 400));
    });
  }

  it('has directions that are eigenvectors, tangent and orthogonal', async () => {
    const { classifier, z, classes } = await boundaryOf('softplus', 30, 4);
    const { rows, normal } = await denseShapeOperator(classifier, z, classes);
    const { directions } = await curvatureAt(classifier, z, classes, { method: 'auto', eigenvalues: 6 }, stream());
    assert.equal(directions.length, 6);
    directions.forEach(({ direction, curvature }, i) => {
      assertClose([norm(direction), dot(direction, normal)], [1, 0], { atol: 1e-10 });
      const product = Float64Array.from(rows, (row) => dot(row, direction));
      assertClose(product, scale(direction, curvature), { atol: 1e-3 * Math.abs(directions[0].curvature) });
      for (const other of directions.slice(0, i)) assert.ok(Math.abs(dot(direction, other.direction)) < 1e-8);
    });
  });

  it('is the limit of κ̃_h for small h', async () => {
    const { classifier, z, classes } = await boundaryOf('tanh', 10, 5);
    const exact = await curvatureAt(classifier, z, classes, { method: 'auto', eigenvalues: 4 }, stream());
    const settings = { method: 'finite-difference', step: 0.02, eigenvalues: 4 } as const;
    const differences = await curvatureAt(classifier, z, classes, settings, stream());
    assertClose(differences.principalCurvatures, exact.principalCurvatures, { rtol: 5e-3 });
  });
});

describe('the curvature of networks with kinks', () => {
  it('along a direction across a single kink is J/h at z, half of it by gradients; means over the sphere fall as 1/h', async () => {
    const [J, D] = [0.8, 4];
    const z = new Float64Array(D);
    const gradientNorm = Math.hypot(1, J / 2); // the gradient at the kink is that of one side
    const { directions, tangentCurvatures } = await curvatureAt(
      kinked(D, J),
      z,
      pair,
      { method: 'auto', step: 0.5, eigenvalues: 2, samples: 2000 },
      stream(),
    );
    // The tangent that crosses the kink most steeply has v_1 = 1/‖∇F‖; κ̃_h = J |v_1| / (h ‖∇F‖).
    assertClose([directions[0].curvature], [J / 0.5 / gradientNorm ** 2], { rtol: 1e-6 });
    assertClose([directions[0].gradientDifference!], [J / 1 / gradientNorm ** 2], { rtol: 1e-6 });
    // E |v_1| for v uniform on the unit sphere of the tangent R³ is 1/2 of its largest.
    const average = tangentCurvatures.reduce((sum, kappa) => sum + kappa, 0) / 2000;
    assertClose([average], [J / 0.5 / gradientNorm ** 2 / 2], { rtol: 0.05 });
    const sweep = await scaleSweep(kinked(D, J), z, pair, { step: 0.5 }, stream());
    assert.deepEqual(
      sweep.map(({ factor }) => factor),
      [0.1, 0.2, 0.5, 1, 2, 5, 10],
    );
    const reference = sweep[3].mean;
    sweep.forEach(({ factor, step, mean, resolved }) => {
      assertClose([mean * factor, step], [reference, 0.5 * factor], { rtol: 1e-9 });
      assert.ok(resolved);
    });
  });

  it('along its principal directions is κ̃_h measured there, descending, at orthogonal tangents', async () => {
    const { classifier, z, classes, found } = await boundaryOf('relu', 25, 6);
    const h = 0.5 * found.distance;
    const { directions, principalCurvatures, step, method, ...rest } = await curvatureAt(
      classifier,
      z,
      classes,
      { method: 'auto', step: h, eigenvalues: 6 },
      stream(),
    );
    assert.deepEqual([method, step, rest.nearZeroShare], ['finite-difference', h, null]);
    assert.deepEqual(
      principalCurvatures,
      Array.from(principalCurvatures).sort((a, b) => b - a),
    );
    for (const [i, { direction, curvature, gradientDifference }] of directions.entries()) {
      assertClose([norm(direction), dot(direction, found.normal)], [1, 0], { atol: 1e-9 });
      const measured = await differencesAlong(classifier, z, classes, h, direction);
      assertClose([curvature, gradientDifference!], measured, { rtol: 1e-8 });
      for (const other of directions.slice(0, i)) assert.ok(Math.abs(dot(direction, other.direction)) < 1e-9);
    }
  });

  it('exceeds along the first principal direction what any of many random tangents shows, at both ends', async () => {
    const { classifier, z, classes, found } = await boundaryOf('relu', 25, 7);
    const settings = { method: 'auto', step: 0.5 * found.distance, eigenvalues: 10, samples: 2000 } as const;
    const { principalCurvatures, tangentCurvatures } = await curvatureAt(classifier, z, classes, settings, stream());
    assert.ok(principalCurvatures[0] > Math.max(...tangentCurvatures));
    assert.ok(principalCurvatures[9] < Math.min(...tangentCurvatures));
  });

  it('is found within a tenth from another start: there are many maxima of like height', async () => {
    const { classifier, z, classes, found } = await boundaryOf('relu', 100, 8);
    const ends = async (seed: number): Promise<readonly number[]> => {
      const settings = { method: 'auto', step: 0.5 * found.distance, eigenvalues: 2 } as const;
      return (await curvatureAt(classifier, z, classes, settings, seededRandom(seed))).principalCurvatures;
    };
    assertClose(await ends(1), await ends(2), { rtol: 0.1 });
  });

  it('has a step that is doubled until float32 can tell the second differences, and says so', async () => {
    const z = scale(unitVector(6, seededRandom(9)), 2);
    const settings = { method: 'finite-difference', step: 0.005, eigenvalues: 10 } as const;
    const { step, flags, principalCurvatures } = await curvatureAt(bigBall(), z, pair, settings, stream());
    assert.deepEqual([step! / 0.005, flags], [4, ['step-doubled']]);
    assertClose(principalCurvatures, new Array<number>(5).fill(1 / 2), { rtol: 1e-6 });
  });

  it('has no exact value and needs a step', async () => {
    const invalid = { name: 'AnalysisError', code: 'invalid-input' };
    const z = new Float64Array(3);
    await assert.rejects(curvatureAt(kinked(3, 1), z, pair, { ...usual, method: 'exact', step: 1 }, stream()), invalid);
    await assert.rejects(curvatureAt(kinked(3, 1), z, pair, usual, stream()), invalid);
    await assert.rejects(curvatureAt(kinked(3, 1), z, pair, { ...usual, step: 1, samples: 1 }, stream()), invalid);
    const whole = await curvatureAt(kinked(3, 1), z, pair, { ...usual, step: 1, eigenvalues: 'all' }, stream());
    assert.ok(whole.flags.includes('ends-only') && whole.nearZeroShare === null);
  });

  it('does not exist where the gradient vanishes', async () => {
    await assert.rejects(curvatureAt(ball(3, 1), new Float64Array(3), pair, usual, stream()), {
      name: 'AnalysisError',
      code: 'no-boundary',
    });
  });
});

/** A ball whose logits are 2 and 2 + F, so that second differences of F must be told from rounding of 2. */
function bigBall(): Classifier {
  const classifier = ball(6, 2);
  const lift = (logits: Vector): Vector => logits.map((logit) => logit + 2);
  return {
    dimension: 6,
    classes: 2,
    smoothness: 'smooth',
    logits: async (x) => lift(await classifier.logits(x)),
    gradients: async (x, cotangents) => {
      const { logits, gradients } = await classifier.gradients(x, cotangents);
      return { logits: lift(logits), gradients };
    },
    hessianProduct: (x, cotangent, v) => classifier.hessianProduct(x, cotangent, v),
  };
}

/** κ̃_h and κ_h along v, written out. */
async function differencesAlong(
  classifier: Classifier,
  z: Vector,
  { label, target }: ClassPair,
  h: number,
  v: Vector,
): Promise<[number, number]> {
  const cotangent = new Float64Array(classifier.classes);
  cotangent[target] = 1;
  cotangent[label] = -1;
  const at = (t: number) =>
    classifier.gradients(
      z.map((zi, i) => zi + t * h * v[i]),
      [cotangent],
    );
  const [below, here, above] = await Promise.all([at(-1), at(0), at(1)]);
  const F = [below, here, above].map(({ logits }) => logits[target] - logits[label]);
  const slope = norm(here.gradients[0]);
  return [
    (F[2] - 2 * F[1] + F[0]) / (h * h * slope),
    (dot(v, above.gradients[0]) - dot(v, below.gradients[0])) / (2 * h * slope),
  ];
}
