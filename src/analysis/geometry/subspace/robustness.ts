import { AnalysisError } from '../../base/errors';
import { type BootstrapInterval, bootstrapMean } from '../../math/bootstrap';
import { gaussianVector, type Random } from '../../math/random';
import { mean, type RateInterval, wilsonInterval } from '../../math/statistics';
import { addScaled, dot, norm, scale, type Vector } from '../../math/vector';
import type { Classifier } from '../../model/classifier';
import { predictedLabel } from '../logits';

/** Where noise is drawn from: the unit sphere of S, of S⊥, of R^D. */
export const NOISE_SPACES = ['shared', 'orthogonal', 'uniform'] as const;
/** One of the spheres that noise is drawn from. */
export type NoiseSpace = (typeof NOISE_SPACES)[number];

/** Whether the label of one image changed, by sphere and level; shape (levels,) each. */
export type LabelFlips = Readonly<Record<NoiseSpace, readonly boolean[]>>;

/** Misclassification rate against noise: the paper's figure 7. */
export interface RobustnessCurves extends Readonly<Record<NoiseSpace, readonly RateInterval[]>> {
  /** ‖noise‖₂ / typical norm of the images. */
  readonly noise: readonly number[];
}

/** Noise of unit length, one vector a sphere; S⊥ and R^D share their Gaussian, so that they compare image by image. */
export function unitNoise(
  directions: readonly Vector[],
  dimension: number,
  random: Random,
): Record<NoiseSpace, Vector> {
  const coefficients = gaussianVector(directions.length, random);
  const shared = new Float64Array(dimension);
  directions.forEach((u, i) => {
    for (let j = 0; j < dimension; j++) shared[j] += coefficients[i] * u[j];
  });
  const anywhere = gaussianVector(dimension, random);
  const orthogonal = anywhere.slice();
  for (const u of directions) {
    const along = dot(orthogonal, u);
    for (let j = 0; j < dimension; j++) orthogonal[j] -= along * u[j];
  }
  return { shared: unit(shared), orthogonal: unit(orthogonal), uniform: unit(anywhere) };
}

/**
 * Whether noise of each radius, drawn once from each sphere, changes the label of x. 3 · levels + 1 forward passes; holds
 * four vectors a level.
 *
 * @param directions - an orthonormal basis of S, at least one and fewer than D.
 * @param radii - ‖noise‖₂ of each level, in units of x.
 * @throws AnalysisError 'invalid-input' where S is nothing or everything.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, figure 7
 */
export async function labelFlips(
  classifier: Classifier,
  x: Vector,
  directions: readonly Vector[],
  radii: readonly number[],
  random: Random,
): Promise<LabelFlips> {
  if (directions.length === 0 || directions.length >= x.length) {
    throw new AnalysisError(
      'invalid-input',
      `shared directions must be between 1 and D − 1 = ${x.length - 1}, got ${directions.length}`,
    );
  }
  const label = predictedLabel(await classifier.logits(x));
  const byLevel = await Promise.all(
    radii.map(async (radius) => {
      const noise = unitNoise(directions, x.length, random);
      return Promise.all(
        NOISE_SPACES.map(
          async (space) => predictedLabel(await classifier.logits(addScaled(x, radius, noise[space]))) !== label,
        ),
      );
    }),
  );
  const flips = (index: number) => byLevel.map((level) => level[index]);
  return { shared: flips(0), orthogonal: flips(1), uniform: flips(2) };
}

/**
 * The misclassification rates of many images, with Wilson bands (one draw an image and level).
 *
 * @throws AnalysisError 'invalid-input' without images.
 */
export function robustnessCurves(noise: readonly number[], images: readonly LabelFlips[]): RobustnessCurves {
  const rates = (space: NoiseSpace) =>
    noise.map((_, level) => wilsonInterval(images.filter((flips) => flips[space][level]).length, images.length));
  return { noise, shared: rates('shared'), orthogonal: rates('orthogonal'), uniform: rates('uniform') };
}

/**
 * Rate everywhere minus rate in S⊥ on the same images, over all levels, resampled by image: positive where S⊥ is the safer
 * place.
 */
export function orthogonalAdvantage(images: readonly LabelFlips[], random: Random): BootstrapInterval {
  const differences = images.map(({ uniform, orthogonal }) =>
    mean(uniform.map((flipped, level) => Number(flipped) - Number(orthogonal[level]))),
  );
  return bootstrapMean(differences, random);
}

function unit(v: Vector): Vector {
  return scale(v, 1 / norm(v));
}
