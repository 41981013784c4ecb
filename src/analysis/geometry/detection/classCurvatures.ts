import type { Estimator } from '../../../protocol/words';
import { AnalysisError } from '../../base/errors';
import { type Random, unitVector } from '../../math/random';
import { mean } from '../../math/statistics';
import type { Vector } from '../../math/vector';
import type { Classifier } from '../../model/classifier';
import { predictedLabel } from '../logits';
import { float32Deviation } from '../margin';
import { type Draw, FEW_CLASSES } from './draws';
import { forwardDraws, GRADIENT_ESTIMATE_SAMPLES, inverseNorms, normalCorrections } from './forwardDraws';
import { literalDraws } from './literalDraws';

/**
 * How Σ_j v_jᵀ G_i v_j is estimated:
 * - `literal`: as Algorithm 2 is written, by differences of gradients along P_i v, 2 (K − 1) T gradients: κ_h;
 * - `forward`: by second differences of f along v, all classes at once, 2 T + 1 forward passes: κ̃_h with the normal part;
 * - `forward-normal`: the same less the normal part n_iᵀ H_i n_i / D.
 * On smooth networks the first and the last are the same quantity; on networks with kinks they are not.
 */
export type { Estimator };

/** What makes one ρ comparable with another. */
export interface EstimatorSettings {
  readonly estimator: Estimator;
  /** h > 0, in units of x. */
  readonly step: number;
  /** T ≥ 2. */
  readonly samples: number;
}

/** Average curvature of the decision boundary towards every class, seen from a point x of the region of k. */
export interface ClassCurvatures {
  /** k, the predicted class. */
  readonly label: number;
  /** f(x), shape (K,). */
  readonly logits: Vector;
  /** κ̄_i = mean_j v_jᵀ G_i v_j in 1 / (unit of x), shape (K,); 0 at the label. */
  readonly curvatures: Vector;
  /** Of κ̄_i over the draws (and the estimated gradient norm where it is one) and from rounding, shape (K,). */
  readonly standardErrors: Vector;
  /** mean_j of the second differences of F_i, not divided by ‖∇F_i‖, shape (K,); 0 at the label. */
  readonly secondDifferences: Vector;
  /** The classes whose ‖∇F_i‖ is exact, not estimated: all but the label, or the ten nearest of more than 20. */
  readonly exactClasses: readonly number[];
  /** ρ = (1/K) Σ_{i≠k} κ̄_i. */
  readonly rho: number;
  readonly rhoStandardError: number;
  /** T as used: at least 10 where the gradient norms are estimated. */
  readonly samples: number;
}

/**
 * κ̄_i for every class and their mean ρ (Algorithm 2), with v_j uniform on the unit sphere of R^D and the same for all
 * classes; G_i = ‖∇F_i‖⁻¹ P_i H_i P_i with F_i = f_i − f_k. Standard errors are jackknifed over the draws; what float32
 * rounds alike in all of them is added in quadrature.
 *
 * Gradients are exact for K ≤ 20; with more classes the forward estimators take those of the ten nearest classes and
 * ‖∇F_i‖² ≈ D · mean_j (∇F_iᵀ v_j)² for the others, whose inverse root is corrected by E[(χ²_T/T)^−½] (right to O(1/D)),
 * and at least 10 draws. They hold one chunk of points (32 MB) and up to 19 gradients; `literal` holds T vectors, ten gradients and a chunk; 2 T K numbers besides.
 *
 * @throws AnalysisError 'invalid-input' for h ≤ 0 or T < 2.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, Algorithm 2
 */
export async function classCurvatures(
  classifier: Classifier,
  x: Vector,
  { estimator, step, samples }: EstimatorSettings,
  random: Random,
): Promise<ClassCurvatures> {
  if (!(step > 0)) throw new AnalysisError('invalid-input', `step h must be above 0, got ${step}`);
  if (!(samples >= 2)) throw new AnalysisError('invalid-input', `samples T must be 2 or more, got ${samples}`);
  const { classes, dimension } = classifier;
  const logits = await classifier.logits(x);
  const label = predictedLabel(logits);
  const estimated = estimator !== 'literal' && classes > FEW_CLASSES;
  const count = estimated ? Math.max(samples, GRADIENT_ESTIMATE_SAMPLES) : samples;
  const nextUnitVector = (): Vector => unitVector(dimension, random);
  const origin = { point: x, logits, label };
  const { draws, gradientNorms } =
    estimator === 'literal'
      ? await literalDraws(classifier, origin, step, Array.from({ length: count }, nextUnitVector))
      : await forwardDraws(classifier, origin, step, count, nextUnitVector);

  const inverse = (kept: readonly Draw[]): Vector => inverseNorms({ draws: kept, gradientNorms }, dimension);
  const corrections =
    estimator === 'forward-normal' ? await normalCorrections(classifier, origin, step) : new Float64Array(classes);
  const curvaturesOf = (kept: readonly Draw[]): Vector => {
    const inverseOfKept = inverse(kept);
    return meanOverDraws(kept).map((second, i) => second * inverseOfKept[i] - corrections[i]);
  };
  const curvatures = curvaturesOf(draws);
  const replicates = draws.map((left) => curvaturesOf(draws.filter((draw) => draw !== left)));
  const common = (float32Deviation(logits) / step ** 2) * commonRounding(estimator, dimension);
  const rounding = inverse(draws).map((inverseNorm) => common * inverseNorm);
  return {
    label,
    logits,
    curvatures,
    standardErrors: curvatures.map((_, i) =>
      Math.hypot(jackknifeError(replicates.map((replicate) => replicate[i])), rounding[i]),
    ),
    secondDifferences: meanOverDraws(draws),
    exactClasses: [...gradientNorms.keys()],
    rho: mean(curvatures),
    // The classes round nearly alike at one point, so their errors add up: a bound whatever their correlation.
    rhoStandardError: Math.hypot(jackknifeError(replicates.map((replicate) => mean(replicate))), mean(rounding)),
    samples: count,
  };
}

/**
 * The rounding of κ̄_i that no draw sees because all share it, as a multiple of σ / (h² ‖∇F_i‖), σ that of F_i at a point:
 * - `forward`: F_i(x) enters every second difference twice: 2. (The errors at x ± hv differ from draw to draw: they are in
 *   the scatter, as all of those of `literal`, which takes nothing at x but the gradient's length.)
 * - `forward-normal`: −2 (1 − 1/D) times the error at x, and those at x ± hn over D.
 */
function commonRounding(estimator: Estimator, dimension: number): number {
  switch (estimator) {
    case 'literal':
      return 0;
    case 'forward':
      return 2;
    case 'forward-normal':
      return Math.hypot(2 - 2 / dimension, Math.SQRT2 / dimension);
  }
}

function meanOverDraws(draws: readonly Draw[]): Vector {
  const sum = new Float64Array(draws[0].secondDifferences.length);
  for (const { secondDifferences } of draws) secondDifferences.forEach((value, i) => (sum[i] += value));
  return sum.map((value) => value / draws.length);
}

/** √((T−1)/T Σ (θ₍ⱼ₎ − θ̄)²) over the values θ₍ⱼ₎ without draw j. */
function jackknifeError(replicates: readonly number[]): number {
  const centre = mean(replicates);
  const spread = replicates.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(((replicates.length - 1) / replicates.length) * spread);
}
