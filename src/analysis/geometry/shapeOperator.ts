import type { SymmetricMatrix } from '../math/eigen';
import type { SymmetricOperator } from '../math/lanczos';
import { addScaled, dot, norm, scale, type Vector } from '../math/vector';
import { inChunks } from './chunks';
import { type LevelSetPoint, tangentPart } from './levelSet';

/**
 * Shape operator S = P H P / ‖∇F‖ of a level set of a smooth network, P = I − n nᵀ and H the Hessian of F. On the tangent
 * space its eigenvalues are the principal curvatures, in 1 / (unit of x), positive where the region of the label is
 * convex; n is one more eigenvector, with eigenvalue 0. One exact Hessian–vector product for each `apply`.
 */
export function shapeOperator(at: LevelSetPoint): SymmetricOperator {
  const { field, point, gradientNorm } = at;
  return {
    dimension: field.dimension,
    async apply(v) {
      const product = await field.hessianProduct(point, tangentPart(v, at));
      return scale(tangentPart(product, at), 1 / gradientNorm);
    },
  };
}

/** Normal curvature κ(z, v) = vᵀ H v / ‖∇F‖ along a unit tangent v of a smooth network. */
export async function normalCurvature({ field, point, gradientNorm }: LevelSetPoint, v: Vector): Promise<number> {
  return dot(v, await field.hessianProduct(point, v)) / gradientNorm;
}

/**
 * S on the tangent space as a dense matrix, (D − 1) × (D − 1): its eigenvalues are the principal curvatures, with n left
 * out. The basis is the columns 1 … D − 1 of the Householder reflection Q that takes ±e_0 to n; D − 1 Hessian–vector
 * products. Rounding errors of the two triangles are averaged.
 */
export async function tangentMatrix({ field, point, normal, gradientNorm }: LevelSetPoint): Promise<SymmetricMatrix> {
  const n = normal.length - 1;
  const reflect = reflection(normal);
  const lower = new Float64Array((n * (n + 1)) / 2);
  await inChunks(n, n + 1, async (j) => {
    const axis = new Float64Array(n + 1);
    axis[j + 1] = 1;
    const column = reflect(await field.hessianProduct(point, reflect(axis)));
    for (let i = 0; i < n; i++) {
      const [row, at] = i > j ? [i, j] : [j, i];
      lower[(row * (row + 1)) / 2 + at] += (column[i + 1] / gradientNorm) * (i === j ? 1 : 0.5);
    }
  });
  return { dimension: n, lower };
}

/** v ↦ Q v with Q = I − 2 u uᵀ / ‖u‖² symmetric, orthogonal, and Q e_0 = ∓n. */
function reflection(normal: Vector): (v: Vector) => Vector {
  const u = normal.slice();
  u[0] += normal[0] >= 0 ? 1 : -1; // the sign that does not cancel
  const unit = scale(u, 1 / norm(u));
  return (v) => addScaled(v, -2 * dot(unit, v), unit);
}
