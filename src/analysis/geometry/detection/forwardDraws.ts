import type { Classifier } from '../../classifier';
import { addScaled, dot, norm, scale, type Vector } from '../../math/vector';
import { inChunks } from '../chunks';
import { differenceCotangent } from '../logits';
import { type Draw, type Draws, type Origin, others } from './draws';

/** Up to so many classes the gradients of all F_i are taken exactly: their cost is that of a few forward passes. */
export const FEW_CLASSES = 20;
/** The fewest draws from which ‖∇F_i‖⁻¹ is estimated. */
export const GRADIENT_ESTIMATE_SAMPLES = 10;
/** With more classes the normal part is taken off for so many, the nearest: the others decide nothing. */
const CORRECTED_CLASSES = 10;

/**
 * Second differences of every F_i along v_j: (F_i(x + hv) − 2 F_i(x) + F_i(x − hv)) / h², and slopes
 * (F_i(x + hv) − F_i(x − hv)) / 2h where gradients are too many. In float32 their error is about 4 ε max|f| / h².
 * The count T must be 10 or more for more than 20 classes; the unit vectors are asked for in order.
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
  const gradientNorms = exact ? gradientNormsOf(classifier, point, label) : null;
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
 * n_iᵀ H_i n_i / (D ‖∇F_i‖), what the second differences hold of the curvature along the normal:
 * E vᵀHv = tr H / D, E vᵀPHPv = (tr H − nᵀHn) / D. By one second difference along n_i at the same h; for more than 20
 * classes 0 but for the ten nearest by |F_i| / ‖∇F_i‖.
 */
export async function normalCorrections(
  classifier: Classifier,
  { point, logits, label }: Origin,
  step: number,
  inverseNorms: Vector,
): Promise<Vector> {
  const { classes, dimension } = classifier;
  const distance = (i: number): number => Math.abs(logits[i] - logits[label]) * inverseNorms[i];
  const nearest = others(classes, label).filter((i) => inverseNorms[i] > 0);
  if (classes > FEW_CLASSES) nearest.sort((i, j) => distance(i) - distance(j)).splice(CORRECTED_CLASSES);
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

/** ‖∇F_i(x)‖ of every class, shape (K,); 0 at the label. */
export async function gradientNormsOf(classifier: Classifier, x: Vector, label: number): Promise<Vector> {
  const rivals = others(classifier.classes, label);
  const cotangents = rivals.map((i) => differenceCotangent(classifier.classes, i, label));
  const { gradients } = await classifier.gradients(x, cotangents);
  const norms = new Float64Array(classifier.classes);
  rivals.forEach((i, index) => (norms[i] = Math.sqrt(dot(gradients[index], gradients[index]))));
  return norms;
}
