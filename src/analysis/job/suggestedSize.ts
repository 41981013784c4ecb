import type { Request } from '../../protocol/job';
import { openImages } from '../images/dataset';
import { OpenSizeError } from '../model/read';

/** Smaller images are commonly seen as they are, larger ones at a size of their own. */
const largestOwn = 128;
/** What ImageNet's networks see. */
const common = '224x224';

/** The same error with a size that suits the first of the images that can be read. */
export async function withSuggestedSize(
  error: OpenSizeError,
  { images, seed, preprocessed }: Pick<Request, 'images' | 'seed' | 'preprocessed'>,
): Promise<OpenSizeError> {
  const size = await firstSize(images, seed, preprocessed);
  if (size === null) return error;
  const [height, width] = size;
  const own = Math.max(height, width) <= largestOwn || preprocessed;
  const suggestion = own ? `${height}x${width}` : common;
  return new OpenSizeError(`${error.message} Your images are ${height} × ${width}; try --input-size ${suggestion}.`);
}

async function firstSize(
  paths: readonly string[],
  seed: number,
  preprocessed: boolean,
): Promise<[number, number] | null> {
  const set = await openImages(paths, { seed, preprocessed }).catch(() => null);
  for (const { load } of set?.items.slice(0, 10) ?? []) {
    const image = await load().catch(() => null);
    if (image === null) continue;
    if (!('array' in image)) return [image.height, image.width];
    // The channels are the few.
    const extents = image.shape.filter((extent) => extent > 4);
    return extents.length === 2 ? [extents[0], extents[1]] : null;
  }
  return null;
}
