import { addScaled, dot, norm, scale, type Vector } from '../../math/vector';
import { predictedLabel } from '../logits';
import type { OutsidePoint, SearchedImage } from './image';
import { afterCut, type Cut } from './levels';
import type { Start } from './starts';

/** As far beyond the point that a search begins from. */
const beyond = 1.02;
/** A direction that has less of its length than this across another one is the same. */
const across = 0.1;

/**
 * Where searches begin once more: at the shortest points found, each turned by 45° away from another direction, so that they
 * leave the local minimum they are in, and what is left there of the way that led to it. The first round turns away from the start
 * towards the class that was found, round i from the i-th nearest point found in another direction.
 *
 * @param begun - the starts of the first searches, the nearest first.
 * @param found - all outside points until now.
 * @param round - counted from 0.
 */
export function restarts(
  image: Pick<SearchedImage, 'point'>,
  begun: readonly Start[],
  found: readonly OutsidePoint[],
  cut: Cut,
  round: number,
): Start[] {
  const distanceOf = ({ distance }: OutsidePoint): number => distance;
  const directions = found
    .toSorted((a, b) => distanceOf(a) - distanceOf(b))
    .map(({ point }) => addScaled(point, -1, image.point));
  return afterCut(found, cut, distanceOf).flatMap(({ point, logits }) => {
    const r = addScaled(point, -1, image.point);
    const target = predictedLabel(logits);
    const own = begun.find((start) => start.target === target) ?? begun.at(0);
    const other =
      round === 0 ? own?.r : directions.filter((one) => norm(tangential(one, r)) > across * norm(one)).at(round - 1);
    const turned = other && turnedAway(r, other);
    return turned ? [{ target, r: turned }] : [];
  });
}

/** r turned by 45° in the plane of the two, away from the other; undefined where they are parallel. */
function turnedAway(r: Vector, other: Vector): Vector | undefined {
  const t = tangential(other, r);
  const [length, sideways] = [norm(r), norm(t)];
  if (!(length > 0 && sideways > 0 && Number.isFinite(sideways))) return undefined;
  const direction = addScaled(r, -length / sideways, t);
  return scale(direction, (beyond * length) / norm(direction));
}

/** What is left of v without its part along r. */
function tangential(v: Vector, r: Vector): Vector {
  return addScaled(v, -dot(v, r) / dot(r, r), r);
}
