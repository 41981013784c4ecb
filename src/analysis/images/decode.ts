import { readFile, stat } from 'node:fs/promises';

import sharp, { type Metadata } from 'sharp';

import { AnalysisError } from '../base/errors';
import { bmpHeader, decodeBmp } from './bmp';
import { type Pixels } from './pixels';

/** What `decodeImage` accepts. */
export interface DecodeOptions {
  /** Images with more pixels are refused from their header, before memory is taken (50 million). */
  readonly maxPixels?: number;
  /** What messages call the image, where bytes are given. */
  readonly name?: string;
}

const defaultMaxPixels = 50e6;
const maxFileBytes = 512 * 2 ** 20;

/** The format by its first bytes: no other decoder than these is ever started on a file. */
function format(bytes: Buffer): 'bmp' | 'sharp' | null {
  const starts = (...magic: string[]) =>
    magic.some((text) => bytes.subarray(0, text.length).equals(Buffer.from(text, 'latin1')));
  if (starts('BM')) return 'bmp';
  if (starts('RIFF')) return bytes.toString('latin1', 8, 12) === 'WEBP' ? 'sharp' : null;
  return starts('\x89PNG\r\n\x1a\n', '\xff\xd8\xff', 'GIF87a', 'GIF89a', 'II*\0', 'MM\0*', 'II+\0', 'MM\0+')
    ? 'sharp'
    : null;
}

/** In our words: libvips keeps one list of messages for all images that are decoded at a time, and may tell another's. */
const damaged = 'the file is damaged or cut off';

function checkSize(width: number, height: number, maxPixels: number, name: string): void {
  if (width * height <= maxPixels) return;
  throw new AnalysisError(
    'limit-exceeded',
    `${name}: an image must have at most ${maxPixels / 1e6} million pixels, got ${width} × ${height}`,
  );
}

/** Ink to light without a profile: (255 − C) (255 − K) / 255, rounded as Pillow does. */
function rgbOfCmyk(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((cmyk.length / 4) * 3);
  for (let p = 0, q = 0; p < cmyk.length; p += 4, q += 3) {
    const light = 255 - cmyk[p + 3];
    for (let c = 0; c < 3; c++) {
      const product = cmyk[p + c] * light + 128;
      rgb[q + c] = light - (((product >> 8) + product) >> 8);
    }
  }
  return rgb;
}

async function decodeWithSharp(bytes: Buffer, maxPixels: number, name: string): Promise<Pixels> {
  // The size is judged by checkSize, which says it in our words; ICC profiles are left alone as Pillow does.
  const image = sharp(bytes, { failOn: 'error', limitInputPixels: false, ignoreIcc: true });
  let metadata: Metadata;
  try {
    metadata = await image.metadata();
  } catch (error) {
    throw new AnalysisError('invalid-input', `${name}: the image cannot be read: ${damaged}`, { cause: error });
  }
  checkSize(metadata.width, metadata.pageHeight ?? metadata.height, maxPixels, name);
  const cmyk = metadata.space === 'cmyk';
  const grey = metadata.space === 'b-w' || metadata.space === 'grey16';
  const wide = metadata.depth === 'ushort';
  if (wide ? cmyk : metadata.depth !== 'uchar') {
    throw new AnalysisError(
      'invalid-input',
      `${name}: an image must have 8 or 16 bits a channel (CMYK 8), got ${metadata.depth}; save its numbers as .npy`,
    );
  }
  try {
    // The working colour space too, or CMYK would take the way through a profile.
    const space = cmyk ? 'cmyk' : wide ? (grey ? 'grey16' : 'rgb16') : grey ? 'b-w' : 'srgb';
    const { data, info } = await (cmyk ? image.pipelineColourspace('cmyk') : image)
      .removeAlpha()
      .toColourspace(space)
      .raw({ depth: wide ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    if (cmyk && channels === 4) return { height, width, channels: 3, data: rgbOfCmyk(data) };
    if (channels !== 1 && channels !== 3) {
      throw new AnalysisError('invalid-input', `${name}: an image must be grey, RGB or CMYK, got ${channels} channels`);
    }
    if (!wide) return { height, width, channels, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
    const values = new Float32Array(data.length / 2);
    for (let i = 0; i < values.length; i++) values[i] = (data[2 * i] + 256 * data[2 * i + 1]) / 257;
    return { height, width, channels, data: values };
  } catch (error) {
    if (error instanceof AnalysisError) throw error;
    throw new AnalysisError('invalid-input', `${name}: the image cannot be decoded: ${damaged}`, { cause: error });
  }
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > maxFileBytes) {
      throw new AnalysisError('limit-exceeded', `${path}: an image file must have at most 512 MiB, got ${size} bytes`);
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof AnalysisError) throw error;
    throw new AnalysisError('invalid-input', `${path}: the image cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * The pixels of a PNG, JPEG, BMP, GIF (first frame), WebP or TIFF (first page) image, from a path or from its bytes.
 *
 * They are what Pillow's `Image.open(…).convert('RGB')`, and so torchvision's ImageFolder and Keras' load_img, see, and
 * to the bit: alpha is dropped, not blended; EXIF orientation and ICC profiles are not applied. Three things differ: a grey
 * image keeps one channel; 16-bit values are divided by 257, so that full white is 255 and nothing is rounded; transparent
 * pixels of a GIF are black.
 *
 * @throws AnalysisError 'invalid-input' when it is no such image or damaged, 'limit-exceeded' when it is too large.
 */
export async function decodeImage(source: string | Uint8Array, options: DecodeOptions = {}): Promise<Pixels> {
  const name = options.name ?? (typeof source === 'string' ? source : 'image');
  const maxPixels = options.maxPixels ?? defaultMaxPixels;
  const bytes =
    typeof source === 'string' ? await readBytes(source) : Buffer.from(source.buffer, source.byteOffset, source.length);
  if (bytes.length === 0) {
    throw new AnalysisError('invalid-input', `${name}: an image must have bytes, got an empty file`);
  }
  switch (format(bytes)) {
    case 'bmp': {
      const { width, height } = bmpHeader(bytes, name);
      checkSize(width, height, maxPixels, name);
      return decodeBmp(bytes, name);
    }
    case 'sharp':
      return await decodeWithSharp(bytes, maxPixels, name);
    case null:
      throw new AnalysisError(
        'invalid-input',
        `${name}: an image must be PNG, JPEG, BMP, GIF, WebP or TIFF, got another format`,
      );
  }
}
