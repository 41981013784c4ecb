import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export const fixtures = 'test/fixtures/images';

/** What Pillow 11.3.0 and NumPy 2.3.5 say about the fixtures; see generate.py beside it. */
export const expected = JSON.parse(readFileSync(`${fixtures}/expected.json`, 'utf8')) as {
  readonly decoded: Readonly<Record<string, { size: [number, number]; rgb: string; grey: string }>>;
  readonly resized: readonly {
    size: [number, number];
    interpolation: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos';
    sha256: string;
  }[];
  readonly cropped: string;
  readonly normalised: { readonly nhwc: string; readonly nchw: string; readonly bgr: string };
  readonly digits: readonly number[][];
};

export function sha256(values: ArrayBufferView): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return createHash('sha256').update(bytes).digest('hex');
}
