import assert from 'node:assert/strict';

import {
  type BoundarySettings,
  type FoundBoundaryPoint,
  nearestBoundary,
} from '../../../src/analysis/geometry/boundary';
import { predictedLabel } from '../../../src/analysis/geometry/logits';
import { gaussianVector, seededRandom, unitVector } from '../../../src/analysis/math/random';
import { addScaled, dot, maximumDifference, norm, scale, type Vector } from '../../../src/analysis/math/vector';
import type { Classifier } from '../../../src/analysis/model/classifier';
import { CountingClassifier } from '../../../src/analysis/model/countingClassifier';
import { searchLevels } from '../../../src/protocol/words';
import { assertClose } from '../../support/assertClose';
import {
  affineLogit,
  ball,
  type ClosedForm,
  ClosedFormClassifier,
  ellipsoid,
  quadraticLogit,
  randomNetwork,
  twoClasses,
} from '../../support/closedForm';

const settings: BoundarySettings = { level: 'standard', overshoot: 0.02, candidates: 10 };

async function found(classifier: Classifier, x: Vector, more = {}): Promise<FoundBoundaryPoint> {
  const point = await nearestBoundary(classifier, x, { ...settings, ...more });
  assert.ok(point.status === 'converged', point.status);
  return point;
}

describe('the nearest boundary point', () => {
  const D = 6;

  it('of a linear classifier lies at |w·x + b| / ‖w‖ along w, and at |w·x + b| / ‖w‖₁ in the maximum norm', async () => {
    const random = seededRandom(1);
    for (let trial = 0; trial < 5; trial++) {
      const [w, x] = [gaussianVector(D, random), gaussianVector(D, random)];
      const F = dot(w, x) + 0.7;
      const sign = Math.sign(F);
      const z = await found(twoClasses(D, affineLogit(w, 0.7)), x);
      assertClose([z.distance], [Math.abs(F) / norm(w)], { rtol: 1e-5 });
      assertClose([z.distanceInf!], [Math.abs(F) / w.reduce((sum, wi) => sum + Math.abs(wi), 0)], { rtol: 1e-5 });
      assertClose(z.normal, scale(w, -sign / norm(w)), { atol: 1e-12 });
      assertClose([z.gradientNorm, z.margin, z.label, z.target], [norm(w), Math.abs(F), F > 0 ? 1 : 0, F > 0 ? 0 : 1]);
      assert.equal(z.steps, 1);
    }
  });

  it('of a linear classifier with many classes is that of the nearest of the pairwise hyperplanes', async () => {
    const random = seededRandom(2);
    for (let trial = 0; trial < 10; trial++) {
      const rows = Array.from({ length: 7 }, () => gaussianVector(D, random));
      const offsets = gaussianVector(7, random);
      const x = gaussianVector(D, random);
      const logits = rows.map((row, i) => dot(row, x) + offsets[i]);
      const k = predictedLabel(Float64Array.from(logits));
      const distances = rows.map((row, i) =>
        i === k ? Infinity : (logits[k] - logits[i]) / norm(addScaled(row, -1, rows[k])),
      );
      const classifier = new ClosedFormClassifier(
        D,
        rows.map((row, i) => affineLogit(row, offsets[i])),
      );
      const z = await found(classifier, x);
      assertClose([z.distance], [Math.min(...distances)], { rtol: 1e-5 });
      assert.equal(z.target, distances.indexOf(Math.min(...distances)));
      assert.equal(z.label, k);
    }
  });

  it('of a point in a ball lies at R − ‖x‖ on the ray through it, with the normal pointing out of the label’s region', async () => {
    const x = scale(unitVector(D, seededRandom(3)), 0.5);
    const z = await found(ball(D, 2), x);
    assertClose([z.distance, z.deepfoolDistance!, norm(z.point)], [1.5, 1.5, 2], { rtol: 1e-5 });
    assertClose(z.normal, scale(x, 2), { atol: 1e-6 });
    assert.deepEqual([z.label, z.target], [0, 1]);
  });

  it('seen from outside the ball has the opposite normal', async () => {
    const x = scale(unitVector(D, seededRandom(3)), 5);
    const z = await found(ball(D, 2), x);
    assertClose([z.distance], [3], { rtol: 1e-5 });
    assertClose(z.normal, scale(x, -1 / 5), { atol: 1e-6 });
    assert.deepEqual([z.label, z.target], [1, 0]);
  });

  it('of an ellipsoid is found where DeepFool stops short of the nearest', async () => {
    const a = [4, 1, 0.25];
    for (const x of [
      Float64Array.of(0.1, 0.3, 0.8),
      Float64Array.of(0.8, 1.2, 1.5),
      Float64Array.of(-0.2, 0.4, -0.1),
    ]) {
      const z = await found(ellipsoid(a), x);
      // Foot points satisfy z = (1 + λ A)⁻¹ x; the nearest has the λ of smallest |λ|, found here by bisection.
      const at = (lambda: number): Vector => x.map((xi, i) => xi / (1 + lambda * a[i]));
      const F = (lambda: number): number => at(lambda).reduce((sum, zi, i) => sum + a[i] * zi * zi, -1);
      let [low, high] = F(0) < 0 ? [-1 / 4 + 1e-12, 0] : [0, 100];
      for (let i = 0; i < 200; i++) {
        const middle = (low + high) / 2;
        if (F(middle) > 0) low = middle;
        else high = middle;
      }
      const exact = norm(addScaled(at(low), -1, x));
      assert.ok(z.deepfoolDistance! > 1.001 * exact, `${z.deepfoolDistance} against ${exact}`);
      assertClose([z.distance], [exact], { rtol: 2e-3 });
      assert.ok(z.distance >= exact * (1 - 1e-6));
    }
  });

  it('is on the boundary, the perturbed image past it, also for curved networks with many classes', async () => {
    const random = seededRandom(4);
    for (const kind of ['softplus', 'tanh', 'relu'] as const) {
      const classifier = randomNetwork(kind, { dimension: 12, hidden: 30, classes: 6 }, random);
      for (let trial = 0; trial < 5; trial++) {
        const x = gaussianVector(12, random);
        const z = await found(classifier, x);
        assert.ok(z.residual! <= 1e-4);
        const logits = await classifier.logits(z.point);
        assertClose([logits[z.label]], [logits[z.target]], { atol: 1e-4 });
        assert.ok(Math.max(...logits) - logits[z.label] < 1e-4, 'no third class is above the two that tie');
        assert.deepEqual(z.perturbed.map(Math.fround), z.perturbed);
        assert.notEqual(predictedLabel(await classifier.logits(z.perturbed)), z.label);
        assert.ok(z.distance <= z.deepfoolDistance!);
        assertClose([norm(addScaled(z.point, -1, x))], [z.distance]);
      }
    }
  });

  it('names the class that ties there, though DeepFool aimed at another', async () => {
    // Class 1 is nearest as linearised at the origin; on the way class 2 rises faster.
    const rises: ClosedForm = {
      value: (x) => -2 + 8 * x[0] ** 2,
      gradient: (x) => Float64Array.of(16 * x[0], 0),
      hessianProduct: (_, v) => Float64Array.of(16 * v[0], 0),
    };
    const classifier = new ClosedFormClassifier(2, [affineLogit([0, 0], 0), affineLogit([1, 0], -1), rises]);
    const z = await found(classifier, Float64Array.of(0.01, 0));
    assert.equal(z.target, 2);
    assertClose([z.distance], [0.5 - 0.01], { rtol: 1e-5 });
  });

  it('of a constant network does not exist', async () => {
    const constant = new ClosedFormClassifier(3, [affineLogit([0, 0, 0], 2), affineLogit([0, 0, 0], 1)]);
    const z = await nearestBoundary(constant, Float64Array.of(1, 2, 3), settings);
    assert.deepEqual([z.status, z.distance, z.target, z.distanceInf], ['no-boundary', null, null, null]);
    assert.deepEqual([z.label, z.margin], [0, 1]);
  });

  it('is not claimed where the label never changes: the margin e^x has gradients everywhere but no zero', async () => {
    const never: ClosedForm = {
      value: (x) => -Math.exp(x[0]),
      gradient: (x) => Float64Array.of(-Math.exp(x[0]), 0),
      hessianProduct: (x, v) => Float64Array.of(-Math.exp(x[0]) * v[0], 0),
    };
    const z = await nearestBoundary(twoClasses(2, never), Float64Array.of(0, 0), { ...settings, maxSteps: 20 });
    assert.deepEqual([z.status, z.distance, z.steps], ['not-converged', null, 20]);
  });

  it('is not claimed where gradients are not numbers', async () => {
    const broken: ClosedForm = { ...quadraticLogit([1, 1], -1), gradient: () => Float64Array.of(NaN, NaN) };
    const z = await nearestBoundary(twoClasses(2, broken), Float64Array.of(0.1, 0), settings);
    assert.equal(z.status, 'no-boundary');
  });

  it('of an image whose logits are not numbers is an error', async () => {
    const broken: ClosedForm = { ...quadraticLogit([1, 1], -1), value: () => NaN };
    await assert.rejects(nearestBoundary(twoClasses(2, broken), Float64Array.of(0.1, 0), settings), {
      name: 'AnalysisError',
      code: 'invalid-input',
    });
  });

  it('of an image that lies on the boundary is the image, at distance 0, while the perturbed image has left', async () => {
    const classifier = twoClasses(2, affineLogit([3, 4], -5));
    const x = Float64Array.of(1, 0.5);
    const z = await found(classifier, x);
    assertClose([z.distance], [0], { atol: 1e-6 });
    assert.notEqual(predictedLabel(await classifier.logits(z.perturbed)), z.label);
  });

  it('asks for one gradient at a time or for those of all candidates, whatever the number of classes', async () => {
    const random = seededRandom(5);
    const classifier = randomNetwork('softplus', { dimension: 8, hidden: 20, classes: 25 }, random);
    await found(classifier, gaussianVector(8, random), { candidates: 10 });
    assert.deepEqual(new Set(classifier.gradientCalls), new Set([9, 1]));
  });

  it('is looked for towards no more classes than there are candidates', async () => {
    // Of three planes that lie .3, .2 and .1 away, those of the two largest logits are candidates.
    const planes = [
      affineLogit([0, 0], 0),
      affineLogit([1, 0], -0.3),
      affineLogit([0, 2], -0.4),
      affineLogit([-5, 0], -0.5),
    ];
    const classifier = new ClosedFormClassifier(2, planes);
    const x = new Float64Array(2);
    assertClose([(await found(classifier, x, { candidates: 4 })).distance], [0.1], { rtol: 1e-5 });
    assertClose([(await found(classifier, x, { candidates: 3 })).distance], [0.2], { rtol: 1e-5 });
    assertClose([(await found(classifier, x, { candidates: 2 })).distance], [0.3], { rtol: 1e-5 });
  });

  it('in the maximum norm is that of a cube about a ball’s inner point: R/√D from its centre', async () => {
    const x = scale(unitVector(D, seededRandom(3)), 1e-3);
    const { distanceInf } = await found(ball(D, 2), x, { level: 'thorough' });
    assertClose([distanceInf!], [2 / Math.sqrt(D)], { rtol: 5e-3 });
  });

  it('in the maximum norm is never farther than the point that is nearest in L2', async () => {
    const random = seededRandom(6);
    const classifier = randomNetwork('relu', { dimension: 12, hidden: 30, classes: 6 }, random);
    for (let trial = 0; trial < 5; trial++) {
      const x = gaussianVector(12, random);
      const z = await found(classifier, x, { level: 'quick' });
      assert.ok(z.distanceInf! <= maximumDifference(z.point, x));
    }
  });

  it('is the same where nobody asks for the maximum norm, of which nothing is said then, for fewer gradients', async () => {
    const random = seededRandom(8);
    const network = randomNetwork('relu', { dimension: 12, hidden: 30, classes: 6 }, random);
    const x = gaussianVector(12, random);
    const [both, one] = [new CountingClassifier(network), new CountingClassifier(network)];
    const whole = await found(both, x, { level: 'quick' });
    const alone = await found(one, x, { level: 'quick', maximumNorm: false });
    assert.deepEqual({ ...alone, distanceInf: whole.distanceInf }, whole);
    assert.equal(alone.distanceInf, null);
    assert.ok(one.cost.gradients < both.cost.gradients);
  });

  it('says how many gradients it took, which each level spends more of', async () => {
    const random = seededRandom(7);
    const classifier = randomNetwork('relu', { dimension: 12, hidden: 30, classes: 10 }, random);
    const x = gaussianVector(12, random);
    const counts: number[] = [];
    for (const level of searchLevels) counts.push((await found(classifier, x, { level })).gradients);
    assert.ok(counts[0] >= 9 && counts[0] < counts[1] && counts[1] < counts[2], counts.join(', '));
  });

  it('is the same however often it is searched', async () => {
    const random = seededRandom(8);
    const classifier = randomNetwork('relu', { dimension: 12, hidden: 30, classes: 10 }, random);
    const x = gaussianVector(12, random);
    assert.deepEqual(await found(classifier, x), await found(classifier, x));
  });

  it('stays inside the range of the input when it is told to', async () => {
    const range = { lower: new Float64Array(2), upper: new Float64Array(2).fill(1) };
    const classifier = twoClasses(2, affineLogit([1, 2], -1.6));
    const x = Float64Array.of(0.3, 0.9);
    // Seen from class 1 the plane lies at .5/√5 along −(1, 2); inside the range as well.
    assertClose([(await found(classifier, x, { range })).distance], [0.5 / Math.sqrt(5)], { rtol: 1e-5 });
    const corner = twoClasses(2, affineLogit([1, 2], -2.5));
    const y = Float64Array.of(0.1, 0.9); // y + r would have a second coordinate of 1.14
    const z = await found(corner, y, { range });
    assert.ok(z.point.every((zi) => zi >= 0 && zi <= 1) && z.perturbed.every((zi) => zi >= 0 && zi <= 1));
    assertClose([z.point[0] + 2 * z.point[1]], [2.5], { rtol: 1e-5 });
    assert.ok((await found(corner, y)).point[1] > 1);
  });
});
