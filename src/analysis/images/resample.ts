import type { Interpolation } from '../../protocol/words';
import { type Pixels } from './pixels';

interface Kernel {
  /** The kernel is zero beyond this distance, in pixels of the coarser image. */
  readonly support: number;
  readonly weight: (distance: number) => number;
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

const kernels: Readonly<Record<Exclude<Interpolation, 'nearest'>, Kernel>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    support: 2,
    weight: (distance) => {
      const a = -0.5;
      const x = Math.abs(distance);
      if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    },
  },
  lanczos: { support: 3, weight: (x) => (-3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** For each output position, where its window begins and the weights in it. */
interface Window {
  readonly start: number;
  readonly weights: Float64Array;
}

function windows(from: number, to: number, kernel: Kernel): Window[] {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const support = kernel.support * stretch;
  return Array.from({ length: to }, (_, position) => {
    const centre = (position + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const weights = new Float64Array(end - start);
    let sum = 0;
    const inverse = 1 / stretch;
    for (let i = 0; i < weights.length; i++) {
      weights[i] = kernel.weight((i + start - centre + 0.5) * inverse);
      sum += weights[i];
    }
    return { start, weights: weights.map((weight) => weight / sum) };
  });
}

/** An axis of an array seen as (outer, from, inner). */
interface Axis {
  readonly outer: number;
  readonly from: number;
  readonly inner: number;
}

function resampledFloats(data: Float32Array, { outer, from, inner }: Axis, to: number, kernel: Kernel): Float32Array {
  const result = new Float32Array(outer * to * inner);
  const all = windows(from, to, kernel);
  for (let o = 0; o < outer; o++) {
    for (let position = 0; position < to; position++) {
      const { start, weights } = all[position];
      for (let i = 0; i < inner; i++) {
        let sum = 0;
        for (let k = 0, p = (o * from + start) * inner + i; k < weights.length; k++, p += inner) {
          sum += data[p] * weights[k];
        }
        result[(o * to + position) * inner + i] = sum;
      }
    }
  }
  return result;
}

/** The unit of the fixed point in which bytes are resampled, 2 to so much: the result is Pillow's to the last bit. */
const fixedPointBits = 22;

/** Photographs are large, so bytes are summed as integers of 32 bits, which hold any window's, a whole pixel or row at a time. */
function resampledBytes(data: Uint8Array, { outer, from, inner }: Axis, to: number, kernel: Kernel): Uint8Array {
  const unit = 1 << fixedPointBits;
  const result = new Uint8ClampedArray(outer * to * inner);
  const sums = new Int32Array(inner);
  const all = windows(from, to, kernel).map(({ start, weights }) => {
    const fixed = Int32Array.from(weights, (weight) => Math.trunc(weight * unit + (weight < 0 ? -0.5 : 0.5)));
    return { start, weights: fixed };
  });
  for (let o = 0; o < outer; o++) {
    for (let position = 0; position < to; position++) {
      const { start, weights } = all[position];
      const p = (o * from + start) * inner;
      const q = (o * to + position) * inner;
      if (inner === 3) {
        sumColours(data, p, weights, sums);
      } else {
        sumRows(data, p, weights, sums);
      }
      for (let i = 0; i < inner; i++) result[q + i] = (sums[i] + (unit >> 1)) >> fixedPointBits;
    }
  }
  return new Uint8Array(result.buffer);
}

/** Σ_k weights[k] · data[p + 3k + i] for the three colours i. */
function sumColours(data: Uint8Array, p: number, weights: Int32Array, sums: Int32Array): void {
  let [red, green, blue] = [0, 0, 0];
  for (let k = 0; k < weights.length; k++, p += 3) {
    const weight = weights[k];
    red = (red + Math.imul(data[p], weight)) | 0;
    green = (green + Math.imul(data[p + 1], weight)) | 0;
    blue = (blue + Math.imul(data[p + 2], weight)) | 0;
  }
  sums[0] = red;
  sums[1] = green;
  sums[2] = blue;
}

/** Σ_k weights[k] · data[p + k · n + i] for i = 0 … n − 1, n being how many sums there are. */
function sumRows(data: Uint8Array, p: number, weights: Int32Array, sums: Int32Array): void {
  sums.fill(0);
  for (let k = 0; k < weights.length; k++, p += sums.length) {
    const weight = weights[k];
    for (let i = 0; i < sums.length; i++) sums[i] += Math.imul(data[p + i], weight);
  }
}

function resampledAxis(data: Pixels['data'], axis: Axis, to: number, kernel: Kernel): Pixels['data'] {
  return data instanceof Uint8Array ? resampledBytes(data, axis, to, kernel) : resampledFloats(data, axis, to, kernel);
}

function nearest(image: Pixels, height: number, width: number): Pixels {
  const { channels, data } = image;
  const size = height * width * channels;
  const result = data instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size);
  for (let y = 0, q = 0; y < height; y++) {
    const row = Math.floor((y + 0.5) * (image.height / height)) * image.width;
    for (let x = 0; x < width; x++) {
      const p = (row + Math.floor((x + 0.5) * (image.width / width))) * channels;
      for (let c = 0; c < channels; c++, q++) result[q] = data[p + c];
    }
  }
  return { height, width, channels, data: result };
}

/**
 * The image resampled to (height, width), pixel centres at half-integers, kernels widened when shrinking (antialiasing):
 * Pillow's `Image.resize`, and so torchvision's `Resize` and Keras' `load_img`. Bytes come out equal to Pillow's, rows
 * first as before Pillow 13. An image
 * that already has the size is returned as it is.
 *
 * @see Pillow, src/libImaging/Resample.c
 */
export function resampled(image: Pixels, height: number, width: number, interpolation: Interpolation): Pixels {
  if (image.height === height && image.width === width) return image;
  if (interpolation === 'nearest') return nearest(image, height, width);
  const kernel = kernels[interpolation];
  let { data } = image;
  const { channels } = image;
  if (width !== image.width) {
    data = resampledAxis(data, { outer: image.height, from: image.width, inner: channels }, width, kernel);
  }
  if (height !== image.height) {
    data = resampledAxis(data, { outer: 1, from: image.height, inner: width * channels }, height, kernel);
  }
  return { height, width, channels, data };
}
