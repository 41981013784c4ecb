/**
 * A decoded image: values 0–255, row by row, the channels of a pixel together, shape (height, width, channels). One
 * channel is grey, three are red, green, blue. Whole numbers as bytes; images with more than 8 bits as floats.
 */
export interface Pixels {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array | Float32Array;
}

/**
 * The image with one channel or three. Grey is repeated; colour becomes luma 0.299 R + 0.587 G + 0.114 B (ITU-R 601), for
 * bytes with Pillow's fixed-point rounding: what `Image.convert('L')` and `Image.convert('RGB')` give.
 */
export function withChannels(image: Pixels, channels: 1 | 3): Pixels {
  if (image.channels === channels) return image;
  const { data } = image;
  const size = image.height * image.width;
  const converted = data instanceof Uint8Array ? new Uint8Array(size * channels) : new Float32Array(size * channels);
  if (channels === 3) {
    for (let i = 0; i < size; i++) converted.fill(data[i], 3 * i, 3 * i + 3);
  } else if (data instanceof Uint8Array) {
    for (let i = 0, p = 0; i < size; i++, p += 3) {
      converted[i] = (data[p] * 19595 + data[p + 1] * 38470 + data[p + 2] * 7471 + 0x8000) >>> 16;
    }
  } else {
    for (let i = 0, p = 0; i < size; i++, p += 3) {
      converted[i] = 0.299 * data[p] + 0.587 * data[p + 1] + 0.114 * data[p + 2];
    }
  }
  return { ...image, channels, data: converted };
}

/** The rectangle of the image that begins at row `top` and column `left`. */
export function crop(image: Pixels, top: number, left: number, height: number, width: number): Pixels {
  const { channels, data } = image;
  const part =
    data instanceof Uint8Array
      ? new Uint8Array(height * width * channels)
      : new Float32Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * channels;
    part.set(data.subarray(from, from + width * channels), y * width * channels);
  }
  return { height, width, channels, data: part };
}
