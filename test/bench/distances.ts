import type { Vector } from '../../src/analysis/math/vector';

/** Of one method: a distance an image, ∞ where it found none. */
export interface Distances {
  readonly norm: 'L2' | 'L∞';
  readonly method: string;
  readonly distances: readonly number[];
  /** Where that is: on the boundary or just beyond, shape (D,) each; null where it is not known. */
  readonly points: readonly (Vector | null)[];
  /** That an image took at the mean; null where nobody counted them. */
  readonly gradients: number | null;
}
