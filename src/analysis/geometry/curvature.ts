import type { CurvatureMethod } from '../../protocol/words';
import { AnalysisError } from '../base/errors';
import { eigenvaluesOnThread } from '../math/eigenThread';
import { type Random, tangentUnitVector } from '../math/random';
import { mean, standardDeviation } from '../math/statistics';
import type { Vector } from '../math/vector';
import type { Classifier } from '../model/classifier';
import { inChunks } from './chunks';
import { resolvedCurvatures, tangentCurvatures } from './curvatureAtScale';
import { type LevelSetPoint, levelSetPoint } from './levelSet';
import type { ClassPair } from './margin';
import { type PrincipalDirection, principalDirections, principalDirectionsAtScale } from './principalDirections';
import { normalCurvature, tangentMatrix } from './shapeOperator';

/** The methods that take the network as it is: `smoothed` is `exact` on a stand-in. */
type MeasuredMethod = Exclude<CurvatureMethod, 'smoothed'>;

/** What is measured of the curvature at a point, and how. */
export interface CurvatureSettings {
  /** `auto`: `exact` by Hessian–vector products for smooth networks, `finite-difference` at scale h for others. */
  readonly method: 'auto' | MeasuredMethod;
  /** Principal curvatures, half from each end. `all` D − 1 for smooth networks with D ≤ 4096. */
  readonly eigenvalues: number | 'all';
  /** h, in units of the input; needed for finite differences. */
  readonly step?: number;
  /** Random tangents for the mean curvature; `usualTangents` by default. */
  readonly samples?: number;
  /** Ends the dense eigenvalues. */
  readonly signal?: AbortSignal;
}

/**
 * What a reader of the numbers must know. `not-converged`: a principal direction was still moving. `step-doubled`: h is
 * larger than asked for, by the float32 guard. `below-float32`: the boundary is flat to float32 at h, the curvatures are
 * rounding. `ends-only`: the whole spectrum was asked for, but exists only for smooth networks with D ≤ 4096.
 * `lanczos-disagrees`: an end found by Lanczos is over 1 % off the dense spectrum.
 */
export type CurvatureFlag = 'not-converged' | 'step-doubled' | 'below-float32' | 'ends-only' | 'lanczos-disagrees';

/** The curvature of a level set at one point. All curvatures in 1 / (unit of x), positive: convex seen from the label. */
export interface Curvature {
  readonly method: MeasuredMethod;
  /** h; null where exact. */
  readonly step: number | null;
  /** ‖∇F(z)‖. */
  readonly gradientNorm: number;
  /** Descending. All D − 1 of the dense spectrum, else one for each of `directions`. */
  readonly principalCurvatures: readonly number[];
  /** The directions at the two ends, descending by their curvature. */
  readonly directions: readonly PrincipalDirection[];
  readonly flags: readonly CurvatureFlag[];
  /** (|κ_min| − κ_max) / (|κ_min| + κ_max); 1 where κ_max < 0; null on a flat boundary. */
  readonly asymmetry: number | null;
  /** E κ over the unit sphere of the tangent space = tr S / (D − 1). */
  readonly meanCurvature: number;
  /** 0 where the trace is known. */
  readonly meanCurvatureStandardError: number;
  /** Share of principal curvatures below 1 % of the largest in size; null unless the whole spectrum is known. */
  readonly nearZeroShare: number | null;
  /** κ or κ̃_h along random tangents, uniform on the sphere of the tangent space. */
  readonly tangentCurvatures: Float64Array;
}

/** Random tangents for a mean curvature. */
export const usualTangents = 24;

/** Directions that are looked for where all curvatures are asked for. */
const endsBesideAll = 10;

/** Up to here a dense matrix fits: 67 MB, and its eigenvalues take a minute. */
const largestDense = 4096;

/**
 * The curvature at z of the level set of F = f_target − f_label through z: of the decision boundary where z lies on it,
 * or through an image itself.
 *
 * @param random - the stream of this image.
 * @throws AnalysisError 'no-boundary' where ∇F vanishes; 'invalid-input' for exact curvature of a network with kinks, for
 *   finite differences without a step, fewer than two samples, and fewer than two input values.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, §4
 */
export async function curvatureAt(
  classifier: Classifier,
  z: Vector,
  pair: ClassPair,
  settings: CurvatureSettings,
  random: Random,
): Promise<Curvature> {
  const { method } = settings;
  const smooth = classifier.smoothness === 'smooth';
  if (method === 'exact' && !smooth) {
    throw new AnalysisError(
      'invalid-input',
      `method must be finite-difference or smoothed for a ${classifier.smoothness} network: its Hessian leaves out the kinks`,
    );
  }
  if (classifier.dimension < 2) {
    throw new AnalysisError('invalid-input', 'an input must have two values or more to have a tangent');
  }
  const at = await levelSetPoint(classifier, z, pair);
  return method === 'exact' || (method === 'auto' && smooth)
    ? exactCurvature(at, settings, random)
    : curvatureByDifferences(at, settings, random);
}

async function exactCurvature(at: LevelSetPoint, settings: CurvatureSettings, random: Random): Promise<Curvature> {
  const { eigenvalues, samples = usualTangents, signal } = settings;
  const tangents = randomTangents(at, samples, random);
  const all = eigenvalues === 'all';
  const [directions, along, spectrum] = await Promise.all([
    principalDirections(at, all ? endsBesideAll : eigenvalues, random),
    inChunks(samples, at.normal.length, (i) => normalCurvature(at, tangents[i])),
    all && at.normal.length <= largestDense ? denseSpectrum(at, signal) : null,
  ]);
  const ends = directions.map(({ curvature }) => curvature);
  const average = spectrum ? { mean: mean(spectrum), standardError: 0 } : sphereMean(along);
  return {
    method: 'exact',
    step: null,
    gradientNorm: at.gradientNorm,
    principalCurvatures: spectrum ? Array.from(spectrum) : ends,
    directions,
    flags: flagsWhere({
      'not-converged': directions.some(({ converged }) => !converged),
      'ends-only': all && !spectrum,
      'lanczos-disagrees': spectrum !== null && disagree(directions, spectrum),
    }),
    asymmetry: asymmetry(spectrum ?? ends),
    meanCurvature: average.mean,
    meanCurvatureStandardError: average.standardError,
    nearZeroShare: spectrum && nearZeroShare(spectrum),
    tangentCurvatures: Float64Array.from(along),
  };
}

