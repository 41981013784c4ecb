import { AnalysisError } from '../../base/errors';
import { dirichletWeights } from '../../math/dirichlet';
import type { Random } from '../../math/random';
import { type RateInterval, wilsonInterval } from '../../math/statistics';
import type { Vector } from '../../math/vector';
import type { Classifier } from '../../model/classifier';
import { inChunks } from '../chunks';
import { predictedLabel } from '../logits';

/** A point as callers store many of them: single precision is what the network sees. */
export type StoredPoint = Float32Array | Float64Array;

/** Images of one estimated class. */
export interface RegionSample {
  readonly label: number;
  readonly points: readonly StoredPoint[];
}

/** How many random convex combinations of m images of one class kept the label. */
export interface ConvexityFraction extends RateInterval {
  readonly m: number;
  readonly inside: number;
  readonly total: number;
}

/** Σ wᵢ xᵢ, shape (D,). */
export function convexCombination(points: readonly StoredPoint[], weights: ArrayLike<number>): Vector {
  const sum = new Float64Array(points[0].length);
  points.forEach((point, i) => {
    const weight = weights[i];
    for (let j = 0; j < sum.length; j++) sum[j] += weight * point[j];
  });
  return sum;
}

/**
 * The fraction of random convex combinations of m images of one estimated class that keep the label, with its Wilson
 * interval. For every combination a class is drawn (evenly, among those with m images), then m different images of it,
 * then weights from Dirichlet(1, …, 1). Holds, beside the images, one chunk of combinations (32 MB).
 *
 * @param regions - one entry a class; those with fewer than m images are left out.
 * @param m - images combined, ≥ 2.
 * @returns null where no class has m images.
 * @throws AnalysisError 'invalid-input' for m < 2 or no combinations.
 * @see Fawzi et al. 2018, Empirical Study of the Topology and Geometry of Deep Networks, §3, the convexity experiment
 */
export async function convexityFraction(
  classifier: Classifier,
  regions: readonly RegionSample[],
  m: number,
  combinations: number,
  random: Random,
): Promise<ConvexityFraction | null> {
  if (!Number.isInteger(m) || m < 2) throw new AnalysisError('invalid-input', `members must be 2 or more, got ${m}`);
  const large = regions.filter((region) => region.points.length >= m);
  if (large.length === 0) return null;
  // All numbers are drawn here, in order: answers that arrive in another order change nothing.
  const draws = Array.from({ length: combinations }, () => {
    const region = large[Math.floor(random() * large.length)];
    return { region, members: distinctIndices(m, region.points.length, random), weights: dirichletWeights(m, random) };
  });
  const kept = await inChunks(combinations, classifier.dimension, async (index) => {
    const { region, members, weights } = draws[index];
    const images = members.map((member) => region.points[member]);
    const combination = convexCombination(images, weights);
    return predictedLabel(await classifier.logits(combination)) === region.label;
  });
  const inside = kept.filter(Boolean).length;
  return { m, inside, total: combinations, ...wilsonInterval(inside, combinations) };
}

/** m different numbers of 0 … n − 1 (Fisher–Yates, kept sparse). */
function distinctIndices(m: number, n: number, random: Random): number[] {
  const moved = new Map<number, number>();
  return Array.from({ length: m }, (_, i) => {
    const j = i + Math.floor(random() * (n - i));
    const drawn = moved.get(j) ?? j;
    moved.set(j, moved.get(i) ?? i);
    return drawn;
  });
}
