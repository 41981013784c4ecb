import { lanczos, orthogonalised, type RitzPairs } from '../math/lanczos';
import { type Random, tangentUnitVector } from '../math/random';
import { addScaled, norm, scale, type Vector } from '../math/vector';
import { type ScaledCurvature, scaledCurvature } from './curvatureAtScale';
import { type LevelSetPoint } from './levelSet';
import { shapeOperator } from './shapeOperator';

/** A direction in which the level set is curved most, among those orthogonal to the ones found before it. */
export interface PrincipalDirection {
  /** Unit tangent, shape (D,). */
  readonly direction: Vector;
  /** κ along it; for networks with kinks κ̃_h. */
  readonly curvature: number;
  /** Of the Lanczos iteration that it comes from; with kinks a start value, 1.2–1.9 times the curvature along its vector. */
  readonly ritzValue: number;
  /** κ_h along it; null where the curvature is exact. */
  readonly gradientDifference: number | null;
  /** ‖S v − κ v‖; with kinks ‖Q (g − κ_h v)‖ with g half the gradient of κ̃_h and Q away from the earlier directions. */
  readonly residual: number;
  /** What the last three refinements added, relative to the curvature; null where the curvature is exact. */
  readonly gain: number | null;
  /** Exact: the residual is below 1 % of the largest |κ|. With kinks: the gain is below 1 %. */
  readonly converged: boolean;
}

/**
 * The principal curvatures of a smooth network at both ends of its spectrum, half of `count` at each, with their
 * directions: Lanczos on the exact shape operator until every residual is below 1e-3 of the largest |κ|, or 10 products
 * a direction (at least 100) are spent. Descending.
 */
export async function principalDirections(
  at: LevelSetPoint,
  count: number,
  random: Random,
): Promise<PrincipalDirection[]> {
  const tangentDimension = at.normal.length - 1;
  const worst = ({ values, residuals }: Pick<RitzPairs, 'values' | 'residuals'>): number => {
    return Math.max(...ends(values.length, count).map((i) => residuals[i])) / largestMagnitude(values);
  };
  const pairs = await lanczos(shapeOperator(at), () => tangentUnitVector(at.normal, random), {
    steps: Math.min(tangentDimension, Math.max(100, 10 * count)),
    enough: (found) => found.values.length >= 2 * count && worst(found) <= 1e-3,
  });
  const tolerance = 1e-2 * largestMagnitude(pairs.values);
  return ends(pairs.values.length, count)
    .sort((i, j) => i - j)
    .map((i) => ({
      direction: pairs.vector(i),
      curvature: pairs.values[i],
      ritzValue: pairs.values[i],
      gradientDifference: null,
      residual: pairs.residuals[i],
      gain: null,
      converged: pairs.residuals[i] <= tolerance,
    }));
}

/** How the principal directions at a scale are sought. */
export interface AscentSettings {
  /** Directions, half of them at each end. */
  readonly count: number;
  /** Lanczos steps for the start vectors; 30 by default, more where more directions are asked for. */
  readonly lanczosSteps?: number;
  /** Steps of ascent for each direction; 10 by default. */
  readonly refinements?: number;
}

/**
 * Unit tangents that maximise κ̃_h, and those that minimise it, each orthogonal to the earlier ones; top and bottom in
 * turn, descending at the end. Start vectors are Ritz vectors of the gradient difference. Then shifted power steps
 * w ← normalise(P (±g + c w)), with g half the gradient of κ̃_h at w and c the |Ritz value| of the opposite end; a step that
 * lowers ±κ̃_h is undone and c doubled. Two gradients for each Lanczos step and each refinement, and two a direction.
 *
 * The curvatures are reproducible, the single directions are not: another start finds other ones of like curvature.
 *
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, §4, for the definition by maxima
 */