async function curvatureByDifferences(
  at: LevelSetPoint,
  settings: CurvatureSettings,
  random: Random,
): Promise<Curvature> {
  const { eigenvalues, samples = usualTangents, step } = settings;
  if (!(step !== undefined && step > 0)) {
    throw new AnalysisError('invalid-input', `step must be a positive length for finite differences, got ${step}`);
  }
  const measured = await resolvedCurvatures(at, step, randomTangents(at, samples, random));
  const count = eigenvalues === 'all' ? endsBesideAll : eigenvalues;
  const directions = await principalDirectionsAtScale(at, measured.step, { count }, random);
  const principalCurvatures = directions.map(({ curvature }) => curvature);
  const average = sphereMean(measured.curvatures);
  return {
    method: 'finite-difference',
    step: measured.step,
    gradientNorm: at.gradientNorm,
    principalCurvatures,
    directions,
    flags: flagsWhere({
      'not-converged': directions.some(({ converged }) => !converged),
      'step-doubled': measured.step > step,
      'below-float32': !measured.resolved,
      'ends-only': eigenvalues === 'all',
    }),
    asymmetry: asymmetry(principalCurvatures),
    meanCurvature: average.mean,
    meanCurvatureStandardError: average.standardError,
    nearZeroShare: null,
    tangentCurvatures: measured.curvatures,
  };
}

/** Mean curvature at one scale. */
export interface ScaleSweepEntry {
  /** h over the default h. */
  readonly factor: number;
  /** h. */
  readonly step: number;
  /** Mean of κ̃_h over the sphere of the tangent space. */
  readonly mean: number;
  readonly standardError: number;
  /** False where the second differences are float32 rounding. */
  readonly resolved: boolean;
}

/**
 * Mean curvature at z from a tenth to ten times the step, along the same random tangents: forward passes only, two a
 * tangent and scale.
 *
 * @throws AnalysisError 'no-boundary' where ∇F vanishes.
 */
export async function scaleSweep(
  classifier: Classifier,
  z: Vector,
  pair: ClassPair,
  { step, samples = usualTangents }: { readonly step: number; readonly samples?: number },
  random: Random,
): Promise<ScaleSweepEntry[]> {
  const at = await levelSetPoint(classifier, z, pair);
  const tangents = randomTangents(at, samples, random);
  return Promise.all(
    [0.1, 0.2, 0.5, 1, 2, 5, 10].map(async (factor) => {
      const { curvatures, resolved } = await tangentCurvatures(at, factor * step, tangents);
      return { factor, step: factor * step, ...sphereMean(curvatures), resolved };
    }),
  );
}

/** (|κ_min| − κ_max) / (|κ_min| + κ_max) of descending curvatures: 0 where both ends reach as far. */
function asymmetry(curvatures: ArrayLike<number>): number | null {
  const lowest = Math.abs(curvatures[curvatures.length - 1]);
  // Where every curvature is negative the formula would leave [−1, 1]; there is no positive side then.
  const highest = Math.max(0, curvatures[0]);
  return lowest + highest > 0 ? (lowest - highest) / (lowest + highest) : null;
}

function nearZeroShare(spectrum: Float64Array): number {
  const threshold = 0.01 * Math.max(Math.abs(spectrum[0]), Math.abs(spectrum[spectrum.length - 1]));
  return spectrum.filter((curvature) => Math.abs(curvature) <= threshold).length / spectrum.length;
}

/** The average over random tangents and its standard error. */
function sphereMean(curvatures: ArrayLike<number>): { mean: number; standardError: number } {
  const standardError = standardDeviation(curvatures, 1) / Math.sqrt(curvatures.length);
  return { mean: mean(curvatures), standardError };
}

function randomTangents({ normal }: LevelSetPoint, count: number, random: Random): Vector[] {
  if (!(count >= 2)) {
    throw new AnalysisError('invalid-input', `samples must be 2 or more for a standard error, got ${count}`);
  }
  return Array.from({ length: count }, () => tangentUnitVector(normal, random));
}

async function denseSpectrum(at: LevelSetPoint, signal: AbortSignal | undefined): Promise<Float64Array> {
  return eigenvaluesOnThread(await tangentMatrix(at), signal);
}

/** Whether an extreme Ritz value that converged is not the extreme eigenvalue. */
function disagree(directions: readonly PrincipalDirection[], spectrum: Float64Array): boolean {
  const [top, bottom] = [directions[0], directions[directions.length - 1]];
  const [highest, lowest] = [spectrum[0], spectrum[spectrum.length - 1]];
  const tolerance = 0.01 * Math.max(Math.abs(highest), Math.abs(lowest));
  const off = (found: PrincipalDirection, eigenvalue: number): boolean =>
    found.converged && Math.abs(found.curvature - eigenvalue) > tolerance;
  return off(top, highest) || off(bottom, lowest);
}

function flagsWhere(flags: Partial<Record<CurvatureFlag, boolean>>): CurvatureFlag[] {
  return (Object.keys(flags) as CurvatureFlag[]).filter((flag) => flags[flag]);
}
