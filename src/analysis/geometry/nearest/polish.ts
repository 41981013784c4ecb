import { addScaled, dot, norm, scale, type Vector } from '../../math/vector';
import type { Classifier } from '../../model/classifier';
import { type Crossing, crossing, largestDifference } from '../crossing';
import { isOutside } from '../deepfool';
import { float32Floor, margin } from '../margin';
import { boxAround, displaced, ofLength, type SearchedImage } from './image';
import { type HalfSpace, minimumNormPoint, minimumNormPointInBox } from './minimumNorm';

/** A boundary point with the margin of its two classes to first order. */
export interface BoundaryGradient extends Crossing {
  /** F and ∇F there. */
  readonly value: number;
  readonly gradient: Vector;
}

/** A boundary point being moved nearer. */
interface Candidate {
  readonly nearest: BoundaryGradient;
  /** Tangent planes seen from the image, r = z − x, the newest last. */
  readonly planes: readonly HalfSpace[];
  /** Directions in a row that did not lead out. */
  readonly failures: number;
}

const mostPlanes = 3;
const mostFailures = 3;
/** What a step must gain of the distance. */
const gain = 2e-4;
/** How much of the way to the planes' nearest point a direction turns: the most that leads out. */
const turns = [1, 0.4, 0.15];
/** After so many steps, candidates farther than this from the nearest one are dropped. */
const limits: Readonly<Partial<Record<number, number>>> = { 1: 1.05, 2: 1.02, 4: 1.005 };

/**
 * Boundary points moved nearer: the point of smallest norm beyond the last three tangent planes gives a direction, and
 * where the region is left there, a little before the distance reached so far, the way back to the boundary is the next point.
 * Where it is not left, the plane at the point tried says so, and the next direction is another one: so the search ends on edges
 * between linear pieces too, where a single plane leads back and forth. Where values have bounds, it is the point of smallest norm
 * beyond the planes and within them.
 *
 * @param crossings - one or more.
 * @returns the nearest point that was reached.
 * @see Rackwitz & Fiessler 1978 for one plane
 */
export async function polished(
  classifier: Classifier,
  image: SearchedImage,
  crossings: readonly Crossing[],
  steps: number,
): Promise<BoundaryGradient> {
  let running = await Promise.all(
    crossings.map(async (tie): Promise<Candidate> => {
      const nearest = await withGradient(classifier, image.label, tie);
      return { nearest, planes: planesAt(image, nearest), failures: 0 };
    }),
  );
  let nearest = nearestOf(running.map((candidate) => candidate.nearest));
  for (let step = 1; step <= steps && running.length > 0; step++) {
    const moved = await Promise.all(running.map((candidate) => polishedOnce(classifier, image, candidate)));
    nearest = nearestOf([...moved.map((candidate) => candidate.nearest), nearest]);
    const limit = (limits[step] ?? Infinity) * nearest.distance;
    running = moved.filter((one) => one.failures < mostFailures && one.nearest.distance <= limit);
  }
  return nearest;
}

async function polishedOnce(classifier: Classifier, image: SearchedImage, candidate: Candidate): Promise<Candidate> {
  const { nearest, planes, failures } = candidate;
  const { distance, target } = nearest;
  const box = boxAround(image);
  const foot = box ? minimumNormPointInBox(planes, box) : minimumNormPoint(planes);
  const length = foot ? norm(foot) : 0;
  // As far as the planes tell there is nothing to gain, or no direction to go.
  if (!foot || !(length > 0) || length > (1 - gain) * distance) return { ...candidate, failures: mostFailures };
  const r = addScaled(nearest.point, -1, image.point);
  let farthestTurn: Vector | undefined;
  for (const turn of turns) {
    const direction = addScaled(scale(r, (1 - turn) / distance), turn / length, foot);
    const point = displaced(image, ofLength(direction, (1 - gain) * distance, box));
    const logits = await classifier.logits(point);
    if (isOutside(logits, image.label) && largestDifference(logits, image.label) > float32Floor(logits)) {
      const tie = await crossing(classifier, image.label, image, { point, logits });
      const nearer = await withGradient(classifier, image.label, tie);
      if (!(nearer.distance < distance)) return { ...candidate, failures: mostFailures };
      const known = tie.target === target ? planes : [];
      return { nearest: nearer, planes: [...known, ...planesAt(image, nearer)].slice(-mostPlanes), failures: 0 };
    }
    farthestTurn ??= point;
  }
  if (!farthestTurn) return candidate;
  const { value, gradient } = await margin(classifier, { label: image.label, target }).gradient(farthestTurn);
  const plane = planesAt(image, { point: farthestTurn, value, gradient });
  return { nearest, planes: [...planes, ...plane].slice(-mostPlanes), failures: failures + 1 };
}

async function withGradient(classifier: Classifier, label: number, tie: Crossing): Promise<BoundaryGradient> {
  const { value, gradient } = await margin(classifier, { label, target: tie.target }).gradient(tie.point);
  return { ...tie, value, gradient };
}

/** Where F ≥ 0 as linearised at a point: g · r ≥ g · (z − x) − F(z); none where the gradient vanishes. */
function planesAt(
  image: SearchedImage,
  { point, value, gradient }: Pick<BoundaryGradient, 'point' | 'value' | 'gradient'>,
): HalfSpace[] {
  const slope = norm(gradient);
  if (!(slope > 0 && Number.isFinite(slope))) return [];
  const normal = scale(gradient, 1 / slope);
  return [{ normal, offset: dot(normal, addScaled(point, -1, image.point)) - value / slope }];
}

function nearestOf(points: readonly BoundaryGradient[]): BoundaryGradient {
  return points.reduce((nearest, one) => (one.distance < nearest.distance ? one : nearest));
}
