import { addScaled, norm, scale, type Vector } from '../../math/vector';
import type { DeepfoolSettings } from '../deepfool';
import { type Box, insideBox } from './minimumNorm';

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

/** x + r as the network receives it, inside the range; written into what is given, shape (D,). */
export function displaced(
  { point, range }: SearchedImage,
  r: Vector,
  moved: Vector = new Float64Array(point.length),
): Vector {
  for (let i = 0; i < point.length; i++) {
    const value = point[i] + r[i];
    moved[i] = Math.fround(range ? Math.min(Math.max(value, range.lower[i]), range.upper[i]) : value);
  }
  return moved;
}

/** The range as seen from the image, by r; undefined where there is none. */
export function boxAround({ point, range }: SearchedImage): Box | undefined {
  return range && { lower: addScaled(range.lower, -1, point), upper: addScaled(range.upper, -1, point) };
}

/**
 * The multiple of a direction, not zero, that is as long as asked; in a box the one that is so once its values are put into
 * their bounds: those that a bound holds stay, the others go farther. Where nothing in the box is so long, the longest.
 */
export function ofLength(direction: Vector, length: number, box: Box | undefined): Vector {
  let r = scale(direction, length / norm(direction));
  if (!box) return r;
  for (let held = 0; ;) {
    const inside = insideBox(r, box);
    const isHeld = Array.from(r, (value, i) => value !== inside[i]);
    const count = isHeld.filter(Boolean).length;
    const free = norm(direction.map((value, i) => (isHeld[i] ? 0 : value)));
    const rest = length ** 2 - inside.reduce((sum, value, i) => (isHeld[i] ? sum + value ** 2 : sum), 0);
    if (count <= held || !(free > 0 && rest > 0)) return inside;
    held = count;
    r = scale(direction, Math.sqrt(rest) / free);
  }
}

/** A gradient at a point without what would push values out of the range that have come to its ends. */
export function movable({ range }: Pick<SearchedImage, 'range'>, point: Vector, gradient: Vector): Vector {
  if (!range) return gradient;
  const { lower, upper } = range;
  const rest = new Float64Array(gradient.length);
  for (let i = 0; i < gradient.length; i++) {
    const isHeld = (gradient[i] < 0 && point[i] <= lower[i]) || (gradient[i] > 0 && point[i] >= upper[i]);
    rest[i] = isHeld ? 0 : gradient[i];
  }
  return rest;
}
