import { readFileSync } from 'node:fs';
import path from 'node:path';

import { decodeImage } from '../../src/analysis/images/decode';

/** What a framework computed for one model: inputs as the network sees them, logits, and gradients of F = f_j − f_k. */
export interface Expected {
  readonly inputs: readonly Float32Array[];
  readonly logits: readonly Float32Array[];
  /** For the first images at least. */
  readonly gradients: readonly Float32Array[];
  /** k and j of each image. */
  readonly pairs: readonly (readonly [label: number, runnerUp: number])[];
  /** Relative error of float32 in each gradient, as the framework measured it against float64; null where it did not. */
  readonly noise: readonly number[] | null;
}

interface TensorFile {
  readonly file: string;
  readonly shape: number[];
}

interface Document {
  readonly images: readonly Record<string, unknown>[];
  readonly preprocessing?: { readonly mean?: number[]; readonly std?: number[] };
  readonly tensors?: { readonly input?: TensorFile; readonly logits: TensorFile; readonly gradient: TensorFile };
  readonly float32_vs_float64?: { readonly gradient_rel?: number[] };
  readonly gradients?: TensorFile;
  readonly input: { readonly layout: string; readonly feed?: { readonly scale: number; readonly offset: number } };
}

/** Reads an `expected.json` in either of its two layouts. `modelFile` may have logits of its own beside it. */
export async function readExpected(file: string, modelFile: string): Promise<Expected> {
  const folder = path.dirname(file);
  const document = JSON.parse(readFileSync(file, 'utf8')) as Document;
  return document.tensors
    ? fromTensors(folder, document, document.tensors, modelFile)
    : fromImages(folder, document, document.gradients);
}

/** Reads the arrays of scripts/architectures: x, logits, gradients, noise as float32 and pairs as int32, an image a row. */
export function readArrays(folder: string, images: number): Expected {
  const array = (name: string): Float32Array[] => rows(path.join(folder, `${name}.bin`), images);
  const pairs = array('pairs').map((row) => new Int32Array(row.buffer, row.byteOffset, 2));
  return {
    inputs: array('x'),
    logits: array('logits'),
    gradients: array('gradients'),
    pairs: pairs.map(([k, j]) => [k, j]),
    noise: array('noise').map(([noise]) => noise),
  };
}

async function fromTensors(
  folder: string,
  document: Document,
  tensors: NonNullable<Document['tensors']>,
  modelFile: string,
): Promise<Expected> {
  const { images, preprocessing } = document;
  // A quantised model has logits of its own beside it; the gradients are the full model's.
  const own = modelFile.replace(/\.onnx$/, '.logits.bin');

  const [mean, std] = [preprocessing?.mean ?? [0], preprocessing?.std ?? [1]];
  const quantised = own !== modelFile && exists(own);
  const inputs = tensors.input
    ? rows(path.join(folder, tensors.input.file), images.length)
    : await Promise.all(
        images.map(({ file }) => {
          return pixels(path.join(folder, String(file)), 'NCHW', (u, c) => (u / 255 - (mean[c] ?? 0)) / (std[c] ?? 1));
        }),
      );
  return {
    inputs,
    logits: rows(quantised ? own : path.join(folder, tensors.logits.file), images.length),
    gradients: quantised ? [] : rows(path.join(folder, tensors.gradient.file), tensors.gradient.shape[0] ?? 0),
    pairs: images.map((image) => [Number(image['predicted']), Number(image['runner_up'])]),
    noise: document.float32_vs_float64?.gradient_rel ?? null,
  };
}

async function fromImages(folder: string, document: Document, gradients: TensorFile | undefined): Promise<Expected> {
  const { images, input } = document;
  const { scale, offset } = input.feed ?? { scale: 1, offset: 0 };
  const all = gradients ? rows(path.join(folder, gradients.file), gradients.shape[0] ?? 0) : [];
  return {
    inputs: await Promise.all(
      images.map(({ image }) => {
        // The framework fed uint8 · scale + offset in float32.
        const feed = (u: number): number => Math.fround(Math.fround(u * Math.fround(scale)) + Math.fround(offset));
        return pixels(upward(folder, String(image)), input.layout, feed);
      }),
    ),
    logits: images.map(({ logits }) => Float32Array.from(logits as number[])),
    gradients: images.map(({ gradIndex }) => all[Number(gradIndex)] ?? new Float32Array()),
    pairs: images.map(({ k, j }) => [Number(k), Number(j)]),
    noise: images.map(({ float64GradRelDiff }) => Number(float64GradRelDiff ?? 0)),
  };
}

/** A path that is relative to the folder or to one above it. */
function upward(folder: string, name: string): string {
  const file = path.join(folder, name);
  const above = path.dirname(folder);
  return exists(file) || above === folder ? file : upward(above, name);
}

function exists(file: string): boolean {
  try {
    return readFileSync(file).length > 0;
  } catch {
    return false;
  }
}

/** A little-endian float32 file as `n` equal rows. */
function rows(file: string, n: number): Float32Array[] {
  const bytes = readFileSync(file);
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return Array.from({ length: n }, (_, i) => all.subarray((i * all.length) / n, ((i + 1) * all.length) / n));
}

async function pixels(
  file: string,
  layout: string,
  feed: (u: number, channel: number) => number,
): Promise<Float32Array> {
  const { height, width, channels, data } = await decodeImage(file);
  const size = height * width;
  const x = new Float32Array(size * channels);
  for (let i = 0; i < size; i++) {
    for (let c = 0; c < channels; c++) {
      x[layout === 'NCHW' ? c * size + i : i * channels + c] = feed(data[i * channels + c], c);
    }
  }
  return x;
}
