import assert from 'node:assert/strict';

import { AnalysisError } from '../../../src/analysis/base/errors';
import { gaussianVector, seededRandom } from '../../../src/analysis/math/random';
import { type Column, gramMatrix, leftSingularVectors, rightSingularVectors } from '../../../src/analysis/math/svd';
import { dot, type Vector } from '../../../src/analysis/math/vector';
import { assertClose } from '../../support/assertClose';

/** Σ σᵢ uᵢ vᵢᵀ by columns, with random orthonormal u and v. */
function matrixWith(singularValues: number[], rows: number, m: number, random: () => number): Vector[] {
  const u = orthonormal(rows, singularValues.length, random);
  const v = orthonormal(m, singularValues.length, random);
  return Array.from({ length: m }, (_, j) =>
    Float64Array.from({ length: rows }, (_, i) =>
      singularValues.reduce((sum, sigma, k) => sum + sigma * u[k][i] * v[k][j], 0),
    ),
  );
}

function orthonormal(dimension: number, count: number, random: () => number): Vector[] {
  const vectors: Vector[] = [];
  while (vectors.length < count) {
    const v = gaussianVector(dimension, random);
    for (const earlier of [...vectors, ...vectors]) {
      const along = dot(v, earlier);
      v.forEach((_, i) => (v[i] -= along * earlier[i]));
    }
    const length = Math.sqrt(dot(v, v));
    vectors.push(v.map((x) => x / length));
  }
  return vectors;
}

const decomposed = async (columns: readonly Column[], count: number) =>
  leftSingularVectors(columns, count, await gramMatrix(columns));

describe('thin singular value decomposition', () => {
  const random = seededRandom('svd');

  it('finds the singular values that a matrix was built from', async () => {
    const columns = matrixWith([5, 3, 1, 0.01], 700, 30, random);
    const { singularValues } = await decomposed(columns, 4);
    assertClose(singularValues, [5, 3, 1, 0.01], { rtol: 1e-10 });
  });

  it('has orthonormal left vectors that rebuild the matrix: M = U Uᵀ M', async () => {
    const columns = matrixWith([5, 3, 3, 1e-4], 600, 12, random);
    const { vectors } = await decomposed(columns, 12);
    assert.equal(vectors.length, 4);
    vectors.forEach((u, i) => {
      vectors.forEach((other, j) => {
        assertClose([dot(u, other)], [i === j ? 1 : 0], { atol: 1e-13 });
      });
    });
    for (const column of columns) {
      const rebuilt = new Float64Array(column.length);
      for (const u of vectors) {
        const along = dot(u, column);
        u.forEach((value, i) => (rebuilt[i] += along * value));
      }
      assertClose(rebuilt, column, { atol: 1e-11 });
    }
  });

  it('keeps the first vectors only, the largest singular value first', async () => {
    const columns = [Float64Array.of(0, 2, 0), Float64Array.of(0, 0, 1), Float64Array.of(3, 0, 0)];
    const { vectors, singularValues } = await decomposed(columns, 2);
    assertClose(singularValues, [3, 2, 1], { rtol: 1e-14 });
    assertClose(vectors[0].map(Math.abs), [1, 0, 0], { atol: 1e-14 });
    assertClose(vectors[1].map(Math.abs), [0, 1, 0], { atol: 1e-14 });
  });

  it('agrees with itself on single precision columns to single precision', async () => {
    const columns = matrixWith([2, 1], 50, 5, random);
    const rounded = columns.map((column) => Float32Array.from(column));
    const { singularValues } = await decomposed(rounded, 2);
    assertClose(singularValues.slice(0, 2), [2, 1], { rtol: 1e-6 });
  });

  it('drops what is zero to the accuracy of the method, so that a low rank shows', async () => {
    const column = gaussianVector(40, random);
    assert.equal((await decomposed([column, column, column], 3)).vectors.length, 1);
    const nothing = await rightSingularVectors(await gramMatrix([new Float64Array(3)]), 1);
    assert.equal(nothing.singularValues.length, 0);
  });

  it('refuses no columns and columns of different lengths', async () => {
    await assert.rejects(gramMatrix([]), { code: 'invalid-input' });
    await assert.rejects(gramMatrix([new Float64Array(2), new Float64Array(3)]), { code: 'invalid-input' });
  });

  it('is the same on a thread of its own, where large problems are solved', async () => {
    const columns = matrixWith([5, 3, 1], 300, 220, random);
    const { singularValues, vectors } = await decomposed(columns, 2);
    assertClose(singularValues, [5, 3, 1], { rtol: 1e-10 });
    assertClose([dot(vectors[0], vectors[0]), dot(vectors[0], vectors[1])], [1, 0], { atol: 1e-12 });
  });

  it('is given up when the job is cancelled', async () => {
    const columns = matrixWith([2, 1], 600, 220, random);
    const controller = new AbortController();
    const product = gramMatrix(columns, controller.signal);
    controller.abort(new AnalysisError('cancelled', 'stopped'));
    await assert.rejects(product, { code: 'cancelled' });
    const pairs = new AbortController();
    const found = rightSingularVectors(await gramMatrix(columns), 2, pairs.signal);
    pairs.abort();
    await assert.rejects(found, { code: 'cancelled' });
  });
});
