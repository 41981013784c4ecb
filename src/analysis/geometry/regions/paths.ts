import { AnalysisError } from '../../base/errors';
import { addScaled, dot, norm, type Vector } from '../../math/vector';
import type { Classifier } from '../../model/classifier';
import { predictedLabel } from '../logits';
import { projectOntoRegion } from './projection';
import { segmentInside } from './segment';

/** The bounds of Algorithm 1, which the paper leaves open. */
export interface PathSettings {
  /** How often a segment may be halved. */
  readonly maxDepth: number;
  /** The most anchors between the two ends; also the bound on memory, 8 D bytes each. */
  readonly maxAnchors: number;
  /** How far into the region a projected midpoint is put, as a share of the way to it: 1 is as far again. */
  readonly overshoot: number;
  readonly maxProjectionSteps: number;
  /** Distance between samples of the validity check over ‖x₁ − x₂‖ of the original pair. */
  readonly spacing: number;
}

/**
 * Bounds of what a path may take. An overshoot of 1 needs 3 anchors where 0.02 needs 163 (LeNet on MNIST, bent pairs): whoever
 * asks for a small overshoot needs more anchors than these.
 */
export const usualBounds = { maxDepth: 20, maxAnchors: 200, maxProjectionSteps: 50 };

/** What must be said of a path, and what may. */
type AskedPath = Pick<PathSettings, 'overshoot' | 'spacing'> & Partial<PathSettings>;

/** About how many points are checked between the two ends of a straight path. */
export const pointsChecked = (spacing: number): number => Math.ceil(1 / spacing);

/** What was found between two points of one classification region. */
export interface RegionPath {
  readonly label: number;
  /** False means that no path was found, never that there is none. */
  readonly connected: boolean;
  /** p₀ = x₁, p₁, …, p_{n+1} = x₂; where not connected, the part from x₁ that stays in the region. */
  readonly points: readonly Vector[];
  /** n, the number of points between the two ends (so far). */
  readonly anchors: number;
  /** D(p) = Σ‖pᵢ − pᵢ₊₁‖ / ‖p₀ − p_{n+1}‖ ≥ 1; null where not connected. */
  readonly relativeLength: number | null;
  /** Whether the straight segment stays in the region. */
  readonly straightInside: boolean;
  /** Forward passes used. */
  readonly forwards: number;
  /** How far the part from x₁ came along x₂ − x₁ at best, as a share of it (≥ 0); null where connected. */
  readonly furthest: number | null;
}

/**
 * A piecewise-linear path from x₁ to x₂ that stays in the region of their common label: try the straight segment; where
 * it leaves the region, project its midpoint on the region and go on with both halves. Depth first from x₁, so that a
 * failure ends the search with the furthest point reached. Halves that are valid already are not halved again (the
 * paper's recursion would add a midpoint that lies on the segment). Holds at most maxAnchors + maxDepth points and one
 * chunk of samples (32 MB): 240 MB at D = 150,528 with 200 anchors, 10 MB with the usual few.
 *
 * @throws AnalysisError 'invalid-input' where the labels of the two points differ or the points are equal.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, Algorithm 1
 */
export async function findPath(
  classifier: Classifier,
  start: Vector,
  end: Vector,
  settings: AskedPath,
): Promise<RegionPath> {
  const { maxDepth, maxAnchors, overshoot, maxProjectionSteps, spacing } = { ...usualBounds, ...settings };
  const distance = norm(addScaled(end, -1, start));
  const [label, endLabel] = (await Promise.all([classifier.logits(start), classifier.logits(end)])).map(predictedLabel);
  if (label !== endLabel) {
    throw new AnalysisError(
      'invalid-input',
      `the two ends of a path must have the same predicted class, got ${label} and ${endLabel}`,
    );
  }
  if (!(distance > 0)) throw new AnalysisError('invalid-input', 'the two ends of a path must differ, got equal points');

  let forwards = 2;
  let straightInside = false;
  const points = [start];
  const open = [{ from: start, to: end, depth: 0 }];
  for (let segment = open.pop(); segment !== undefined; segment = open.pop()) {
    const { from, to, depth } = segment;
    const check = await segmentInside(classifier, from, to, label, spacing * distance);
    forwards += check.forwards;
    if (check.inside) {
      straightInside ||= depth === 0;
      points.push(to);
      continue;
    }
    let middle: Vector | null = null;
    if (depth < maxDepth && points.length + open.length <= maxAnchors) {
      const midpoint = addScaled(from, 0.5, addScaled(to, -1, from));
      const projection = await projectOntoRegion(classifier, midpoint, label, {
        overshoot,
        maxSteps: maxProjectionSteps,
      });
      forwards += projection.forwards;
      if (projection.status === 'converged') middle = projection.point;
    }
    if (middle === null) {
      return {
        label,
        connected: false,
        points,
        anchors: points.length - 1,
        relativeLength: null,
        straightInside,
        forwards,
        furthest: Math.max(...points.map((point) => progress(start, end, point))),
      };
    }
    open.push({ from: middle, to, depth: depth + 1 }, { from, to: middle, depth: depth + 1 });
  }
  return {
    label,
    connected: true,
    points,
    anchors: points.length - 2,
    relativeLength: pathLength(points) / distance,
    straightInside,
    forwards,
    furthest: null,
  };
}

/** Σ‖pᵢ − pᵢ₊₁‖ of a polygon. */
export function pathLength(points: readonly Vector[]): number {
  let length = 0;
  for (let i = 1; i < points.length; i++) length += norm(addScaled(points[i], -1, points[i - 1]));
  return length;
}

function progress(start: Vector, end: Vector, point: Vector): number {
  const way = addScaled(end, -1, start);
  return dot(addScaled(point, -1, start), way) / dot(way, way);
}
