import { AnalysisError } from '../base/errors';
import { type Pixels } from './pixels';

interface Header {
  readonly width: number;
  readonly height: number;
  readonly bitsPerPixel: 1 | 4 | 8 | 16 | 24 | 32;
  /** Rows run from the top down instead of from the bottom up. */
  readonly topDown: boolean;
  /** Red, green and blue bits of a 16- or 32-bit pixel. */
  readonly masks: readonly [number, number, number];
  /** Where the colour table begins. */
  readonly palette: number;
  /** Bytes of a colour table entry. */
  readonly entry: 3 | 4;
  /** Where the rows begin. */
  readonly rows: number;
}

const uncompressed = 0;
const bitFields = 3;

/**
 * The size of a Windows bitmap (BMP) and how its pixels are stored.
 *
 * @throws AnalysisError 'invalid-input' when it is damaged or compressed.
 */
export function bmpHeader(bytes: Buffer, name: string): Header {
  const refuse = (reason: string) => new AnalysisError('invalid-input', `${name}: ${reason}`);
  if (bytes.length < 30) throw refuse('the BMP header must be complete, got a truncated file');
  const size = bytes.readUInt32LE(14);
  const old = size === 12;
  if (!old && (size < 40 || bytes.length < 14 + size)) throw refuse('the BMP header must be complete');
  const width = old ? bytes.readUInt16LE(18) : bytes.readInt32LE(18);
  const signedHeight = old ? bytes.readUInt16LE(20) : bytes.readInt32LE(22);
  const bitsPerPixel = bytes.readUInt16LE(old ? 24 : 28);
  const compression = old ? uncompressed : bytes.readUInt32LE(30);
  if (width < 1 || signedHeight === 0) throw refuse(`a BMP must have pixels, got ${width} × ${signedHeight}`);
  if (
    bitsPerPixel !== 1 &&
    bitsPerPixel !== 4 &&
    bitsPerPixel !== 8 &&
    bitsPerPixel !== 16 &&
    bitsPerPixel !== 24 &&
    bitsPerPixel !== 32
  ) {
    throw refuse(`a BMP must have 1, 4, 8, 16, 24 or 32 bits a pixel, got ${bitsPerPixel}`);
  }
  let masks: Header['masks'] = bitsPerPixel === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff];
  if (compression === bitFields && (bitsPerPixel === 16 || bitsPerPixel === 32)) {
    if (bytes.length < 66) throw refuse('the BMP header must be complete');
    masks = [bytes.readUInt32LE(54), bytes.readUInt32LE(58), bytes.readUInt32LE(62)];
  } else if (compression !== uncompressed) {
    throw refuse('a BMP must be uncompressed; save it as PNG');
  }
  return {
    width,
    height: Math.abs(signedHeight),
    bitsPerPixel,
    topDown: signedHeight < 0,
    masks,
    palette: 14 + size,
    entry: old ? 3 : 4,
    rows: bytes.readUInt32LE(10),
  };
}

/** The bits of `value` under `mask` as 0–255. */
function channel(value: number, mask: number): number {
  if (mask === 0) return 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const largest = mask >>> shift;
  return Math.round((((value & mask) >>> shift) * 255) / largest);
}

/**
 * A Windows bitmap's pixels, 8 bits a channel, shape (height, width, 3), or (height, width, 1) where its colour table is
 * grey; alpha is left out. (No library that is kept up reads colour tables right, and sharp has no BMP.)
 *
 * @throws AnalysisError 'invalid-input' when the file is damaged or compressed.
 */
export function decodeBmp(bytes: Buffer, name: string): Pixels {
  const header = bmpHeader(bytes, name);
  const { width, height, bitsPerPixel, masks, palette, entry } = header;
  const stride = Math.ceil((width * bitsPerPixel) / 32) * 4;
  if (header.rows + stride * height > bytes.length) {
    throw new AnalysisError('invalid-input', `${name}: the BMP's pixels must be complete, got a truncated file`);
  }
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0, q = 0; y < height; y++) {
    const row = header.rows + stride * (header.topDown ? y : height - 1 - y);
    for (let x = 0; x < width; x++, q += 3) {
      if (bitsPerPixel === 16 || bitsPerPixel === 32) {
        const value = bitsPerPixel === 16 ? bytes.readUInt16LE(row + 2 * x) : bytes.readUInt32LE(row + 4 * x);
        for (let c = 0; c < 3; c++) rgb[q + c] = channel(value, masks[c]);
        continue;
      }
      let p = row + 3 * x;
      if (bitsPerPixel !== 24) {
        const bit = x * bitsPerPixel;
        const index = (bytes[row + (bit >> 3)] >> (8 - bitsPerPixel - (bit & 7))) & ((1 << bitsPerPixel) - 1);
        p = palette + entry * index;
        if (p + 3 > header.rows) {
          throw new AnalysisError('invalid-input', `${name}: BMP pixels must name colours of its table, got ${index}`);
        }
      }
      rgb[q] = bytes[p + 2];
      rgb[q + 1] = bytes[p + 1];
      rgb[q + 2] = bytes[p];
    }
  }
  const grey = bitsPerPixel <= 8 && rgb.every((value, i) => value === rgb[i - (i % 3)]);
  if (!grey) return { height, width, channels: 3, data: rgb };
  return { height, width, channels: 1, data: Uint8Array.from({ length: width * height }, (_, i) => rgb[3 * i]) };
}
