import { median } from '../math/statistics';
import { addScaled, dot, scale, type Vector } from '../math/vector';
import { inChunks } from './chunks';
import { type LevelSetPoint, tangentPart } from './levelSet';

/**
 * The curvature of networks with kinks, whose Hessians say nothing: two quantities at a scale h, both vᵀHv/‖∇F‖ for a
 * quadratic F, and otherwise not the same, κ̃_h = (2/h²) ∫₀ʰ s κ_s ds. They are functions of v, not quadratic forms.
 */
export interface ScaledCurvature {
  /** v, a unit tangent, shape (D,). */
  readonly direction: Vector;
  /** κ̃_h = [F(z + hv) − 2 F(z) + F(z − hv)] / (h² ‖∇F(z)‖): kinks weighted by a triangle about z. */
  readonly curvature: number;
  /** κ_h = vᵀ[∇F(z + hv) − ∇F(z − hv)] / (2h ‖∇F(z)‖): every kink within ±h counts alike. */
  readonly gradientDifference: number;
  /** P [∇F(z + hv) − ∇F(z − hv)] / (2h ‖∇F(z)‖), shape (D,): half the gradient of κ̃_h in v. */
  readonly derivative: Vector;
}

/** κ̃_h along a unit tangent v, by two forward passes. */
export async function curvatureAtScale(at: LevelSetPoint, h: number, v: Vector): Promise<number> {
  const { field, point } = at;
  const [above, below] = await Promise.all([field.value(addScaled(point, h, v)), field.value(addScaled(point, -h, v))]);
  return secondDifference(at, h, above, below);
}

/** κ̃_h and κ_h along a unit tangent v with what Lanczos and ascent need, by two gradients. */
export async function scaledCurvature(at: LevelSetPoint, h: number, v: Vector): Promise<ScaledCurvature> {
  const { field, point, gradientNorm } = at;
  const [above, below] = await Promise.all([
    field.gradient(addScaled(point, h, v)),
    field.gradient(addScaled(point, -h, v)),
  ]);
  const change = scale(addScaled(above.gradient, -1, below.gradient), 1 / (2 * h * gradientNorm));
  return {
    direction: v,
    curvature: secondDifference(at, h, above.value, below.value),
    gradientDifference: dot(v, change),
    derivative: tangentPart(change, at),
  };
}

/** κ̃_h along several tangents, and the h that they were measured at. */
export interface TangentCurvatures {
  readonly step: number;
  readonly curvatures: Float64Array;
  /** Whether float32 tells the second differences from rounding: their median is above 1e-4 max |f|. */
  readonly resolved: boolean;
}

/** Beyond 32 times the scale that was asked for, a number would be about something else. */
const mostDoublings = 5;

/**
 * κ̃_h along unit tangents, with h doubled until the median second difference stands clear of float32 rounding (above
 * 1e-4 max |f|: errors of 4ε|f| are below 1 % then). Where five doublings do not reach that, the boundary is flat to
 * float32 and the values are those at the h that was asked for.
 */
export async function resolvedCurvatures(
  at: LevelSetPoint,
  h: number,
  tangents: readonly Vector[],
): Promise<TangentCurvatures> {
  const asked = await tangentCurvatures(at, h, tangents);
  let measured = asked;
  for (let doubling = 1; doubling <= mostDoublings && !measured.resolved; doubling++) {
    measured = await tangentCurvatures(at, h * 2 ** doubling, tangents);
  }
  return measured.resolved ? measured : asked;
}

/** κ̃_h along unit tangents at this h, two forward passes each. */
export async function tangentCurvatures(
  at: LevelSetPoint,
  h: number,
  tangents: readonly Vector[],
): Promise<TangentCurvatures> {
  const values = await inChunks(tangents.length, at.point.length, (i) => curvatureAtScale(at, h, tangents[i]));
  const curvatures = Float64Array.from(values);
  const typical = median(curvatures.map(Math.abs)) * h ** 2 * at.gradientNorm;
  // Logits (0, l) of a binary network vanish on its boundary; what rounds is as large as l changes over h.
  const magnitude = Math.max(at.magnitude, h * at.gradientNorm);
  return { step: h, curvatures, resolved: typical >= 1e-4 * magnitude };
}

function secondDifference({ value, gradientNorm }: LevelSetPoint, h: number, above: number, below: number): number {
  return (above - 2 * value + below) / (h ** 2 * gradientNorm);
}
