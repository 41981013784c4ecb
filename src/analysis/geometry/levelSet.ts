import { AnalysisError } from '../base/errors';
import { addScaled, dot, norm, scale, type Vector } from '../math/vector';
import type { Classifier } from '../model/classifier';
import { type ClassPair, type FieldGradient, margin, type ScalarField } from './margin';

/** A point z and the level set of F through it: the decision boundary where F(z) = 0. */
export interface LevelSetPoint extends FieldGradient {
  readonly field: ScalarField;
  /** z, shape (D,). */
  readonly point: Vector;
  /** n = ∇F / ‖∇F‖ at z, shape (D,). */
  readonly normal: Vector;
  /** ‖∇F(z)‖. */
  readonly gradientNorm: number;
}

/**
 * The level set of F = f_target − f_label through z.
 *
 * @throws AnalysisError 'no-boundary' where ∇F vanishes or is not finite at z: there is no normal then.
 */
export async function levelSetPoint(classifier: Classifier, z: Vector, pair: ClassPair): Promise<LevelSetPoint> {
  const field = margin(classifier, pair);
  const first = await field.gradient(z);
  const gradientNorm = norm(first.gradient);
  if (!(gradientNorm > 0 && Number.isFinite(gradientNorm))) {
    const classes = `${pair.target} and ${pair.label}`;
    throw new AnalysisError(
      'no-boundary',
      `the gradient between classes ${classes} must not vanish, got ${gradientNorm}`,
    );
  }
  return { ...first, field, point: z, normal: scale(first.gradient, 1 / gradientNorm), gradientNorm };
}

/** P v = v − (nᵀ v) n, the part of v tangent to the level set. */
export function tangentPart(v: Vector, { normal }: Pick<LevelSetPoint, 'normal'>): Vector {
  return addScaled(v, -dot(normal, v), normal);
}
