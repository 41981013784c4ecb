import { createHash } from 'node:crypto';

import { AnalysisError } from '../base/errors';
import type { ReportBuilder } from '../job/reportBuilder';
import type { NetworkImage } from '../study/context';
import { concurrently } from '../study/context';
import type { ImageSet } from './dataset';
import { preprocess, type PreprocessingPlan } from './preprocess';
import { thumbnail } from './thumbnail';

/** Pictures kept for the panel; more would make every report heavy. */
const mostThumbnails = 200;

/**
 * Decodes and preprocesses a set of images. One that cannot be read is recorded as a failure; the rest goes on.
 *
 * @param labels - the true class of each image, or null, as `matchLabels` returns them.
 */
export async function networkImages(
  set: ImageSet,
  labels: readonly (number | null)[],
  plan: PreprocessingPlan,
  builder: ReportBuilder,
  signal: AbortSignal,
  progress: (done: number, total: number) => void,
): Promise<NetworkImage[]> {
  const images: (NetworkImage | undefined)[] = [];
  const thumbnails: (string | undefined)[] = [];
  let done = 0;
  // As many at once as the decoder has threads.
  await concurrently(set.items, 4, async ({ name, load }, index) => {
    signal.throwIfAborted();
    try {
      const pixels = await load();
      const x = preprocess(plan, pixels, name);
      const sha256 = createHash('sha256')
        .update(new Uint8Array(x.buffer, x.byteOffset, x.byteLength))
        .digest('hex');
      images[index] = { index, name, x, sha256, trueLabel: labels[index] ?? null };
      if (index < mostThumbnails && 'channels' in pixels) thumbnails[index] = await thumbnail(pixels);
    } catch (error) {
      if (!(error instanceof AnalysisError)) throw error;
      builder.fail({ name, code: error.code, message: error.message });
    }
    progress(++done, set.items.length);
  });
  // In the order of the set, so that reruns write the same bytes.
  set.items.forEach(({ name }, index) => {
    const picture = thumbnails[index];
    if (picture !== undefined) builder.thumbnails[name] = picture;
  });
  return images.filter((image) => image !== undefined);
}
