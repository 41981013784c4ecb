import { AnalysisError } from '../base/errors';
import { bootstrap, type BootstrapInterval } from './bootstrap';
import type { Random } from './random';

/** One point of a receiver operating characteristic: both rates when everything with score ≥ threshold is an alarm. */
export interface RocPoint {
  /** null: above every score, where nothing is an alarm. */
  readonly threshold: number | null;
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
}

/** The scores of one image: clean, and of its perturbed copies that exist. */
export interface ImageScores {
  readonly clean: number;
  readonly perturbed: readonly number[];
}

/**
 * The area under the ROC curve: the probability that a positive scores above a negative, ties counting half
 * (Mann–Whitney's U / (m n)). NaN where one of the samples is empty. O(n log n).
 *
 * @see Hanley & McNeil 1982, The Meaning and Use of the Area under a ROC Curve
 */
export function areaUnderRoc(negatives: ArrayLike<number>, positives: ArrayLike<number>): number {
  const low = Float64Array.from(negatives).sort();
  const high = Float64Array.from(positives).sort();
  let below = 0;
  let notAbove = 0;
  let wins = 0;
  for (const score of high) {
    while (below < low.length && low[below] < score) below++;
    while (notAbove < low.length && low[notAbove] <= score) notAbove++;
    wins += (below + notAbove) / 2;
  }
  return wins / (low.length * high.length);
}

/**
 * The ROC curve: a point for every distinct score as threshold, from (0, 0) to (1, 1).
 *
 * @throws AnalysisError 'invalid-input' where one of the samples is empty.
 */
export function rocPoints(negatives: ArrayLike<number>, positives: ArrayLike<number>): RocPoint[] {
  if (negatives.length === 0 || positives.length === 0) {
    throw new AnalysisError(
      'invalid-input',
      `a ROC curve needs clean and perturbed scores, got ${negatives.length} and ${positives.length}`,
    );
  }
  const low = Float64Array.from(negatives).sort().reverse();
  const high = Float64Array.from(positives).sort().reverse();
  const points: RocPoint[] = [{ threshold: null, falsePositiveRate: 0, truePositiveRate: 0 }];
  let falseAlarms = 0;
  let hits = 0;
  while (falseAlarms < low.length || hits < high.length) {
    const threshold = Math.max(low[falseAlarms] ?? -Infinity, high[hits] ?? -Infinity);
    while (falseAlarms < low.length && low[falseAlarms] >= threshold) falseAlarms++;
    while (hits < high.length && high[hits] >= threshold) hits++;
    points.push({
      threshold,
      falsePositiveRate: falseAlarms / low.length,
      truePositiveRate: hits / high.length,
    });
  }
  return points;
}

/**
 * The area under the ROC curve with its 95 % interval, resampled by image: clean and perturbed copies of one image are
 * alike, so they are drawn together. O(n) a replicate after one sort.
 */
export function areaUnderRocInterval(
  images: readonly ImageScores[],
  random: Random,
  replicates?: number,
): BootstrapInterval {
  return bootstrap(images.length, resampledArea(images), random, replicates);
}

/** The interval of the difference of two scores' areas on the same images, drawn together. */
export function areaUnderRocDifference(
  a: readonly ImageScores[],
  b: readonly ImageScores[],
  random: Random,
  replicates?: number,
): BootstrapInterval {
  const [areaA, areaB] = [resampledArea(a), resampledArea(b)];
  return bootstrap(a.length, (indices) => areaA(indices) - areaB(indices), random, replicates);
}

/** The area for a list of image indices, in which an image that was drawn c times counts c times. */
function resampledArea(images: readonly ImageScores[]): (indices: Int32Array) => number {
  const scores = images
    .flatMap(({ clean, perturbed }, image) => [
      { image, value: clean, positive: false },
      ...perturbed.map((value) => ({ image, value, positive: true })),
    ])
    .sort((a, b) => a.value - b.value);
  return (indices) => {
    const counts = new Int32Array(images.length);
    for (const image of indices) counts[image]++;
    let [negatives, positives, wins] = [0, 0, 0];
    for (let start = 0; start < scores.length;) {
      let [tiedNegatives, tiedPositives] = [0, 0];
      let end = start;
      for (; end < scores.length && scores[end].value === scores[start].value; end++) {
        const count = counts[scores[end].image];
        if (scores[end].positive) tiedPositives += count;
        else tiedNegatives += count;
      }
      wins += tiedPositives * (negatives + tiedNegatives / 2);
      negatives += tiedNegatives;
      positives += tiedPositives;
      start = end;
    }
    return wins / (negatives * positives);
  };
}
