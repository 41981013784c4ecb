import { createHash } from 'node:crypto';

import { concurrently } from '../base/concurrently';
import { AnalysisError } from '../base/errors';
import type { NetworkInput } from '../images/arrayImages';
import type { ImageItem, ImageSet } from '../images/dataset';
import type { Pixels } from '../images/pixels';
import type { ColourStatistics } from './usual';

/** An image of the sample, decoded once for all candidates. */
export interface Sampled {
  readonly name: string;
  readonly label: number | null;
  readonly image: Pixels | NetworkInput;
}

/** Images of the sample; fewer where the network is large, so that the first answer is there within about a second. */
const most = 64;
const mostLarge = 16;

/** Whether inputs are as large as photographs: one call takes long. */
export const isLarge = (dimension: number): boolean => dimension > 100 * 100 * 3;

/** An image that was drawn, and is not read yet. */
interface Drawn {
  readonly item: ImageItem;
  readonly label: number | null;
}

/**
 * Some images of a set, drawn by their names and the seed, in the order in which they were drawn.
 *
 * @param labels - the true class of each image of the set, or null.
 * @param dimension - D of the network's input.
 */
export function drawnSample(
  set: ImageSet,
  labels: readonly (number | null)[],
  dimension: number,
  seed: number,
): Drawn[] {
  const rank = (name: string): string => createHash('sha256').update(`preflight ${seed} ${name}`).digest('hex');
  return set.items
    .map((item, i) => ({ item, label: labels[i], rank: rank(item.name) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : Number(a.rank > b.rank)))
    .slice(0, isLarge(dimension) ? mostLarge : most);
}

/** Reads what was drawn. What cannot be read is left out: the run says so. */
export async function decoded(drawn: readonly Drawn[]): Promise<Sampled[]> {
  const read: (Sampled | undefined)[] = [];
  await concurrently(drawn, 4, async ({ item: { name, load }, label }, i) => {
    try {
      read[i] = { name, label, image: await load() };
    } catch (error) {
      if (!(error instanceof AnalysisError)) throw error;
    }
  });
  return read.filter((one) => one !== undefined);
}

/** Mean and standard deviation of all pixels / 255, by channel: one where every image is grey, else three. */
export function colourStatistics(sample: readonly Sampled[], channels: 1 | 3): ColourStatistics {
  const sums = Array.from({ length: channels }, () => ({ sum: 0, squares: 0, n: 0 }));
  for (const { image } of sample) {
    if ('array' in image) continue;
    const { data } = image;
    for (let i = 0; i < data.length; i++) {
      const value = data[i] / 255;
      const each = image.channels === channels ? [sums[i % channels]] : sums;
      for (const of of each) {
        of.sum += value;
        of.squares += value * value;
        of.n++;
      }
    }
  }
  const mean = sums.map(({ sum, n }) => sum / Math.max(1, n));
  const std = sums.map(({ squares, n }, c) => Math.sqrt(Math.max(0, squares / Math.max(1, n) - mean[c] ** 2)));
  return { mean, std };
}
