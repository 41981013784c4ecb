import { createHash } from 'node:crypto';

import type { Failure } from '../../protocol/failure';
import { concurrently } from '../base/concurrently';
import { AnalysisError } from '../base/errors';
import type { ImageSet } from './dataset';
import { preprocess, type PreprocessingPlan } from './preprocess';
import { thumbnail } from './thumbnail';

/** An image as the network sees it. */
export interface NetworkImage {
  /** Its place in the set and in the report. */
  readonly index: number;
  readonly name: string;
  /** Preprocessed, shape (D,). */
  readonly x: Float32Array;
  /** Of x. */
  readonly sha256: string;
  /** SHA-256 of the picture before any preprocessing: random streams derive from it, so no list changes them. */
  readonly content: string;
  readonly trueLabel: number | null;
}

/** Where the decoding of a set tells what it could not read, how far it is, and what the images look like. */
export interface DecodingTools {
  readonly sink: { fail(failure: Failure): void; thumbnail(name: string, picture: string): void };
  readonly signal: AbortSignal;
  readonly progress: (stage: string, done: number, total: number) => void;
}

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
  stage: string,
  { sink, signal, progress }: DecodingTools,
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
      const values = 'array' in pixels ? pixels.array : pixels.data;
      const size = 'array' in pixels ? pixels.shape : [pixels.height, pixels.width, pixels.channels];
      const content = hashOf(JSON.stringify(size), bytesOf(values));
      images[index] = { index, name, x, sha256: hashOf(bytesOf(x)), content, trueLabel: labels[index] ?? null };
      if (index < mostThumbnails && 'channels' in pixels) thumbnails[index] = await thumbnail(pixels);
    } catch (error) {
      if (!(error instanceof AnalysisError)) throw error;
      sink.fail({ name, code: error.code, message: error.message });
    }
    progress(stage, ++done, set.items.length);
  });
  // In the order of the set, so that reruns write the same bytes.
  set.items.forEach(({ name }, index) => {
    const picture = thumbnails[index];
    if (picture !== undefined) sink.thumbnail(name, picture);
  });
  return images.filter((image) => image !== undefined);
}

/** The places of images in an order that depends on nothing but what they show; those that are alike by name. */
export function placesByContent(images: readonly NetworkImage[]): number[] {
  const before = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
  const compare = (a: NetworkImage, b: NetworkImage): number => {
    return before(a.content, b.content) || before(a.name, b.name);
  };
  return images.map((_, i) => i).sort((i, j) => compare(images[i], images[j]));
}

/** The images in the order of `placesByContent`. */
export function byContent(images: readonly NetworkImage[]): NetworkImage[] {
  return placesByContent(images).map((i) => images[i]);
}

function hashOf(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

function bytesOf({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** What a result depends on that is of a whole set of images. */
export function imagesKey(images: readonly NetworkImage[]): string {
  const hash = createHash('sha256');
  for (const { name, sha256 } of images) hash.update(`${name}\0${sha256}\n`);
  return hash.digest('hex');
}
