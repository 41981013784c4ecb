import type { BoundaryPoint } from '../geometry/boundary';
import type { NetworkImage } from '../images/networkImages';
import { addScaled, norm } from '../math/vector';
import type { Study } from '../study/study';

/** The length of ‖z − x‖₂ in units that models share. */
interface SharedDistances {
  /** Over ‖x‖₂; null where there is no boundary point, or the image is all 0. */
  readonly relativeDistance: number | null;
  /** In pixel values 0–255; absent where they are not known. */
  readonly pixelDistance?: number | null;
}

/** How far an image is from its boundary point, in units that models share. */
export function sharedDistances(
  { units }: Study,
  image: NetworkImage,
  found: BoundaryPoint | undefined,
): SharedDistances {
  const { pixelNorm } = units;
  const x = Float64Array.from(image.x);
  const displacement = found?.point ? addScaled(found.point, -1, x) : null;
  const length = norm(x);
  return {
    relativeDistance: found && found.distance !== null && length > 0 ? found.distance / length : null,
    ...(pixelNorm && { pixelDistance: displacement && pixelNorm(displacement) }),
  };
}
