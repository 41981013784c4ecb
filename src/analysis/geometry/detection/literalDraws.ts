import { addScaled, dot, norm, scale, type Vector } from '../../math/vector';
import type { Classifier } from '../../model/classifier';
import { inChunks } from '../chunks';
import { differenceCotangent } from '../logits';
import { type Draws, type Origin, others } from './draws';

/** Gradients held at a time. */
const CLASSES_AT_ONCE = 10;

/**
 * Algorithm 2 as it is written: with u = P_i v_j and û = u / ‖u‖, the number v_jᵀ P_i H_i P_i v_j is taken as
 * ‖u‖² ûᵀ[∇F_i(x + hû) − ∇F_i(x − hû)] / 2h. 2 (K − 1) T gradients and K − 1 more; the reference for the other two.
 */
export async function literalDraws(
  classifier: Classifier,
  { point, label }: Origin,
  step: number,
  vectors: readonly Vector[],
): Promise<Draws> {
  const { classes, dimension } = classifier;
  const draws = vectors.map(() => ({ secondDifferences: new Float64Array(classes) }));
  const gradientNorms = new Map<number, number>();
  const rivals = others(classes, label);
  for (let start = 0; start < rivals.length; start += CLASSES_AT_ONCE) {
    const group = rivals.slice(start, start + CLASSES_AT_ONCE);
    const cotangents = group.map((i) => differenceCotangent(classes, i, label));
    const { gradients } = await classifier.gradients(point, cotangents);
    group.forEach((i, index) => gradientNorms.set(i, norm(gradients[index])));
    await inChunks(group.length * vectors.length, dimension, async (cell) => {
      const index = cell % group.length;
      const j = Math.floor(cell / group.length);
      const slope = gradientNorms.get(group[index]) ?? 0;
      if (slope === 0) return;
      const v = vectors[j];
      const u = addScaled(v, -dot(v, gradients[index]) / slope ** 2, gradients[index]);
      const length = norm(u);
      const direction = scale(u, 1 / length);
      const [above, below] = await Promise.all([
        classifier.gradients(addScaled(point, step, direction), [cotangents[index]]),
        classifier.gradients(addScaled(point, -step, direction), [cotangents[index]]),
      ]);
      const change = dot(direction, above.gradients[0]) - dot(direction, below.gradients[0]);
      draws[j].secondDifferences[group[index]] = (length ** 2 * change) / (2 * step);
    });
  }
  return { draws, gradientNorms };
}
