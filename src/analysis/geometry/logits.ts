import type { Vector } from '../math/vector';

/** The predicted class: the index of the largest logit, the first one of equals. */
export function predictedLabel(logits: Vector): number {
  let label = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[label]) label = i;
  return label;
}

/** The class with the largest logit apart from `label`. */
export function strongestRival(logits: Vector, label: number): number {
  let rival = label === 0 ? 1 : 0;
  for (let i = 0; i < logits.length; i++) if (i !== label && logits[i] > logits[rival]) rival = i;
  return rival;
}

/** The cotangent c with cᵀ f = f_i − f_k, shape (K,): its gradient is ∇F_i. */
export function differenceCotangent(classes: number, i: number, k: number): Vector {
  const cotangent = new Float64Array(classes);
  cotangent[i] = 1;
  cotangent[k] = -1;
  return cotangent;
}
