import sharp from 'sharp';

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
