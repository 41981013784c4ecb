import sharp from 'sharp';

import type { Layout } from '../../protocol/words';
import { type Pixels } from './pixels';

/**
 * A small picture of the image for panels and pages: a PNG data URI of at most size × size pixels with the image's
 * proportions. Smaller images are not enlarged, so that no pixel is invented.
 */
export async function thumbnail(image: Pixels, size = 48): Promise<string> {
  const { width, height, channels } = image;
  const png = await sharp(Uint8Array.from(new Uint8ClampedArray(image.data)), { raw: { width, height, channels } })
    .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png({ compressionLevel: 9 })
    .toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}

/**
 * Pixel values as a picture, rounded and held in 0 … 255: a PNG data URI of at most size × size pixels; null where the input is
 * no image of one or three channels.
 *
 * @param values - shape (D,), colours in the order red, green, blue.
 * @param inputShape - [C, H, W], [H, W, C] or [H, W].
 */
export async function pixelPicture(
  values: ArrayLike<number>,
  inputShape: readonly number[],
  layout: Layout,
  size = 64,
): Promise<string | null> {
  const axes = imageAxes(inputShape, layout);
  if (!axes) return null;
  const { channels, height, width, planes } = axes;
  const data = new Uint8ClampedArray(values.length);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < channels; c++) {
      data[i * channels + c] = values[planes ? c * height * width + i : i * channels + c];
    }
  }
  return thumbnail({ width, height, channels, data: new Uint8Array(data) }, size);
}

/** Where the axes of a network's input are; undefined where it is no image of one or three channels. */
function imageAxes(
  inputShape: readonly number[],
  layout: Layout,
): { channels: 1 | 3; height: number; width: number; planes: boolean } | undefined {
  const [first, second, third] = inputShape.length === 2 ? [1, ...inputShape] : inputShape;
  if (layout === 'flat' || inputShape.length < 2 || inputShape.length > 3) return undefined;
  const planes = layout === 'nchw' || inputShape.length === 2;
  const [channels, height, width] = planes ? [first, second, third] : [third, first, second];
  return channels === 1 || channels === 3 ? { channels, height, width, planes } : undefined;
}

/**
 * Values of a network's input as a picture: each over the largest in size, grey for 0, brighter above and darker below.
 * A PNG data URI of at most size × size pixels; null where the input is no image of one or three channels.
 *
 * @param values - shape (D,).
 * @param inputShape - [C, H, W], [H, W, C] or [H, W].
 */
export async function signedPicture(
  values: Float64Array,
  inputShape: readonly number[],
  layout: Layout,
  size = 96,
): Promise<string | null> {
  const axes = imageAxes(inputShape, layout);
  if (!axes) return null;
  const { channels, height, width, planes } = axes;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const data = new Uint8Array(values.length);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < channels; c++) {
      const value = values[planes ? c * height * width + i : i * channels + c];
      data[i * channels + c] = Math.round(127.5 + (largest > 0 ? (127.5 * value) / largest : 0));
    }
  }
  return thumbnail({ width, height, channels, data }, size);
}
