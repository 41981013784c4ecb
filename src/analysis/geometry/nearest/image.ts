import type { Vector } from '../../math/vector';
import { asFloat32, clipped, type DeepfoolSettings } from '../deepfool';

/** What a search starts from: an image and the region it lies in. */
export interface SearchedImage {
  /** x, shape (D,). */
  readonly point: Vector;
  /** f(x), shape (K,). */
  readonly logits: Vector;
  /** k. */
  readonly label: number;
  /** Bounds of every input value that no point may leave. */
  readonly range: DeepfoolSettings['range'];
}

/** A point with another label. */
export interface OutsidePoint {
  /** Exact in float32, shape (D,). */
  readonly point: Vector;
  /** f there, shape (K,). */
  readonly logits: Vector;
  /** How far it is from the image, in the norm that is searched in. */
  readonly distance: number;
}

/** x + r as the network receives it, inside the range. */
export function displaced({ point, range }: SearchedImage, r: Vector): Vector {
  return asFloat32(
    clipped(
      point.map((xi, i) => xi + r[i]),
      range,
    ),
  );
}

/** A gradient at a point without what would push values out of the range that have come to its ends. */
export function movable({ range }: Pick<SearchedImage, 'range'>, point: Vector, gradient: Vector): Vector {
  if (!range) return gradient;
  const isHeld = (i: number): boolean =>
    (gradient[i] < 0 && point[i] <= range.lower[i]) || (gradient[i] > 0 && point[i] >= range.upper[i]);
  return gradient.map((gi, i) => (isHeld(i) ? 0 : gi));
}
