import assert from 'node:assert/strict';

import { gaussianVector, seededRandom } from '../../../src/analysis/math/random';
import { gramMatrix, leftSingularVectors, rightSingularVectors } from '../../../src/analysis/math/svd';
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

describe('thin singular value decomposition', () => {
  const random = seededRandom('svd');

  it('finds the singular values that a matrix was built from', () => {
    const columns = matrixWith([5, 3, 1, 0.01], 700, 30, random);
    const { singularValues } = leftSingularVectors(columns, 4);
    assertClose(singularValues, [5, 3, 1, 0.01], { rtol: 1e-10 });
  });

  it('has orthonormal left vectors that rebuild the matrix: M = U Uᵀ M', () => {
    const columns = matrixWith([5, 3, 3, 1e-4], 600, 12, random);
    const { vectors } = leftSingularVectors(columns, 12);
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

  it('keeps the first vectors only, the largest singular value first', () => {
    const columns = [Float64Array.of(0, 2, 0), Float64Array.of(0, 0, 1), Float64Array.of(3, 0, 0)];
    const { vectors, singularValues } = leftSingularVectors(columns, 2);
    assertClose(singularValues, [3, 2, 1], { rtol: 1e-14 });
    assertClose(vectors[0].map(Math.abs), [1, 0, 0], { atol: 1e-14 });
    assertClose(vectors[1].map(Math.abs), [0, 1, 0], { atol: 1e-14 });
  });

  it('agrees with itself on single precision columns to single precision', () => {
    const columns = matrixWith([2, 1], 50, 5, random);
    const rounded = columns.map((column) => Float32Array.from(column));
    assertClose(leftSingularVectors(rounded, 2).singularValues.slice(0, 2), [2, 1], { rtol: 1e-6 });
  });

  it('drops what is zero to the accuracy of the method, so that a low rank shows', () => {
    const column = gaussianVector(40, random);
    assert.equal(leftSingularVectors([column, column, column], 3).vectors.length, 1);
    assert.equal(rightSingularVectors(gramMatrix([new Float64Array(3)]), 1).singularValues.length, 0);
  });

  it('refuses no columns and columns of different lengths', () => {
    assert.throws(() => gramMatrix([]), { code: 'invalid-input' });
    assert.throws(() => gramMatrix([new Float64Array(2), new Float64Array(3)]), { code: 'invalid-input' });
  });
});
