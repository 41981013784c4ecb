import { addScaled, norm, scale, type Vector } from '../../math/vector';
import type { Classifier } from '../../model/classifier';
import { inChunks } from '../chunks';
import { differenceCotangent } from '../logits';
import { type Draw, type Draws, FEW_CLASSES, nearestClasses, type Origin } from './draws';

/** The fewest draws from which ‖∇F_i‖⁻¹ is estimated. */
export const GRADIENT_ESTIMATE_SAMPLES = 10;

/**
 * Second differences of every F_i along v_j: (F_i(x + hv) − 2 F_i(x) + F_i(x − hv)) / h², and slopes
 * (F_i(x + hv) − F_i(x − hv)) / 2h where gradients are too many: then the ten nearest classes alone have exact ones. In
 * float32 their error is about 4 ε max|f| / h². The count T must be 10 or more for more than 20 classes; the unit vectors are asked for in order.
 */
export async function forwardDraws(
  classifier: Classifier,
  { point, logits, label }: Origin,
  step: number,
  count: number,
  nextUnitVector: () => Vector,
): Promise<Draws> {
  const { classes, dimension } = classifier;
  const exact = classes <= FEW_CLASSES;
  const gradientNorms = gradientNormsOf(classifier, { point, logits, label });
  const draws = await inChunks(count, dimension, async (): Promise<Draw> => {
    const v = nextUnitVector();
    const [above, below] = await Promise.all([
      classifier.logits(addScaled(point, step, v)),
      classifier.logits(addScaled(point, -step, v)),
    ]);
    const second = logits.map((f, i) => (above[i] - 2 * f + below[i]) / step ** 2);
    const secondDifferences = second.map((value) => value - second[label]);
    if (exact) return { secondDifferences };
    const first = logits.map((_, i) => (above[i] - below[i]) / (2 * step));
    return { secondDifferences, slopes: first.map((value) => value - first[label]) };
  });
  return { draws, gradientNorms: await gradientNorms };
}

/**
 * ‖∇F_i‖⁻¹ of every class, shape (K,), 0 where the gradient vanishes and at the label. Where it is not known, by
 * ‖∇F_i‖² ≈ D · mean_j (∇F_iᵀ v_j)², and an inverse root so estimated is on average too large by E[(χ²_T/T)^−½].
 */
export function inverseNorms({ draws, gradientNorms }: Draws, dimension: number): Vector {
  const squares = new Float64Array(draws[0].secondDifferences.length);
  for (const { slopes } of draws) slopes?.forEach((slope, i) => (squares[i] += slope * slope));
  const bias = inverseRootBias(draws.length);
  const inverse = squares.map((sum) => (sum > 0 ? 1 / Math.sqrt((dimension * sum) / draws.length) / bias : 0));
  for (const [i, norm] of gradientNorms) inverse[i] = norm > 0 ? 1 / norm : 0;
  return inverse;
}

/** E[(χ²_T / T)^−½] = √(T/2) Γ((T−1)/2) / Γ(T/2), for T ≥ 2: how much too large an estimated inverse norm is. */
export function inverseRootBias(samples: number): number {
  const odd = samples % 2 === 1;
  let ratio = odd ? 2 / Math.sqrt(Math.PI) : Math.sqrt(Math.PI); // of the Γ's at T = 3 and 2
  for (let t = odd ? 3 : 2; t < samples; t += 2) ratio *= (t - 1) / t;
  return Math.sqrt(samples / 2) * ratio;
}

/**
 * n_iᵀ H_i n_i / (D ‖∇F_i‖), what the second differences hold of the curvature along the normal:
 * E vᵀHv = tr H / D, E vᵀPHPv = (tr H − nᵀHn) / D. By one second difference along n_i at the same h; 0
 * for classes whose gradient is not taken.
 */
export async function normalCorrections(
  classifier: Classifier,
  { point, logits, label }: Origin,
  step: number,
): Promise<Vector> {
  const { classes, dimension } = classifier;
  const nearest = nearestClasses(logits, label);
  const { gradients } = await classifier.gradients(
    point,
    nearest.map((i) => differenceCotangent(classes, i, label)),
  );
  const corrections = new Float64Array(classes);
  await Promise.all(
    nearest.map(async (i, index) => {
      const length = norm(gradients[index]);
      if (length === 0) return;
      const normal = scale(gradients[index], 1 / length);
      const [above, below] = await Promise.all([
        classifier.logits(addScaled(point, step, normal)),
        classifier.logits(addScaled(point, -step, normal)),
      ]);
      const difference = (f: Vector): number => f[i] - f[label];
      const second = (difference(above) - 2 * difference(logits) + difference(below)) / step ** 2;
      corrections[i] = second / (dimension * length);
    }),
  );
  return corrections;
}

/** ‖∇F_i(x)‖ of the classes whose gradients are taken. */
export async function gradientNormsOf(
  classifier: Classifier,
  { point, logits, label }: Origin,
): Promise<Map<number, number>> {
  const nearest = nearestClasses(logits, label);
  const cotangents = nearest.map((i) => differenceCotangent(classifier.classes, i, label));
  const { gradients } = await classifier.gradients(point, cotangents);
  return new Map(nearest.map((i, index) => [i, norm(gradients[index])]));
}
