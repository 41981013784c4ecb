import { norm, norm1, scale, type Vector } from '../../math/vector';
import type { Linearisation } from '../deepfool';
import { float32Floor, float32Resolution } from '../margin';
import { movable, type OutsidePoint, type SearchedImage } from './image';

/** Where a targeted search begins. */
export interface Start {
  /** t, the class that it aims at. */
  readonly target: number;
  /** r, shape (D,). */
  readonly r: Vector;
  /** A point with another label, where one is known. */
  readonly found?: OutsidePoint;
}

/** Beyond the linearised boundary by so much. */
const overshoot = { l2: 1.02, 'l-infinity': 1.05 } as const;

/**
 * To the classes whose linearised boundaries are nearest, the nearest first: in L2 r = 1.02 |F_t| / ‖w_t‖₂² · w_t, in
 * L∞ r = 1.05 |F_t| / ‖w_t‖₁ · sign w_t, with w_t = ∇F_t(x); none towards a class whose gradient is zero or no number.
 *
 * @param most - how many.
 */
export function starts(
  image: Pick<SearchedImage, 'point' | 'label' | 'range'>,
  { logits, rivals, gradients }: Linearisation,
  measuredIn: 'l2' | 'l-infinity',
  most: number,
): Start[] {
  // From a point on the boundary a step would be zero.
  const resolution = float32Resolution(image.point);
  const ranked = gradients.flatMap((gradient, index) => {
    const w = movable(image, image.point, gradient);
    const slope = measuredIn === 'l2' ? norm(w) : norm1(w);
    if (!(slope > 0 && Number.isFinite(slope))) return [];
    const distance = Math.abs(logits[rivals[index]] - logits[image.label]) / slope;
    return [{ target: rivals[index], w, slope, distance }];
  });
  ranked.sort((a, b) => a.distance - b.distance);
  return ranked.slice(0, most).map(({ target, w, slope, distance }) => {
    const direction = measuredIn === 'l2' ? scale(w, 1 / slope) : w.map(Math.sign);
    const shortest = Math.max(float32Floor(logits) / slope, resolution / norm(direction));
    return { target, r: scale(direction, Math.max(overshoot[measuredIn] * distance, shortest)) };
  });
}
