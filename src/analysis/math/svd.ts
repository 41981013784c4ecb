import { AnalysisError } from '../base/errors';
import { leadingEigenpairsOnThread } from './eigenThread';
import { pause } from './pause';
import { dot, norm, type Vector } from './vector';

/** A column of a tall matrix; float32 halves the memory and is as exact as the network it came from. */
export type Column = Float32Array | Float64Array;

/** Eigenpairs of a Gram matrix M ᵀM as the singular values and right singular vectors of M. */
export interface RightSingularVectors {
  /** σ₁ ≥ σ₂ ≥ … above the accuracy of the method (1e-6 σ₁). */
  readonly singularValues: readonly number[];
  /** vᵢ of shape (m,), for the first singular values. */
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
 * @throws AnalysisError 'invalid-input' without columns or where their lengths differ; the signal's reason.
 */
export async function gramMatrix(columns: readonly Column[], signal?: AbortSignal): Promise<Float64Array> {
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
    addBlock(gram, rowBlock(columns, start));
    await pause(signal);
  }
  for (let a = 0; a < m; a++) for (let b = 0; b < a; b++) gram[b * m + a] = gram[a * m + b];
  return gram;
}

/**
 * Singular values of M and its leading right singular vectors from G = MᵀM. Squaring costs half of the digits: σᵢ has a
 * relative error of about 1e-16 (σ₁/σᵢ)², so values below 1e-6 σ₁ are left out as zero. O(m³) time, about m² numbers of
 * memory beside G: a second or two and 8 MB for m = 1000.
 *
 * @param gram - shape (m, m), row-major, symmetric.
 * @param count - how many vectors at most.
 * @throws AnalysisError 'cancelled' as soon as the signal aborts.
 * @see Golub & Van Loan 2013, Matrix Computations, §8.6
 */
export async function rightSingularVectors(
  gram: Float64Array,
  count: number,
  signal?: AbortSignal,
): Promise<RightSingularVectors> {
  const m = Math.round(Math.sqrt(gram.length));
  const lower = new Float64Array((m * (m + 1)) / 2);
  for (let i = 0, at = 0; i < m; i++) for (let j = 0; j <= i; j++) lower[at++] = gram[i * m + j];
  const { values, vectors } = await leadingEigenpairsOnThread({ dimension: m, lower }, count, signal);
  const floor = Math.max(0, RANK_TOLERANCE ** 2 * values[0]);
  const rank = values.filter((value) => value > floor).length;
  return { singularValues: Array.from(values.subarray(0, rank), Math.sqrt), vectors: vectors.slice(0, rank) };
}

/**
 * The leading left singular vectors of M, uᵢ = M vᵢ / σᵢ, made orthonormal to rounding (twice Gram–Schmidt in descending
 * order). Beside M it holds `count` vectors of length D and the small problem: 200 × 150,528 are 241 MB.
 *
 * @param columns - the m columns of M, each of length D.
 * @param count - how many vectors at most; fewer come back where the rank is lower.
 * @param gram - MᵀM.
 * @throws AnalysisError 'cancelled' as soon as the signal aborts; the signal's reason.
 */
export async function leftSingularVectors(
  columns: readonly Column[],
  count: number,
  gram: Float64Array,
  signal?: AbortSignal,
): Promise<LeftSingularVectors> {
  const right = await rightSingularVectors(gram, count, signal);
  const length = columns[0].length;
  const vectors = right.vectors.map(() => new Float64Array(length));
  for (let start = 0; start < length; start += BLOCK) {
    const block = rowBlock(columns, start);
    vectors.forEach((u, i) => {
      addCombination(u.subarray(start, start + BLOCK), block, right.vectors[i], 1 / right.singularValues[i]);
    });
    await pause(signal);
  }
  for (const [i, u] of vectors.entries()) {
    for (let pass = 0; pass < 2; pass++) {
      for (const earlier of vectors.slice(0, i)) subtractProjection(u, earlier);
      normalise(u);
    }
    await pause(signal);
  }
  return { singularValues: right.singularValues, vectors };
}

/** Rows start … start + BLOCK of every column, in double precision. */
function rowBlock(columns: readonly Column[], start: number): Float64Array[] {
  return columns.map((column) => new Float64Array(column.subarray(start, start + BLOCK)));
}

/** Adds BᵀB of a block of rows to the lower triangle; two columns by two, so that four sums run side by side. */
function addBlock(gram: Float64Array, block: readonly Float64Array[]): void {
  const m = block.length;
  for (let a = 0; a < m; a += 2) {
    const a0 = block[a];
    const a1 = block[Math.min(a + 1, m - 1)];
    for (let b = 0; b <= a; b += 2) {
      const b0 = block[b];
      const b1 = block[Math.min(b + 1, m - 1)];
      let [s00, s01, s10, s11] = [0, 0, 0, 0];
      for (let i = 0; i < a0.length; i++) {
        s00 += a0[i] * b0[i];
        s01 += a0[i] * b1[i];
        s10 += a1[i] * b0[i];
        s11 += a1[i] * b1[i];
      }
      gram[a * m + b] += s00;
      if (b + 1 < m) gram[a * m + b + 1] += s01;
      if (a + 1 < m) gram[(a + 1) * m + b] += s10;
      if (a + 1 < m && b + 1 < m) gram[(a + 1) * m + b + 1] += s11;
    }
  }
}

function addCombination(sum: Vector, block: readonly Float64Array[], weights: Vector, factor: number): void {
  block.forEach((column, j) => {
    const weight = weights[j] * factor;
    for (let i = 0; i < sum.length; i++) sum[i] += weight * column[i];
  });
}

function subtractProjection(u: Vector, unit: Vector): void {
  const along = dot(u, unit);
  for (let i = 0; i < u.length; i++) u[i] -= along * unit[i];
}

function normalise(u: Vector): void {
  const factor = 1 / norm(u);
  for (let i = 0; i < u.length; i++) u[i] *= factor;
}