export async function principalDirectionsAtScale(
  at: LevelSetPoint,
  h: number,
  { count, lanczosSteps = Math.max(30, 3 * count), refinements = 10 }: AscentSettings,
  random: Random,
): Promise<PrincipalDirection[]> {
  const pairs = await ritzPairsAtScale(at, h, lanczosSteps, random);
  const { values } = pairs;
  const [highest, lowest] = [values[0], values[values.length - 1]];
  const found: PrincipalDirection[] = [];
  for (const i of ends(values.length, count)) {
    const start = pairs.vector(i);
    // Whatever the signs are, an end is an end: the upper half is maximised, the lower minimised.
    const sign = i < values.length / 2 ? 1 : -1;
    const shift = Math.max(Math.abs(sign > 0 ? lowest : highest), 1e-3 * largestMagnitude(values));
    const earlier = [at.normal, ...found.map(({ direction }) => direction)];
    const free = orthogonalised(start, earlier);
    const unit = norm(free) > 1e-6 ? free : orthogonalised(tangentUnitVector(at.normal, random), earlier);
    const w = scale(unit, 1 / norm(unit));
    found.push({ ritzValue: values[i], ...(await ascended(at, h, w, { sign, shift, earlier, refinements })) });
  }
  return found.sort((a, b) => b.curvature - a.curvature);
}

/**
 * Ritz pairs of the gradient difference v ↦ P [∇F(z + hv) − ∇F(z − hv)] / (2h ‖∇F‖), two gradients a step. That map is
 * neither symmetric nor linear where there are kinks: its Ritz vectors are directions of high curvature, its Ritz values
 * no curvatures.
 */
export function ritzPairsAtScale(at: LevelSetPoint, h: number, steps: number, random: Random): Promise<RitzPairs> {
  const difference = {
    dimension: at.normal.length,
    apply: async (v: Vector) => (await scaledCurvature(at, h, v)).derivative,
  };
  return lanczos(difference, () => tangentUnitVector(at.normal, random), { steps });
}

/**
 * The Ritz vectors of largest |Ritz value|, unrefined: what subspaces of high curvature are made of. Unit tangents, shape
 * (D,) each, by falling |Ritz value|; fewer than `count` where the tangent space has fewer dimensions.
 * Costs `steps` Hessian–vector products or pairs of gradients.
 *
 * @param h - the scale; null for the exact shape operator of a smooth network.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, §4
 */
export async function highCurvatureDirections(
  at: LevelSetPoint,
  h: number | null,
  { count, steps }: { readonly count: number; readonly steps: number },
  random: Random,
): Promise<Vector[]> {
  const draw = (): Vector => tangentUnitVector(at.normal, random);
  const pairs =
    h === null
      ? await lanczos(shapeOperator(at), draw, { steps: Math.min(steps, at.normal.length - 1) })
      : await ritzPairsAtScale(at, h, steps, random);
  return Array.from(pairs.values.keys())
    .sort((i, j) => Math.abs(pairs.values[j]) - Math.abs(pairs.values[i]))
    .slice(0, count)
    .map((i) => pairs.vector(i));
}

/** Indices of the `count` outermost of n descending values: first, last, second, last but one, … */
export function ends(n: number, count: number): number[] {
  return Array.from({ length: Math.min(n, count) }, (_, i) => (i % 2 === 0 ? i / 2 : n - (i + 1) / 2));
}

async function ascended(
  at: LevelSetPoint,
  h: number,
  start: Vector,
  {
    sign,
    shift,
    earlier,
    refinements,
  }: { sign: 1 | -1; shift: number; earlier: readonly Vector[]; refinements: number },
): Promise<Omit<PrincipalDirection, 'ritzValue'>> {
  let c = shift;
  let best = await scaledCurvature(at, h, start);
  const history = [best.curvature];
  for (let step = 0; step < refinements; step++) {
    const uphill = orthogonalised(addScaled(scale(best.direction, c), sign, best.derivative), earlier);
    const length = norm(uphill);
    if (!(length > 0)) break; // flat: there is no way up
    const next = await scaledCurvature(at, h, scale(uphill, 1 / length));
    if (sign * next.curvature >= sign * best.curvature) best = next;
    else c *= 2;
    history.push(best.curvature);
  }
  const threeBefore = history[Math.max(0, history.length - 4)];
  const gained = Math.abs(best.curvature - threeBefore);
  const gain = gained === 0 ? 0 : gained / Math.abs(best.curvature);
  return {
    direction: best.direction,
    curvature: best.curvature,
    gradientDifference: best.gradientDifference,
    residual: stationarity(best, earlier),
    gain,
    converged: gain <= 1e-2,
  };
}

function stationarity(
  { direction, derivative, gradientDifference }: ScaledCurvature,
  earlier: readonly Vector[],
): number {
  return norm(orthogonalised(addScaled(derivative, -gradientDifference, direction), earlier));
}

function largestMagnitude(values: Float64Array): number {
  return Math.max(Math.abs(values[0]), Math.abs(values[values.length - 1]));
}
