import assert from 'node:assert/strict';

import { gaussianVector, seededRandom } from '../../../src/analysis/math/random';
import { mean } from '../../../src/analysis/math/statistics';
import { PixelClassifier } from '../../../src/analysis/model/pixelClassifier';
import { analysisError } from '../../support/analysisError';
import { AnalysisRuns } from '../../support/analysisRun';
import { assertClose } from '../../support/assertClose';
import { affine, diagonalQuadric, FieldClassifier, SoftplusNetwork, zero } from '../../support/toyRegions';

const dimension = 5;
const points = Array.from({ length: 12 }, (_, i) => gaussianVector(dimension, seededRandom('points', i)));
/** Class 1 where x₀ > at: the distance is |x₀ − at|. */
const halfSpace = (at: number) => new FieldClassifier(dimension, [zero(dimension), affine([1, 0, 0, 0, 0], -at)]);

describe('comparing two models', () => {
  it('finds the paired differences of distances known in closed form', async () => {
    const second = new AnalysisRuns(halfSpace(4), points, {
      model: { path: 'b.onnx', sha256: 'def', key: ['b'] },
    });
    const first = new AnalysisRuns(halfSpace(3), points, {
      against: second.study,
      units: { name: 'pixel values 0–255', pixelNorm: null, pixelsOf: null },
    });
    const { items, closing } = await first.run('compare');
    items.forEach(({ distance, label }, i) => {
      const x0 = Math.fround(points[i][0]);
      assertClose(
        distance.map((value) => value ?? NaN),
        [Math.abs(x0 - 3), Math.abs(x0 - 4)],
        { rtol: 1e-5 },
      );
      assert.deepEqual(label, [Number(x0 > 3), Number(x0 > 4)]);
    });
    const [distance, , , , accuracy] = closing.differences;
    const differences = items.map((item) => (item.distance[1] ?? NaN) - (item.distance[0] ?? NaN));
    assert.equal(distance.n, 12);
    assertClose([distance.difference ?? NaN], [mean(differences)], { rtol: 1e-12 });
    assert.ok((distance.low ?? 2) <= 1 + 1e-5 && (distance.high ?? 0) >= 1 - 1e-5);
    assert.deepEqual([accuracy.n, accuracy.difference], [0, null]);
    assert.deepEqual(closing.models, [
      { path: 'model.onnx', sha256: 'abc' },
      { path: 'b.onnx', sha256: 'def' },
    ]);
    assert.equal(closing.unit, 'pixel values 0–255');
  });

  it('says which model rounds its activations', async () => {
    const rounds = Object.assign(halfSpace(4), { stepped: true });
    const second = new AnalysisRuns(rounds, points, { model: { path: 'b.onnx', key: ['b'] } });
    const { closing } = await new AnalysisRuns(halfSpace(3), points, { against: second.study }).run('compare');
    assert.deepEqual(
      closing.models.map(({ stepped }) => stepped),
      [undefined, true],
    );
  });

  it('keeps what one model has where the other has no boundary', async () => {
    const constant = new FieldClassifier(dimension, [affine(new Float64Array(dimension), 1), zero(dimension)]);
    const second = new AnalysisRuns(constant, points, { model: { key: ['b'] } });
    const { items, closing } = await new AnalysisRuns(halfSpace(3), points, { against: second.study }).run('compare');
    assert.ok(
      items.every(({ distance: [a, b], meanCurvature }) => a !== null && b === null && meanCurvature[1] === null),
    );
    assert.deepEqual([closing.differences[0].n, closing.differences[0].difference], [0, null]);
  });

  it('needs a second model', async () => {
    await assert.rejects(
      new AnalysisRuns(halfSpace(3), points).run('compare'),
      analysisError('invalid-input', /second model/),
    );
  });
});

describe('a classifier of pixels', () => {
  const network = SoftplusNetwork.random(dimension, 6, 3, seededRandom('network'));
  const black = Float64Array.of(-2, -1, 0, 1, 2);
  const white = Float64Array.of(3, 1, -1, 5, 2.5);
  const slope = white.map((value, i) => (value - black[i]) / 255);
  const pixels = Float64Array.of(0, 255, 100, 17, 3);
  const x = pixels.map((p, i) => black[i] + p * slope[i]);
  const classifier = new PixelClassifier(network, { black, white });
  const cotangent = Float64Array.of(1, -1, 0);

  it('has the logits of the network input that pixels become', async () => {
    assertClose(await classifier.logits(pixels), await network.logits(x), { rtol: 1e-14 });
  });

  it('has the gradient that a small step of one pixel shows', async () => {
    const { gradients } = await classifier.gradients(pixels, [cotangent]);
    const f = async (step: number, i: number) => {
      const moved = pixels.map((p, j) => p + (i === j ? step : 0));
      const [a, b] = await classifier.logits(moved);
      return a - b;
    };
    for (let i = 0; i < dimension; i++) {
      const difference = ((await f(1e-2, i)) - (await f(-1e-2, i))) / 2e-2;
      assertClose([gradients[0][i]], [difference], { rtol: 1e-6, atol: 1e-9 });
    }
  });

  it('has Hessian products that scale twice', async () => {
    const quadric = new FieldClassifier(dimension, [diagonalQuadric([1, 2, 3, 4, 5], black, 0), zero(dimension)]);
    const v = Float64Array.of(1, 1, 1, 1, 1);
    const product = await new PixelClassifier(quadric, { black, white }).hessianProduct(
      pixels,
      cotangent.subarray(0, 2),
      v,
    );
    assertClose(
      product,
      slope.map((s, i) => (i + 1) * s * s),
      { rtol: 1e-6 },
    );
  });
});
