import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

import { AnalysisError } from '../errors';
import type { Vector } from './vector';

/** A column of a tall matrix; float32 halves the memory and is as exact as the network it came from. */
export type Column = Float32Array | Float64Array;

/** Eigenpairs of a Gram matrix M ᵀM as the singular values and right singular vectors of M. */
export interface RightSingularVectors {
  /** σ₁ ≥ σ₂ ≥ … above the accuracy of the method (1e-6 σ₁). */
  readonly singularValues: readonly number[];
  /** vᵢ of shape (m,), one a singular value. */
  readonly vectors: readonly Vector[];
}

/** The leading part of M = U Σ Vᵀ. */
export interface LeftSingularVectors {
  /** All σᵢ above 1e-6 σ₁, descending. */
  readonly singularValues: readonly number[];
  /** uᵢ of shape (D,) for the first `count` of them, orthonormal. */
  readonly vectors: readonly Vector[];
}

/** Eigenvalues of MᵀM below ε m σ₁² are rounding; their roots are below 1e-6 σ₁ for every m we can solve. */
const RANK_TOLERANCE = 1e-6;
/** Rows of M worked on at once: 1000 columns of them fit the second-level cache. */
const BLOCK = 512;

/**
 * G = MᵀM, shape (m, m) row-major, of a matrix given by its m columns of length D. m² D / 2 multiplications, m² numbers
 * of memory beside M.
 *
 * @throws AnalysisError 'invalid-input' without columns or where their lengths differ.
 */
export function gramMatrix(columns: readonly Column[]): Float64Array {
  const m = columns.length;
  if (m === 0) throw new AnalysisError('invalid-input', 'matrix must have at least one column, got none');
  const length = columns[0].length;
  for (const column of columns) {
    if (column.length !== length) {
      throw new AnalysisError('invalid-input', `columns must all have length ${length}, got ${column.length}`);
    }
  }
  const gram = new Float64Array(m * m);
  for (let start = 0; start < length; start += BLOCK) {
    const blocks = columns.map((column) => Float64Array.from(column.subarray(start, start + BLOCK)));
    for (let a = 0; a < m; a++) {
      for (let b = 0; b <= a; b++) gram[a * m + b] += blockDot(blocks[a], blocks[b]);
    }
  }
  for (let a = 0; a < m; a++) for (let b = 0; b < a; b++) gram[b * m + a] = gram[a * m + b];
  return gram;
}

/**
 * Singular values and right singular vectors of M from G = MᵀM. Squaring costs half of the digits: σᵢ has a relative
 * error of about 1e-16 (σ₁/σᵢ)², so values below 1e-6 σ₁ are left out as zero. O(m³) time, about 4 m² numbers of memory:
 * 4 MB … 32 MB and up to ten seconds for m = 1000.
 *
 * @param gram - shape (m, m), row-major, symmetric.
 * @see Golub & Van Loan 2013, Matrix Computations, §8.6
 */
export function rightSingularVectors(gram: Float64Array): RightSingularVectors {
  const m = Math.round(Math.sqrt(gram.length));
  const rows = Array.from({ length: m }, (_, a) => gram.subarray(a * m, (a + 1) * m));
  const decomposition = new EigenvalueDecomposition(new Matrix(rows.map((row) => Array.from(row))), {
    assumeSymmetric: true,
  });
  const squares = decomposition.realEigenvalues; // ascending for symmetric matrices
  const order = squares.map((_, i) => i).sort((i, j) => squares[j] - squares[i]);
  const floor = RANK_TOLERANCE ** 2 * squares[order[0]];
  const kept = order.filter((i) => squares[i] > Math.max(floor, 0));
  const eigenvectors = decomposition.eigenvectorMatrix;
  return {
    singularValues: kept.map((i) => Math.sqrt(squares[i])),
    vectors: kept.map((i) => Float64Array.from({ length: m }, (_, row) => eigenvectors.get(row, i))),
  };
}

/**
 * The leading left singular vectors of M, uᵢ = M vᵢ / σᵢ, made orthonormal to rounding (twice Gram–Schmidt in descending
 * order). Beside M it holds `count` vectors of length D and the small problem: 200 × 150,528 are 241 MB.
 *
 * @param columns - the m columns of M, each of length D.
 * @param count - how many vectors at most; fewer come back where the rank is lower.
 * @param gram - MᵀM, where the caller has it already.
 * @throws AnalysisError 'invalid-input' without columns or where their lengths differ.
 */
export function leftSingularVectors(
  columns: readonly Column[],
  count: number,
  gram: Float64Array = gramMatrix(columns),
): LeftSingularVectors {
  const right = rightSingularVectors(gram);
  const vectors: Vector[] = [];
  for (const [i, v] of right.vectors.slice(0, count).entries()) {
    const u = combination(columns, v, 1 / right.singularValues[i]);
    for (let pass = 0; pass < 2; pass++) {
      for (const earlier of vectors) subtractProjection(u, earlier);
      normalise(u);
    }
    vectors.push(u);
  }
  return { singularValues: right.singularValues, vectors };
}

function combination(columns: readonly Column[], weights: Vector, factor: number): Vector {
  const sum = new Float64Array(columns[0].length);
  columns.forEach((column, j) => {
    const weight = weights[j] * factor;
    for (let i = 0; i < sum.length; i++) sum[i] += weight * column[i];
  });
  return sum;
}

function subtractProjection(u: Vector, unit: Vector): void {
  const along = blockDot(u, unit);
  for (let i = 0; i < u.length; i++) u[i] -= along * unit[i];
}

function normalise(u: Vector): void {
  const factor = 1 / Math.sqrt(blockDot(u, u));
  for (let i = 0; i < u.length; i++) u[i] *= factor;
}

function blockDot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
