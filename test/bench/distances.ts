/** Of one method: a distance an image, ∞ where it found none. */
export interface Distances {
  readonly norm: 'L2' | 'L∞';
  readonly method: string;
  readonly distances: readonly number[];
  /** That an image took at the mean; null where nobody counted them. */
  readonly gradients: number | null;
}
