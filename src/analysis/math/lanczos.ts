import { tridiagonalEigen } from './eigen';
import { addScaled, dot, norm, scale, type Vector } from './vector';

/** A symmetric matrix A, known only by what it does to vectors. */
export interface SymmetricOperator {
  /** Length n of the vectors. */
  readonly dimension: number;
  /** Returns A v, shape (n,). */
  apply(v: Vector): Promise<Vector>;
}

/** Approximate eigenpairs of A from a Krylov space of dimension m. */
export interface RitzPairs {
  /** θ, descending, shape (m,). */
  readonly values: Float64Array;
  /** ‖A y − θ y‖ for the Ritz vector y of each value, shape (m,): an eigenvalue of A lies within it. */
  readonly residuals: Float64Array;
  /** The unit Ritz vector y of values[i], shape (n,). */
  readonly vector: (i: number) => Vector;
}

/** How far `lanczos` goes. */
export interface LanczosSettings {
  /** The largest m, and the largest number of products A v. */
  readonly steps: number;
  /** Asked after every tenth step whether the pairs found so far will do. */
  readonly enough?: (pairs: Pick<RitzPairs, 'values' | 'residuals'>) => boolean;
}

/**
 * Ritz pairs of A by the Lanczos iteration with full reorthogonalisation. Where the Krylov space is exhausted before
 * `steps` (A has few distinct eigenvalues, or kept to a subspace), it goes on from a new vector orthogonal to all
 * earlier ones, so that multiple eigenvalues are found as often as they occur; it ends when there is no such vector.
 *
 * @param draw - random unit vectors, shape (n,), of the subspace in question: the first starts the iteration.
 * @see Golub & Van Loan, Matrix Computations, 4th ed., §10.1 and §10.3.4
 */
export async function lanczos(
  a: SymmetricOperator,
  draw: () => Vector,
  { steps, enough }: LanczosSettings,
): Promise<RitzPairs> {
  const basis: Vector[] = [];
  const diagonal: number[] = [];
  const offDiagonal: number[] = [];
  let largest = 0;
  let next: Vector | undefined = draw();
  let beta = 0;
  while (next !== undefined && basis.length < steps) {
    const q: Vector = next;
    if (basis.length > 0) offDiagonal.push(beta);
    basis.push(q);
    const product = await a.apply(q);
    const alpha = dot(q, product);
    diagonal.push(alpha);
    const rest = orthogonalised(product, basis);
    beta = norm(rest);
    largest = Math.max(largest, Math.abs(alpha), beta);
    if (beta > 1e-10 * largest) {
      next = scale(rest, 1 / beta);
    } else {
      beta = 0;
      next = newDirection(draw(), basis);
    }
    const m = basis.length;
    if (enough && m % 10 === 0 && m < steps && enough(ritzPairs(diagonal, offDiagonal, beta, basis))) break;
  }
  return ritzPairs(diagonal, offDiagonal, beta, basis);
}

/** v − Q Qᵀ v for an orthonormal basis, twice: once leaves rounding errors as large as what was taken away. */
export function orthogonalised(v: Vector, basis: readonly Vector[]): Vector {
  let rest = v;
  for (let pass = 0; pass < 2; pass++) {
    for (const q of basis) rest = addScaled(rest, -dot(q, rest), q);
  }
  return rest;
}

/** The unit vector along the part of v outside the span of the basis; undefined where v lies in it. */
function newDirection(v: Vector, basis: readonly Vector[]): Vector | undefined {
  const rest = orthogonalised(v, basis);
  const length = norm(rest);
  return length > 1e-8 ? orthogonalised(scale(rest, 1 / length), basis) : undefined;
}

function ritzPairs(
  diagonal: readonly number[],
  offDiagonal: readonly number[],
  beta: number,
  basis: readonly Vector[],
): RitzPairs {
  const { values, vectors } = tridiagonalEigen(diagonal, offDiagonal);
  const m = values.length;
  return {
    values,
    residuals: Float64Array.from(vectors, (s) => beta * Math.abs(s[m - 1])),
    vector(i) {
      let y: Vector = new Float64Array(basis[0].length);
      for (let j = 0; j < m; j++) y = addScaled(y, vectors[i][j], basis[j]);
      return scale(y, 1 / norm(y));
    },
  };
}
