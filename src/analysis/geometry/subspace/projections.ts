import type { ImageLayout } from '../../../protocol/words';
import { AnalysisError } from '../../base/errors';
import { dirichletWeights } from '../../math/dirichlet';
import type { Random } from '../../math/random';
import { standardDeviation } from '../../math/statistics';
import { type Column, type RightSingularVectors, rightSingularVectors } from '../../math/svd';
import { dot, type Vector } from '../../math/vector';
import type { SharedDirections } from './sharedDirections';

/** The kinds of perturbation in the paper's table 1. */
export const PERTURBATIONS = ['random', 'adversarial', 'difference', 'imageGradient'] as const;
/** One of the rows of the table: a random direction, r(x), x₂ − x₁, ∇x. */
export type Perturbation = (typeof PERTURBATIONS)[number];

/** A perturbation as the table needs it: without its D entries. */
export interface PerturbationCoordinates {
  /** Mᵀ v of each vector that it consists of (∇x has two), shape (m,). */
  readonly coordinates: readonly Vector[];
  /** Σ ‖v‖². */
  readonly squaredNorm: number;
}

/** A row of the projection table: ‖P_S v‖ / ‖v‖ over images. */
export interface ProjectionShare {
  readonly mean: number;
  /** Over training images (which make S) and the images whose perturbations these are, both drawn anew. */
  readonly standardError: number;
}

/** The projection table, with the root mean square that random directions have. */
export interface ProjectionTable extends Readonly<Record<Perturbation, ProjectionShare | null>> {
  /** √(d / D). */
  readonly expected: number;
}

/** How the values of x lie on the image. */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly layout: ImageLayout;
}

/** How the bootstrap runs. */
export interface BootstrapOptions {
  readonly replicates?: number;
  readonly progress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Replicates of the bootstrap: each one is an eigenproblem of up to m × m, so they are few. */
const REPLICATES = 25;

/**
 * ∇x, the spatial gradient of an image: forward differences of every channel to the right and down, 0 at the last column
 * and row. A pair of vectors of shape (D,), taken together as one perturbation: ‖P_S ∇x‖² is the sum over both. (The
 * paper names ∇x without a definition; this one has no preferred axis and is linear in x.)
 *
 * @throws AnalysisError 'invalid-input' where the shape has not D values.
 */
export function spatialGradient(x: Vector, { height, width, channels, layout }: ImageShape): [Vector, Vector] {
  if (height * width * channels !== x.length) {
    throw new AnalysisError(
      'invalid-input',
      `image shape must hold ${x.length} values, got ${height} × ${width} × ${channels}`,
    );
  }
  const [rowStride, columnStride, channelStride] =
    layout === 'nchw' ? [width, 1, height * width] : [width * channels, channels, 1];
  const right = new Float64Array(x.length);
  const down = new Float64Array(x.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const at = channel * channelStride + row * rowStride + column * columnStride;
        if (column + 1 < width) right[at] = x[at + columnStride] - x[at];
        if (row + 1 < height) down[at] = x[at + rowStride] - x[at];
      }
    }
  }
  return [right, down];
}

/**
 * Mᵀ v and ‖v‖² of a perturbation: all that the table and its bootstrap need of it, m numbers instead of D.
 *
 * @param columns - the m columns of M, in the order that made the shared directions.
 * @param vectors - the perturbation; several where it has several parts.
 */
export function perturbationCoordinates(
  columns: readonly Column[],
  vectors: readonly Vector[],
): PerturbationCoordinates {
  return {
    coordinates: vectors.map((v) => Float64Array.from(columns, (column) => mixedDot(column, v))),
    squaredNorm: vectors.reduce((sum, v) => sum + dot(v, v), 0),
  };
}

/**
 * The projection table: for each kind of perturbation the mean over images of ‖P_S v‖ / ‖v‖, with a bootstrap over the
 * training images (which ones were drawn moves "adversarial" more than any setting does) and over the perturbed ones. It
 * is the Bayesian one: images get random weights instead of being redrawn, since 63 % of few training images would span
 * fewer dimensions than S has. uᵢᵀ v = vᵢᵀ (Mᵀ v) / σᵢ, and a weighted M has the weighted Gram matrix: neither needs M.
 * Holds 3 m² numbers. Each of the 25 replicates solves an eigenproblem of size m: two seconds for m = 1000.
 *
 * @param perturbations - any number of each kind; zero vectors are left out. A kind without any has no share: null.
 * @throws AnalysisError 'cancelled' when the signal aborts.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, table 1; Rubin 1981, The
 *   Bayesian Bootstrap
 */
export async function projectionTable(
  shared: Pick<SharedDirections, 'directions' | 'gram' | 'columnsPerImage'>,
  perturbations: Readonly<Record<Perturbation, readonly PerturbationCoordinates[]>>,
  random: Random,
  { replicates = REPLICATES, progress, signal }: BootstrapOptions = {},
): Promise<ProjectionTable> {
  const rows = PERTURBATIONS.map((kind) => perturbations[kind].filter((p) => p.squaredNorm > 0));
  const d = shared.directions.length;
  /** Means over the rows, with one weight a training image and one a perturbed image. */
  const means = async (training: Float64Array, perturbed: readonly Float64Array[]): Promise<number[]> => {
    const roots = Float64Array.from(
      shared.columnsPerImage.flatMap((n, i) => new Array<number>(n).fill(training[i] ** 0.5)),
    );
    const right = await rightSingularVectors(weightedGram(shared.gram, roots), d, signal);
    const shares = weightedShares(right, roots);
    return rows.map((row, i) => dot(perturbed[i], Float64Array.from(row, shares)));
  };
  const { length: images } = shared.columnsPerImage;
  const observed = await means(
    new Float64Array(images).fill(1),
    rows.map(({ length }) => new Float64Array(length).fill(1 / length)),
  );
  const redrawn: number[][] = [];
  while (redrawn.length < replicates) {
    progress?.(redrawn.length, replicates);
    const training = dirichletWeights(images, random).map((weight) => weight * images);
    const perturbed = rows.map(({ length }) => dirichletWeights(length, random));
    redrawn.push(await means(training, perturbed));
  }
  const share = (kind: Perturbation): ProjectionShare | null => {
    const i = PERTURBATIONS.indexOf(kind);
    if (rows[i].length === 0) return null;
    const standardError = standardDeviation(
      redrawn.map((replicate) => replicate[i]),
      1,
    );
    return { mean: observed[i], standardError };
  };
  return {
    random: share('random'),
    adversarial: share('adversarial'),
    difference: share('difference'),
    imageGradient: share('imageGradient'),
    expected: Math.sqrt(d / shared.directions[0].length),
  };
}

/** (√wₐ √w_b Gₐ_b), shape (m, m). */
function weightedGram(gram: Float64Array, roots: Float64Array): Float64Array {
  const m = roots.length;
  return gram.map((entry, at) => roots[Math.floor(at / m)] * roots[at % m] * entry);
}

/** ‖P_S v‖ / ‖v‖ of a perturbation, for the S of the weighted columns. */
function weightedShares(
  { singularValues, vectors }: RightSingularVectors,
  roots: Float64Array,
): (perturbation: PerturbationCoordinates) => number {
  const basis = vectors.map((v, i) => v.map((entry, j) => (entry * roots[j]) / singularValues[i]));
  return ({ coordinates, squaredNorm }) => {
    let projected = 0;
    for (const along of coordinates) for (const v of basis) projected += dot(v, along) ** 2;
    return Math.sqrt(projected / squaredNorm);
  };
}

function mixedDot(column: Column, v: Vector): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += column[i] * v[i];
  return sum;
}
