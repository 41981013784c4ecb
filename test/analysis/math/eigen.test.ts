import assert from 'node:assert/strict';

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

import { AnalysisError } from '../../../src/analysis/base/errors';
import { symmetricEigenvalues, type SymmetricMatrix, tridiagonalEigen } from '../../../src/analysis/math/eigen';
import { eigenvaluesOnThread } from '../../../src/analysis/math/eigenThread';
import { gaussianVector, seededRandom } from '../../../src/analysis/math/random';
import { assertClose } from '../../support/assertClose';

function symmetricMatrix(dimension: number, entry: (i: number, j: number) => number): SymmetricMatrix {
  const lower = new Float64Array((dimension * (dimension + 1)) / 2);
  for (let i = 0, at = 0; i < dimension; i++) for (let j = 0; j <= i; j++) lower[at++] = entry(i, j);
  return { dimension, lower };
}

/** −1, 2, −1: eigenvalues 2 − 2 cos(π k / (n + 1)). */
const secondDifference = (n: number): SymmetricMatrix =>
  symmetricMatrix(n, (i, j) => (i === j ? 2 : i === j + 1 ? -1 : 0));
const secondDifferenceSpectrum = (n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos((Math.PI * (n - k)) / (n + 1)));

describe('eigenvalues of a dense symmetric matrix', () => {
  it('of the second-difference matrix are 2 − 2 cos(πk/(n+1))', () => {
    assertClose(symmetricEigenvalues(secondDifference(60)), secondDifferenceSpectrum(60), { atol: 1e-13 });
  });

  it('of random matrices are those of ml-matrix', () => {
    const random = seededRandom(1);
    for (const n of [1, 2, 3, 7, 40, 150]) {
      const a = symmetricMatrix(n, () => random() - 0.5);
      const dense = Matrix.zeros(n, n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          dense.set(i, j, a.lower[(Math.max(i, j) * (Math.max(i, j) + 1)) / 2 + Math.min(i, j)]);
        }
      }
      const reference = new EigenvalueDecomposition(dense, { assumeSymmetric: true }).realEigenvalues;
      assertClose(
        symmetricEigenvalues(a),
        reference.sort((x, y) => y - x),
        { atol: 1e-12 },
      );
    }
  });

  it('of a diagonal plus a rank-one matrix of any size are found to rounding: 1 + ‖u‖² once and 1 else', () => {
    for (const size of [1e-150, 1, 1e150]) {
      const u = gaussianVector(50, seededRandom(2));
      const squares = u.reduce((sum, ui) => sum + ui * ui, 0);
      const values = symmetricEigenvalues(symmetricMatrix(50, (i, j) => size * ((i === j ? 1 : 0) + u[i] * u[j])));
      const expected = new Float64Array(50).fill(1);
      expected[0] = 1 + squares;
      assertClose(
        values.map((value) => value / size),
        expected,
        { rtol: 1e-12, atol: 1e-12 },
      );
    }
  });

  it('of the zero matrix are zero', () => {
    assertClose(symmetricEigenvalues(symmetricMatrix(9, () => 0)), new Float64Array(9));
  });

  it('do not exist where an entry is not finite', () => {
    assert.throws(() => symmetricEigenvalues(symmetricMatrix(4, (i) => (i === 2 ? NaN : 1))), {
      name: 'AnalysisError',
      code: 'invalid-input',
    });
  });
});

describe('eigenpairs of a tridiagonal matrix', () => {
  it('of the second-difference matrix are sines of πki/(n+1)', () => {
    const n = 12;
    const { values, vectors } = tridiagonalEigen(new Array<number>(n).fill(2), new Array<number>(n - 1).fill(-1));
    assertClose(values, secondDifferenceSpectrum(n), { atol: 1e-13 });
    const lowest = vectors[n - 1].map(Math.abs);
    const sine = lowest.map((_, i) => Math.sqrt(2 / (n + 1)) * Math.sin((Math.PI * (i + 1)) / (n + 1)));
    assertClose(lowest, sine, { atol: 1e-12 });
  });
});

describe('eigenvalues on a thread of their own', () => {
  it('are those of this thread', async () => {
    const [first, second] = await Promise.all([
      eigenvaluesOnThread(secondDifference(30)),
      eigenvaluesOnThread(secondDifference(31)),
    ]);
    assertClose(first, secondDifferenceSpectrum(30), { atol: 1e-13 });
    assertClose(second, secondDifferenceSpectrum(31), { atol: 1e-13 });
  });

  it('are given up when the job is cancelled, and the next matrix is not held up', async () => {
    const controller = new AbortController();
    const given = eigenvaluesOnThread(secondDifference(1200), controller.signal);
    controller.abort();
    await assert.rejects(given, (error) => error instanceof AnalysisError && error.code === 'cancelled');
    assertClose(await eigenvaluesOnThread(secondDifference(5)), secondDifferenceSpectrum(5), { atol: 1e-13 });
  });

  it('of a matrix with an entry that is not finite fail as they would here', async () => {
    const a = symmetricMatrix(3, () => Infinity);
    await assert.rejects(
      eigenvaluesOnThread(a),
      (error) => error instanceof AnalysisError && error.code === 'invalid-input',
    );
  });
});
