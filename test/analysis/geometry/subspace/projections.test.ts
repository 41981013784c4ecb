import assert from 'node:assert/strict';

import {
  perturbationCoordinates,
  projectionTable,
  spatialGradient,
} from '../../../../src/analysis/geometry/subspace/projections';
import { type SharedDirections, sharedDirections } from '../../../../src/analysis/geometry/subspace/sharedDirections';
import { seededRandom, unitVector } from '../../../../src/analysis/math/random';
import { mean, standardDeviation } from '../../../../src/analysis/math/statistics';
import { addScaled, dot, type Vector } from '../../../../src/analysis/math/vector';
import { assertClose } from '../../../support/assertClose';

/** ‖P_S v‖ / ‖v‖ by the basis of S itself; 0 for v = 0. */
function projectionShare(directions: readonly Vector[], v: Vector): number {
  const squaredNorm = dot(v, v);
  if (squaredNorm === 0) return 0;
  return Math.sqrt(directions.reduce((sum, u) => sum + dot(u, v) ** 2, 0) / squaredNorm);
}

describe('projections of perturbations on S', () => {
  const random = seededRandom('projections');
  const D = 40;
  const training = Array.from({ length: 12 }, () => Array.from({ length: 3 }, () => unitVector(D, random)));
  let shared: SharedDirections;
  const columns = training.flat();

  before(async () => {
    shared = await sharedDirections(training, 5);
  });

  const coordinates = (vectors: Vector[]) => vectors.map((v) => perturbationCoordinates(columns, [v]));

  it('come out of MᵀM and Mᵀv as out of the basis of S itself', async () => {
    const rows = {
      random: Array.from({ length: 9 }, () => unitVector(D, random)),
      adversarial: shared.directions.map((u) => addScaled(u, 0.3, unitVector(D, random))),
      difference: [unitVector(D, random), new Float64Array(D)],
      imageGradient: [columns[0]],
    };
    const table = await projectionTable(
      shared,
      {
        random: coordinates(rows.random),
        adversarial: coordinates(rows.adversarial),
        difference: coordinates(rows.difference),
        imageGradient: coordinates(rows.imageGradient),
      },
      seededRandom(0),
    );
    const direct = (vectors: Vector[]) => mean(vectors.map((v) => projectionShare(shared.directions, v)));
    const { random: anywhere, adversarial, difference } = table;
    assert.ok(anywhere && adversarial && difference);
    assertClose([anywhere.mean, adversarial.mean], [direct(rows.random), direct(rows.adversarial)], { rtol: 1e-10 });
    assertClose([difference.mean], [direct(rows.difference.slice(0, 1))], { rtol: 1e-10 });
    assertClose([table.expected], [Math.sqrt(5 / D)]);
    assert.ok(adversarial.standardError > 0.005 && adversarial.standardError < 0.3);
  });

  it('do not vary with the training images where all of these agree', async () => {
    const same = Array.from({ length: 8 }, () => training[0]);
    const agreed = await sharedDirections(same, 3);
    const row = Array.from({ length: 5 }, () =>
      perturbationCoordinates(same.flat(), [addScaled(training[0][0], 1, training[0][1])]),
    );
    const table = await projectionTable(
      agreed,
      { random: row, adversarial: row, difference: row, imageGradient: row },
      random,
      { replicates: 10 },
    );
    assert.ok(table.adversarial);
    assertClose([table.adversarial.mean], [1]);
    assertClose([table.adversarial.standardError], [0], { atol: 1e-9 });
  });

  it('have the error of a mean over the perturbed images where S is the same whatever the training images weigh', async () => {
    // As many columns as dimensions: any weights give the same S. Redrawn images would span two thirds of it.
    const few = Array.from({ length: 8 }, () => [unitVector(D, random), unitVector(D, random)]);
    const all = await sharedDirections(few, 16);
    const vectors = Array.from({ length: 60 }, () => unitVector(D, random));
    const row = vectors.map((v) => perturbationCoordinates(few.flat(), [v]));
    const table = await projectionTable(
      all,
      { random: row, adversarial: [], difference: [], imageGradient: [] },
      random,
      { replicates: 400 },
    );
    const shares = vectors.map((v) => projectionShare(all.directions, v));
    const expected = standardDeviation(shares, 1) / Math.sqrt(shares.length);
    assert.ok(table.random);
    assertClose([table.random.mean], [mean(shares)], { rtol: 1e-10 });
    assertClose([table.random.standardError], [expected], { rtol: 0.15 });
  });

  it('do not exist for a kind without perturbations, or with none but zero', async () => {
    const row = coordinates([unitVector(D, random)]);
    const nothing = coordinates([new Float64Array(D)]);
    const perturbations = { random: row, adversarial: [], difference: nothing, imageGradient: row };
    const table = await projectionTable(shared, perturbations, random);
    assert.equal(table.adversarial, null);
    assert.equal(table.difference, null);
    assert.ok(table.random && table.random.mean > 0);
  });
});

describe('spatial gradient of an image', () => {
  it('is the slope of a ramp, channel by channel, in both layouts, and 0 at the far edges', () => {
    const [height, width, channels] = [3, 4, 2];
    const value = (row: number, column: number, channel: number) => 10 * channel + 2 * row + 5 * column;
    for (const layout of ['nchw', 'nhwc'] as const) {
      const at = (row: number, column: number, channel: number) =>
        layout === 'nchw' ? (channel * height + row) * width + column : (row * width + column) * channels + channel;
      const x = new Float64Array(height * width * channels);
      const expectedRight = new Float64Array(x.length);
      const expectedDown = new Float64Array(x.length);
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          for (let channel = 0; channel < channels; channel++) {
            x[at(row, column, channel)] = value(row, column, channel);
            expectedRight[at(row, column, channel)] = column === width - 1 ? 0 : 5;
            expectedDown[at(row, column, channel)] = row === height - 1 ? 0 : 2;
          }
        }
      }
      const [right, down] = spatialGradient(x, { height, width, channels, layout });
      assertClose(right, expectedRight);
      assertClose(down, expectedDown);
    }
  });

  it('refuses a shape that does not hold the values', () => {
    assert.throws(() => spatialGradient(new Float64Array(5), { height: 2, width: 2, channels: 1, layout: 'nchw' }), {
      code: 'invalid-input',
    });
  });
});
