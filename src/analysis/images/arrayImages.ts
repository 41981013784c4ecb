import { AnalysisError } from '../base/errors';
import { type NumericArray } from './npy';
import { type Pixels } from './pixels';

/** An array that is already what the network sees. */
export interface NetworkInput {
  readonly shape: readonly number[];
  readonly array: NumericArray['data'];
}

/** The images of one array file. */
export interface ArrayImages {
  readonly count: number;
  /** One index a class for each image, where the file has them. */
  readonly labels: readonly number[] | null;
  readonly load: (index: number) => Pixels | NetworkInput;
  /** What the user should know about how the file was read. */
  readonly notes: readonly string[];
}

const rowOf = (data: NumericArray['data'], size: number, index: number) =>
  data.subarray(index * size, (index + 1) * size);

/**
 * Arrays of shape (n, …) that are the network's input already; an array of exactly the network's input shape is one.
 *
 * @throws AnalysisError 'invalid-input' when the array has no images.
 */
export function networkInputs(array: NumericArray, inputShape: readonly number[] | null, name: string): ArrayImages {
  const same = (shape: readonly number[]) => inputShape !== null && shape.join() === inputShape.join();
  const shape = same(array.shape) ? array.shape : array.shape.slice(1);
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (array.shape.length === 0 || array.data.length === 0) {
    throw new AnalysisError('invalid-input', `${name}: an array of images must have entries, got none`);
  }
  return {
    count: array.data.length / size,
    labels: null,
    load: (index) => ({ shape, array: rowOf(array.data, size, index) }),
    notes: [],
  };
}

interface Arrangement {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** Whether the channels stand before the rows. */
  readonly planes: boolean;
}

/** How the axes of an array are images, or null. */
function arrangement(shape: readonly number[]): Arrangement | null {
  const [count, ...rest] = shape;
  const [a, b, c] = rest;
  switch (shape.length) {
    case 4:
      if (c === 1 || c === 3) return { count, height: a, width: b, channels: c, planes: false };
      if (a === 1 || a === 3) return { count, height: b, width: c, channels: a, planes: true };
      return null;
    case 3:
      if (b === 3) return { count: 1, height: count, width: a, channels: 3, planes: false };
      return { count, height: a, width: b, channels: 1, planes: false };
    case 2: {
      const side = Math.sqrt(a);
      if (Number.isInteger(side)) return { count, height: side, width: side, channels: 1, planes: false };
      const plane = Math.sqrt(a / 3);
      return Number.isInteger(plane) ? { count, height: plane, width: plane, channels: 3, planes: true } : null;
    }
    default:
      return null;
  }
}

/** What the numbers of an array are in pixels 0–255: their factor, or why they are none. */
function pixelFactor(data: NumericArray['data']): { factor: number } | { low: number; high: number } {
  if (data instanceof Uint8Array) return { factor: 1 };
  let low = Infinity;
  let high = -Infinity;
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low < 0 || high > 255) return { low, high };
  const floats = data instanceof Float32Array || data instanceof Float64Array;
  return { factor: floats && high <= 1 ? 255 : 1 };
}

/** Fractions of 255 that were whole pixels before they were stored as floats are whole again. */
function asPixels(values: NumericArray['data'], factor: number): Pixels['data'] {
  if (values instanceof Uint8Array) return values;
  if (values.some(Number.isNaN)) throw new AnalysisError('invalid-input', 'pixels must be numbers, got NaN');
  const pixels = new Float32Array(values.length);
  for (let i = 0; i < pixels.length; i++) {
    const value = values[i] * factor;
    const whole = Math.round(value);
    pixels[i] = Math.abs(value - whole) < 1e-4 ? whole : value;
  }
  return pixels.every(Number.isInteger) ? Uint8Array.from(pixels) : pixels;
}

/**
 * An array of pixels as images: (n, height, width), (n, height, width, channels), (n, channels, height, width), one colour
 * image (height, width, 3), or rows of square images (n, height · width), (n, 3 · height · width) with planes of colour.
 * Bytes and integers are pixels 0–255, floats up to 1 are pixels / 255.
 *
 * @throws AnalysisError 'invalid-input' when the shape is none of these or the numbers are no pixels.
 */
export function pixelImages(array: NumericArray, name: string): ArrayImages {
  const arranged = arrangement(array.shape);
  if (arranged === null || array.data.length === 0) {
    throw new AnalysisError(
      'invalid-input',
      `${name}: an array of images must have the shape (n, height, width), (n, height, width, 1 or 3) or ` +
        `(n, 1 or 3, height, width), got (${array.shape.join(', ')}); --preprocessed takes arrays as the network sees them`,
    );
  }
  const { count, height, width, channels, planes } = arranged;
  const scaling = pixelFactor(array.data);
  if (!('factor' in scaling)) {
    throw new AnalysisError(
      'invalid-input',
      `${name}: pixels must be 0 to 255, or floats 0 to 1, got ${scaling.low} to ${scaling.high}; if they are what the ` +
        'network sees, say --preprocessed',
    );
  }
  const size = height * width * channels;
  return {
    count,
    labels: null,
    load: (index) => {
      const row = asPixels(rowOf(array.data, size, index), scaling.factor);
      return { height, width, channels, data: planes && channels === 3 ? interleaved(row, height * width) : row };
    },
    notes: scaling.factor === 1 ? [] : [`${name}: its numbers are 0 to 1, so they were taken as pixels / 255`],
  };
}

/** Red, green and blue planes of `size` pixels as (height, width, 3). */
export function interleaved(planes: Pixels['data'], size: number): Pixels['data'] {
  const data = planes instanceof Uint8Array ? new Uint8Array(3 * size) : new Float32Array(3 * size);
  for (let c = 0; c < 3; c++) for (let i = 0; i < size; i++) data[3 * i + c] = planes[c * size + i];
  return data;
}

/**
 * Class indices from an array of shape (n) or (n, 1).
 *
 * @throws AnalysisError 'invalid-input' when there are not `count` of them or they are not whole numbers from 0.
 */
export function labelsOf(array: NumericArray, count: number, name: string): number[] {
  if (array.data.length !== count || array.shape[0] !== count) {
    throw new AnalysisError(
      'invalid-input',
      `${name}: labels must be one number an image, shape (${count}), got (${array.shape.join(', ')})`,
    );
  }
  const labels = Array.from(array.data);
  const wrong = labels.find((label) => !Number.isInteger(label) || label < 0);
  if (wrong === undefined) return labels;
  throw new AnalysisError('invalid-input', `${name}: labels must be whole numbers from 0, got ${wrong}`);
}
