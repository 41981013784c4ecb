import assert from 'node:assert/strict';

import { gaussianVector, seededRandom } from '../../../src/analysis/math/random';
import { analysisError } from '../../support/analysisError';
import { AnalysisRuns, images } from '../../support/analysisRun';
import { assertClose } from '../../support/assertClose';
import { affine, diagonalQuadric, FieldClassifier, zero } from '../../support/toyRegions';

const dimension = 16;
const gaussians = (n: number, key = 'points') =>
  Array.from({ length: n }, (_, i) => gaussianVector(dimension, seededRandom(key, i)));
/** A paraboloid: x₁₅ = 2 + ½(x₀² + x₁² + x₂²) is the boundary, curved along the first three axes only. */
const curvedAlong = Array.from({ length: dimension }, (_, i) => (i < 3 ? -1 : 0));
const slope = Array.from({ length: dimension }, (_, i) => (i === dimension - 1 ? 1 : 0));
const paraboloid = new FieldClassifier(dimension, [zero(dimension), diagonalQuadric(curvedAlong, slope, -2)]);
const few = { dimension: 3, directions: 3 };

describe('shared directions over many images', () => {
  it('span the axes along which the boundary is curved, and are curved more than random ones', async () => {
    const runs = new AnalysisRuns(paraboloid, gaussians(24));
    const { closing, items } = await runs.run('subspace', few);
    const { data, shape } = runs.arrays.get('directions') ?? { data: new Float64Array(), shape: [] };
    assert.deepEqual(shape, [3, dimension]);
    for (let i = 0; i < 3; i++) {
      const u = data.subarray(i * dimension, (i + 1) * dimension);
      assertClose([Math.hypot(...u)], [1], { rtol: 1e-6 });
      // Tangent planes lean towards the last axis, the others stay flat.
      assert.ok(Math.hypot(...u.subarray(3, dimension - 1)) < 0.05);
    }
    assert.ok(closing.rho.mean.every((rho) => rho > 2));
    assertClose([closing.expectedRandom], [Math.sqrt(3 / dimension)]);
    const { random, imageGradient } = closing.projections;
    assert.ok(random && Math.abs(random.mean - closing.expectedRandom) < 0.15);
    assert.equal(imageGradient, null, 'points are no pictures');
    const { adversarial } = closing.projections;
    const { low, high } = closing.adversarialInterval ?? {};
    assert.ok(adversarial && low !== undefined && high !== undefined);
    // The standard normal quantile of .975, scipy's norm.ppf, as of all intervals.
    const half = 1.959963984540054 * adversarial.standardError;
    assertClose([low, high], [Math.max(0, adversarial.mean - half), Math.min(1, adversarial.mean + half)]);
    assert.equal(closing.step, null, 'the curvature of a smooth network is exact');
    assert.deepEqual(
      [closing.train, closing.test],
      [
        { count: 12, used: 12 },
        { count: 12, used: 12 },
      ],
    );
    assert.deepEqual(items, []);
  });

  it('never learn from an image that they are tried on', async () => {
    const shared = gaussians(6, 'shared');
    const train = images([...gaussians(5, 'train'), ...shared], (i) => `train ${i}`);
    const runs = new AnalysisRuns(paraboloid, [...shared, ...gaussians(4)], { train });
    const { closing } = await runs.run('subspace', few);
    assert.deepEqual([closing.train.count, closing.test.count], [5, 10]);
    assert.ok(
      runs.notes.some((note) => note.startsWith('Shared directions: 6 training images found among the test images')),
    );
    assert.ok(runs.notes.some((note) => note.includes('5 training images are few')));
  });

  it('leave room for an orthogonal complement, and say what the images do not give', async () => {
    const wide = new AnalysisRuns(paraboloid, gaussians(24));
    const { closing } = await wide.run('subspace', { dimension: 200, directions: 10 });
    assert.ok(closing.dimension < dimension);
    assert.ok(wide.notes.some((note) => note.includes(`S has ${closing.dimension} instead of 200`)));
    const poor = new AnalysisRuns(paraboloid, gaussians(4));
    const { closing: two } = await poor.run('subspace', { dimension: 8, directions: 2 });
    assert.ok(two.dimension <= 4);
    assert.ok(poor.notes.some((note) => note.includes('2 training images with 2 directions each')));
  });

  it('need two images, and boundary points near some of both parts', async () => {
    await assert.rejects(
      new AnalysisRuns(paraboloid, gaussians(1)).run('subspace', few),
      analysisError('invalid-input', /got 0 and 1/),
    );
    const constant = new FieldClassifier(dimension, [affine(new Float64Array(dimension), 1), zero(dimension)]);
    await assert.rejects(
      new AnalysisRuns(constant, gaussians(8)).run('subspace', few),
      analysisError('no-boundary', /training image/),
    );
  });

  it('are the same whatever runs beside each other', async () => {
    const [together, alone] = await Promise.all(
      [2 ** 26, 1].map((memory) => new AnalysisRuns(paraboloid, gaussians(10), { memory }).run('subspace', few)),
    );
    assert.deepEqual(together, alone);
  });
});
