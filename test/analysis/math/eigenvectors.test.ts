import assert from 'node:assert/strict';

import { AnalysisError } from '../../../src/analysis/base/errors';
import type { SymmetricMatrix } from '../../../src/analysis/math/eigen';
import { leadingEigenpairs } from '../../../src/analysis/math/eigenvectors';
import { gaussianVector, seededRandom } from '../../../src/analysis/math/random';
import { dot, type Vector } from '../../../src/analysis/math/vector';
import { assertClose } from '../../support/assertClose';

function symmetricMatrix(dimension: number, entry: (i: number, j: number) => number): SymmetricMatrix {
  const lower = new Float64Array((dimension * (dimension + 1)) / 2);
  for (let i = 0, at = 0; i < dimension; i++) for (let j = 0; j <= i; j++) lower[at++] = entry(i, j);
  return { dimension, lower };
}

function product({ dimension, lower }: SymmetricMatrix, v: Vector): Vector {
  const at = (i: number, j: number): number => (i * (i + 1)) / 2 + j;
  return Float64Array.from({ length: dimension }, (_, i) =>
    v.reduce((sum, vj, j) => sum + lower[i >= j ? at(i, j) : at(j, i)] * vj, 0),
  );
}

/** That A vₖ = λₖ vₖ and that the vectors are orthonormal, to rounding relative to the largest eigenvalue. */
function assertEigenpairs(a: SymmetricMatrix, count: number): void {
  const copy = { ...a, lower: a.lower.slice() };
  const { values, vectors } = leadingEigenpairs(copy, count);
  const size = Math.max(...values.map(Math.abs)) || 1;
  assert.equal(values.length, a.dimension);
  assert.equal(vectors.length, Math.min(count, a.dimension));
  vectors.forEach((v, k) => {
    assertClose(
      product(a, v).map((entry) => entry / size),
      v.map((entry) => (values[k] * entry) / size),
      { atol: 1e-13 },
    );
    vectors.forEach((other, l) => {
      assertClose([dot(v, other)], [k === l ? 1 : 0], { atol: 1e-13 });
    });
  });
}

describe('leading eigenvectors of a dense symmetric matrix', () => {
  it('of random matrices satisfy A v = λ v and are orthonormal', () => {
    const random = seededRandom(1);
    for (const n of [1, 2, 3, 8, 60, 120]) {
      const a = symmetricMatrix(n, () => random() - 0.5);
      assertEigenpairs(a, n);
      assertEigenpairs(a, Math.ceil(n / 3));
    }
  });

  it('of the second-difference matrix are sines', () => {
    const n = 40;
    const { vectors } = leadingEigenpairs(
      symmetricMatrix(n, (i, j) => (i === j ? 2 : i === j + 1 ? -1 : 0)),
      5,
    );
    vectors.forEach((v, k) => {
      const sine = Float64Array.from({ length: n }, (_, i) => Math.sin((Math.PI * (n - k) * (i + 1)) / (n + 1)));
      assertClose([Math.abs(dot(v, sine)) / Math.sqrt((n + 1) / 2)], [1], { rtol: 1e-13 });
    });
  });

  it('of equal eigenvalues are an orthonormal basis all the same: identity, zero, blocks, a rank below n', () => {
    const factors = Array.from({ length: 3 }, (_, i) => gaussianVector(30, seededRandom(2, i)));
    assertEigenpairs(
      symmetricMatrix(20, (i, j) => (i === j ? 1 : 0)),
      20,
    );
    assertEigenpairs(
      symmetricMatrix(7, () => 0),
      7,
    );
    assertEigenpairs(
      symmetricMatrix(24, (i, j) => (Math.floor(i / 4) === Math.floor(j / 4) ? 1 : 0)),
      24,
    );
    assertEigenpairs(
      symmetricMatrix(30, (i, j) => factors.reduce((sum, u) => sum + u[i] * u[j], 0)),
      30,
    );
  });

  it('do not depend on the size of the entries', () => {
    for (const size of [1e-120, 1e120]) {
      const random = seededRandom(3);
      assertEigenpairs(
        symmetricMatrix(25, () => size * (random() - 0.5)),
        10,
      );
    }
  });

  it('are the same whenever they are asked for', () => {
    const matrix = (): SymmetricMatrix => symmetricMatrix(50, (i, j) => Math.cos(i * j + i + j));
    assert.deepEqual(leadingEigenpairs(matrix(), 20), leadingEigenpairs(matrix(), 20));
  });

  it('asks for finite entries', () => {
    assert.throws(
      () =>
        leadingEigenpairs(
          symmetricMatrix(3, () => NaN),
          1,
        ),
      {
        name: AnalysisError.name,
        code: 'invalid-input',
      },
    );
  });
});
