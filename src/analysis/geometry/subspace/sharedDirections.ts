import { AnalysisError } from '../../base/errors';
import { type Random, tangentUnitVector } from '../../math/random';
import { mean, quantile } from '../../math/statistics';
import { type Column, gramMatrix, leftSingularVectors } from '../../math/svd';
import { addScaled, dot, norm, scale, type Vector } from '../../math/vector';
import { inChunks } from '../chunks';

/** Tangent vectors that stand for E_v |κ(z, v)|. */
export const REFERENCE_TANGENTS = 64;

/** The subspace S in which the decision boundary is curved near many images. */
export interface SharedDirections {
  /** u₁, u₂, … orthonormal, shape (D,) each; they span S. */
  readonly directions: readonly Vector[];
  /** Of M, descending. */
  readonly singularValues: readonly number[];
  /** MᵀM, shape (m, m) row-major: with it a bootstrap over images never needs M again. */
  readonly gram: Float64Array;
  /** The number of columns that each image gave, in the order of the columns of M. */
  readonly columnsPerImage: readonly number[];
  /** Why S has fewer dimensions than were asked for; null where it has them all. */
  readonly limitedBy: 'input' | 'images' | null;
}

/** How curved the boundary at one z is along the shared directions. */
export interface RelativeCurvatures {
  /** ρᵢ(z), shape (d,); null where the boundary is flat in all the reference tangents. */
  readonly rho: Float64Array | null;
  /** E_v |κ(z, v)| over the reference tangents, in 1 / (unit of x). */
  readonly meanAbsoluteCurvature: number;
}

/** ρᵢ over images: the mean, and between which values the middle 80 % of the images lie. */
export interface RhoBand {
  readonly mean: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

/**
 * The left singular vectors of M, whose columns are directions of large |κ| at the boundary points of many images.
 * S has at most half of the D dimensions: were it nearly all of R^D, everything would lie in it. M should have at least as many columns as S has dimensions. Beside M it holds
 * d vectors of length D and two m × m matrices: 241 MB and 32 MB at D = 150,528, d = 200, m = 1000 (M itself: 0.6 GB in
 * single precision).
 *
 * @param images - the directions of each image, unit vectors of shape (D,).
 * @param dimension - d, the most dimensions of S.
 * @throws AnalysisError 'invalid-input' without directions or for d < 1; 'cancelled' when the signal aborts.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, §4
 */
export async function sharedDirections(
  images: readonly (readonly Column[])[],
  dimension: number,
  signal?: AbortSignal,
): Promise<SharedDirections> {
  if (!(dimension >= 1)) throw new AnalysisError('invalid-input', `dimension must be 1 or more, got ${dimension}`);
  const columns = images.flat();
  const gram = await gramMatrix(columns, signal);
  const inputLimit = Math.max(1, Math.floor(columns[0].length / 2));
  const count = Math.min(dimension, inputLimit);
  const { vectors, singularValues } = await leftSingularVectors(columns, count, gram, signal);
  const limit = vectors.length === inputLimit ? 'input' : 'images';
  return {
    directions: vectors,
    singularValues,
    gram,
    columnsPerImage: images.map((directions) => directions.length),
    limitedBy: vectors.length < dimension ? limit : null,
  };
}

/**
 * ρᵢ(z) = |κ(z, Puᵢ/‖Puᵢ‖)| ‖Puᵢ‖² / E_v |κ(z, v)|: how curved the boundary is along uᵢ, relative to random tangents; 1 is
 * as curved as anywhere. Holds one chunk of tangents (32 MB).
 *
 * @param curvature - κ(z, v) for a unit tangent v, or κ̃_h at one step h for all of them.
 * @param normal - n at z, unit, shape (D,).
 * @param directions - u₁, u₂, …, unit, shape (D,) each; from images other than this one.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, §4
 */
export async function relativeCurvatures(
  curvature: (tangent: Vector) => Promise<number>,
  normal: Vector,
  directions: readonly Vector[],
  random: Random,
  samples: number = REFERENCE_TANGENTS,
): Promise<RelativeCurvatures> {
  const numerators = await inChunks(directions.length, normal.length, async (i) => {
    const tangent = addScaled(directions[i], -dot(directions[i], normal), normal);
    const length = norm(tangent);
    // A direction along n has no tangent part to speak of: its share ‖Pu‖² is 0.
    return length < 1e-6 ? 0 : Math.abs(await curvature(scale(tangent, 1 / length))) * length ** 2;
  });
  const references = await inChunks(samples, normal.length, async () =>
    Math.abs(await curvature(tangentUnitVector(normal, random))),
  );
  const meanAbsoluteCurvature = mean(references);
  const rho = meanAbsoluteCurvature > 0 ? Float64Array.from(numerators, (n) => n / meanAbsoluteCurvature) : null;
  return { rho, meanAbsoluteCurvature };
}

/**
 * ρᵢ over images, index by index: the mean and the 10 % and 90 % quantiles over images.
 *
 * @throws AnalysisError 'invalid-input' without images.
 */
export function rhoBand(images: readonly Float64Array[]): RhoBand {
  if (images.length === 0) throw new AnalysisError('invalid-input', 'ρ needs at least one image, got none');
  const byIndex = Array.from(images[0], (_, i) => images.map((rho) => rho[i]));
  return {
    mean: byIndex.map((values) => mean(values)),
    lower: byIndex.map((values) => quantile(values, 0.1)),
    upper: byIndex.map((values) => quantile(values, 0.9)),
  };
}
