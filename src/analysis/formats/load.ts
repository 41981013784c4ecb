import { access, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { AnalysisError } from '../base/errors';
import { foreignFormats, type ForeignKind } from './foreign';
import type { LoadedModel } from './format';
import { readKeras } from './keras/keras';
import { readOnnx } from './onnx/onnx';
import { fileKind } from './recognise';

const LARGEST_MODEL = 8 * 2 ** 30;
/** What Node reads at once, and what a protocol buffer can hold. */
const LARGEST_FILE = 2 ** 31 - 1;

/**
 * Reads a model file of any format that is known, by its content. Its files may take `maxBytes`, 8 GiB unless told.
 *
 * @throws AnalysisError 'invalid-input' where there is no such file; 'model-unreadable' with what to do where its format
 *   is not read or its content is damaged; 'unsupported-op'; 'limit-exceeded'
 */
export async function loadModel(path: string, options: { readonly maxBytes?: number } = {}): Promise<LoadedModel> {
  const maxBytes = options.maxBytes ?? LARGEST_MODEL;
  const stats = await stat(path).catch((cause: unknown) => {
    throw new AnalysisError('invalid-input', `The model ${path} must be a file that can be read.`, { cause });
  });
  if (stats.isDirectory()) throw await folderError(path);
  if (stats.size === 0) throw new AnalysisError('model-unreadable', `${path} is empty: export or download it again.`);
  if (stats.size > Math.min(maxBytes, LARGEST_FILE)) {
    throw new AnalysisError(
      'limit-exceeded',
      `${path} must be at most ${Math.min(maxBytes, LARGEST_FILE)} bytes, got ${stats.size}.`,
    );
  }
  const bytes = await readFile(path);
  const kind = fileKind(bytes, path);
  switch (kind) {
    case 'onnx':
      return readOnnx(path, bytes, maxBytes);
    case 'keras':
    case 'keras-h5':
      return readKeras(path);
    default:
      throw foreignError(path, kind);
  }
}

function foreignError(path: string, kind: ForeignKind): AnalysisError {
  const { name, advice } = foreignFormats[kind];
  return new AnalysisError('model-unreadable', `${path} is ${name}, which is not read here. ${advice}`);
}

async function folderError(path: string): Promise<AnalysisError> {
  const has = (file: string): Promise<boolean> =>
    access(join(path, file)).then(
      () => true,
      () => false,
    );
  if (await has('saved_model.pb')) return foreignError(path, 'savedModel');
  if (await has('model.json')) return foreignError(path, 'tensorflowJs');
  return new AnalysisError('invalid-input', `The model must be a file, but ${path} is a folder.`);
}
