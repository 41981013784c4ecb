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

/** Bytes are resampled in fixed point with this unit, so that the result is Pillow's to the last bit. */
const fixedPointUnit = 1 << 22;

function windows(from: number, to: number, kernel: Kernel, fixedPoint: boolean): Window[] {
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
    for (let i = 0; i < weights.length; i++) {
      weights[i] /= sum;
      if (fixedPoint) weights[i] = Math.trunc(weights[i] * fixedPointUnit + (weights[i] < 0 ? -0.5 : 0.5));
    }
    return { start, weights };
  });
}

/** Resamples one axis of an array seen as (outer, from, inner). */
function resampleAxis(
  data: Pixels['data'],
  outer: number,
  from: number,
  inner: number,
  to: number,
  kernel: Kernel,
): Pixels['data'] {
  const bytes = data instanceof Uint8Array;
  const result = bytes ? new Uint8ClampedArray(outer * to * inner) : new Float32Array(outer * to * inner);
  const all = windows(from, to, kernel, bytes);
  for (let o = 0; o < outer; o++) {
    for (let position = 0; position < to; position++) {
      const { start, weights } = all[position];
      for (let i = 0; i < inner; i++) {
        let sum = bytes ? fixedPointUnit / 2 : 0;
        let p = (o * from + start) * inner + i;
        for (let k = 0; k < weights.length; k++, p += inner) sum += data[p] * weights[k];
        result[(o * to + position) * inner + i] = bytes ? Math.floor(sum / fixedPointUnit) : sum;
      }
    }
  }
  return result instanceof Float32Array ? result : new Uint8Array(result.buffer);
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
  if (width !== image.width) data = resampleAxis(data, image.height, image.width, image.channels, width, kernel);
  if (height !== image.height) data = resampleAxis(data, 1, image.height, width * image.channels, height, kernel);
  return { height, width, channels: image.channels, data };
}
