import { bytesInMemory } from '../../src/analysis/files/bytes';
import { ModelFiles } from '../../src/analysis/files/modelFiles';
import type { LoadedModel } from '../../src/analysis/formats/format';
import { readOnnx } from '../../src/analysis/formats/onnx/onnx';
import { interpret, tensor } from './interpreter';
import { onnxFile, type OnnxParts } from './onnxFile';

const LIMIT = 2 ** 24;

/** An ONNX file of these bytes, read with its weights; `path` is where external data would lie. */
export async function readOnnxBytes(bytes: Uint8Array, path: string): Promise<LoadedModel> {
  const files = new ModelFiles(path, bytesInMemory(bytes), LIMIT);
  try {
    return await readOnnx(files, {});
  } finally {
    files.dispose();
  }
}

/** An ONNX file of these parts, read. */
export function readOnnxParts(parts: OnnxParts, path = 'model.onnx'): Promise<LoadedModel> {
  return readOnnxBytes(onnxFile(parts), path);
}

/** The logits of a batch of images. */
export function logits({ network, inputShape }: LoadedModel, x: Iterable<number>): Float64Array {
  const data = Float64Array.from(x);
  const batch = data.length / inputShape.reduce((count, extent) => count * extent, 1);
  return interpret(network, { x: tensor([batch, ...inputShape], data) })['logits'].data;
}

/** Numbers to compute with. */
export const counting = (length: number): number[] => Array.from({ length }, (_, i) => Math.sin(i + 1));
