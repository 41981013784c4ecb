import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

import { AnalysisError } from '../base/errors';
import type { Vector } from './vector';

/** A dense symmetric n × n matrix by the rows of its lower triangle: entry (i, j ≤ i) is at i (i + 1) / 2 + j. */
export interface SymmetricMatrix {
  /** n. */
  readonly dimension: number;
  /** Shape (n (n + 1) / 2,). */
  readonly lower: Float64Array;
}

/**
 * Eigenvalues of a dense symmetric matrix, descending, shape (n,): Householder tridiagonalisation, then QL with
 * implicit shifts, both without eigenvectors. The matrix is used up: its storage is overwritten.
 *
 * Own code because ml-matrix always forms the eigenvectors: on one core n = 784 takes it 5.9 s against 0.6 s here, and
 * n = 3072, 26 s here, was not done after twenty minutes.
 *
 * @throws AnalysisError 'invalid-input' where an entry is not finite.
 * @see Golub & Van Loan, Matrix Computations, 4th ed., §8.3.1; Wilkinson & Reinsch 1971, II/2 (tred1) and II/3 (tql1)
 */
export function symmetricEigenvalues(a: SymmetricMatrix): Float64Array {
  const { diagonal, offDiagonal } = tridiagonalised(a);
  if (![...diagonal, ...offDiagonal].every(Number.isFinite)) {
    throw new AnalysisError('invalid-input', 'the entries of a matrix must be finite for it to have eigenvalues');
  }
  return tridiagonalEigenvalues(diagonal, offDiagonal);
}

/**
 * Eigenpairs of the small symmetric tridiagonal matrix with this diagonal, shape (m,), and off-diagonal, shape (m−1,).
 *
 * @returns values descending, shape (m,), and the unit eigenvector of each, shape (m,).
 */
export function tridiagonalEigen(
  diagonal: readonly number[],
  offDiagonal: readonly number[],
): { readonly values: Float64Array; readonly vectors: readonly Vector[] } {
  const m = diagonal.length;
  const matrix = Matrix.zeros(m, m);
  for (let i = 0; i < m; i++) {
    matrix.set(i, i, diagonal[i]);
    if (i + 1 === m) break;
    matrix.set(i, i + 1, offDiagonal[i]);
    matrix.set(i + 1, i, offDiagonal[i]);
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((i, j) => realEigenvalues[j] - realEigenvalues[i]);
  return {
    values: Float64Array.from(order, (i) => realEigenvalues[i]),
    vectors: order.map((i) => Float64Array.from(eigenvectorMatrix.getColumn(i))),
  };
}

/**
 * Qᵀ A Q tridiagonal, from the last row up; the matrix is used up. The update A ← A − v wᵀ − w vᵀ of one step is done in the same pass over
 * the matrix as the product A v' of the next: the time goes into reading memory.
 *
 * @param reflected - is told each reflection I − u uᵀ / η, of the first u.length coordinates; Q is their product, the first
 *   one leftmost.
 */
export function tridiagonalised(
  matrix: SymmetricMatrix,
  reflected?: (u: Float64Array, eta: number) => void,
): { readonly diagonal: Float64Array; readonly offDiagonal: Float64Array } {
  const { dimension: n, lower: a } = matrix;
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(Math.max(0, n - 1));
  let [v, w] = [new Float64Array(n), new Float64Array(n)]; // the pending update; zero at first
  let [u, p] = [new Float64Array(n), new Float64Array(n)];
  for (let i = n - 1; i >= 0; i--) {
    const row = (i * (i + 1)) / 2;
    for (let k = 0; k <= i; k++) a[row + k] -= v[i] * w[k] + w[i] * v[k];
    diagonal[i] = a[row + i];
    if (i === 0) break;

    // Householder: u = x − β e, β = ∓‖x‖, so that (I − u uᵀ / η) x = β e with e the last unit vector.
    let scale = 0;
    for (let k = 0; k < i; k++) scale = Math.max(scale, Math.abs(a[row + k]));
    let squares = 0;
    for (let k = 0; k < i; k++) {
      u[k] = scale === 0 ? 0 : a[row + k] / scale;
      squares += u[k] * u[k];
    }
    const beta = u[i - 1] > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    const eta = squares - u[i - 1] * beta;
    u[i - 1] -= beta;
    offDiagonal[i - 1] = scale * beta;

    if (eta > 0) reflected?.(u.slice(0, i), eta);
    p.fill(0);
    for (let j = 0, at = 0; j < i; j++) {
      const [vj, wj, uj] = [v[j], w[j], u[j]];
      let sum = 0;
      for (let k = 0; k < j; k++, at++) {
        const value = a[at] - vj * w[k] - wj * v[k];
        a[at] = value;
        sum += value * u[k];
        p[k] += value * uj;
      }
      a[at] -= 2 * vj * wj;
      p[j] += sum + a[at++] * uj;
    }
    [v, u] = [u, v];
    [w, p] = [p, w];
    if (eta === 0) {
      v.fill(0);
      w.fill(0);
      continue;
    }
    let vTw = 0;
    for (let k = 0; k < i; k++) {
      w[k] /= eta;
      vTw += v[k] * w[k];
    }
    for (let k = 0; k < i; k++) w[k] -= (vTw / (2 * eta)) * v[k];
  }
  return { diagonal, offDiagonal };
}

/** Eigenvalues of a symmetric tridiagonal matrix, descending, by QL with implicit shifts; the diagonal is used up. */
export function tridiagonalEigenvalues(d: Float64Array, offDiagonal: Float64Array): Float64Array {
  const n = d.length;
  const e = new Float64Array(n);
  e.set(offDiagonal);
  // Entries of order 1, so that no square below under- or overflows.
  const size = [...d, ...e].reduce((largest, entry) => Math.max(largest, Math.abs(entry)), 0) || 1;
  for (let i = 0; i < n; i++) {
    d[i] /= size;
    e[i] /= size;
  }
  const splits = (i: number): boolean =>
    Math.abs(e[i]) <= Math.max(Number.EPSILON * (Math.abs(d[i]) + Math.abs(d[i + 1])), 1e-100);
  for (let l = 0; l < n; l++) {
    for (;;) {
      let m = l;
      while (m < n - 1 && !splits(m)) m++;
      if (m === l) break;
      shiftedSweep(d, e, l, m);
    }
  }
  return d
    .map((value) => size * value)
    .sort()
    .reverse();
}

/** One implicit QL sweep on rows l … m, shifted by the eigenvalue of the leading 2 × 2 block nearer to d[l]. */
function shiftedSweep(d: Float64Array, e: Float64Array, l: number, m: number): void {
  const half = (d[l + 1] - d[l]) / (2 * e[l]);
  const root = Math.hypot(half, 1);
  let g = d[m] - d[l] + e[l] / (half + (half >= 0 ? root : -root));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i];
    const b = c * e[i];
    const r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] -= p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    const t = (d[i] - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
  }
  d[l] -= p;
  e[l] = g;
  e[m] = 0;
}
