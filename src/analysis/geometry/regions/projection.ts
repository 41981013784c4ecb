import { addScaled, dot, type Vector } from '../../math/vector';
import type { Classifier } from '../../model/classifier';
import { usualOvershoot } from '../deepfool';
import { differenceCotangent, predictedLabel } from '../logits';

/** How a point is brought into a classification region. */
export interface ProjectionSettings {
  /** How far beyond the boundary the point is put, as a share of the way to it. */
  readonly overshoot: number;
  readonly maxSteps: number;
}

/** A point of the region, or the last one tried. */
export interface Projection {
  readonly status: 'converged' | 'not-converged';
  readonly point: Vector;
  /** Forward passes used; a gradient counts its own. */
  readonly forwards: number;
}

/**
 * A point near x that the network labels k: targeted DeepFool. From y = x + r with label c ≠ k, the step to the
 * linearised boundary is (f_c − f_k)/‖w‖² · w with w = ∇f_k − ∇f_c; c is the label at y and may change every step. Then
 * x + (1 + overshoot) r, with the overshoot halved while that leaves the region on its other side. Returns x itself
 * where its label is k. Holds four vectors of length D.
 *
 * The point is near the closest one of the region, never proved to be it.
 *
 * @see Moosavi-Dezfooli, Fawzi & Frossard 2016, DeepFool, §3; its targeted form is Fawzi et al. 2018, Algorithm 1 line 6
 */
export async function projectOntoRegion(
  classifier: Classifier,
  x: Vector,
  label: number,
  { overshoot, maxSteps }: ProjectionSettings,
): Promise<Projection> {
  let forwards = 1;
  const logitsAtX = await classifier.logits(x);
  if (predictedLabel(logitsAtX) === label) return { status: 'converged', point: x, forwards };

  const inside = async (r: Vector, factor: number): Promise<Vector | null> => {
    forwards++;
    const point = addScaled(x, factor, r);
    return predictedLabel(await classifier.logits(point)) === label ? point : null;
  };
  let r: Vector = new Float64Array(x.length);
  let logits = logitsAtX;
  for (let step = 0; step < maxSteps; step++) {
    const y = addScaled(x, 1, r);
    const current = predictedLabel(logits);
    const cotangent = differenceCotangent(classifier.classes, label, current);
    const w = (await classifier.gradients(y, [cotangent])).gradients[0];
    forwards++;
    const squaredNorm = dot(w, w);
    if (!(squaredNorm > 0)) return { status: 'not-converged', point: y, forwards };
    r = addScaled(r, (logits[current] - logits[label]) / squaredNorm, w);

    forwards++;
    const [beyond, next] = await Promise.all([inside(r, 1 + usualOvershoot), classifier.logits(addScaled(x, 1, r))]);
    logits = next;
    const reached = beyond ?? (predictedLabel(next) === label ? addScaled(x, 1, r) : null);
    if (reached === null) continue;
    for (let share = overshoot; share > usualOvershoot; share /= 2) {
      const deeper = await inside(r, 1 + share);
      if (deeper !== null) return { status: 'converged', point: deeper, forwards };
    }
    return { status: 'converged', point: reached, forwards };
  }
  return { status: 'not-converged', point: addScaled(x, 1, r), forwards };
}
