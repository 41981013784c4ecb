import type { NetworkImage } from '../images/networkImages';
import { median } from '../math/statistics';

/** The median ‖x‖₂ of images, in units of the input: what noise is measured against. */
export function typicalNorm(images: readonly NetworkImage[]): number {
  return median(images.map(({ x }) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0))));
}
