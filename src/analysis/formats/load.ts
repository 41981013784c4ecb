import { access } from 'node:fs/promises';
import { join } from 'node:path';

import { AnalysisError } from '../base/errors';
import { ModelFiles } from '../files/modelFiles';
import { foreignFormats, type ForeignKind } from './foreign';
import type { LoadedModel, WeightReading } from './format';
import { readKerasArchive, readKerasHdf5 } from './keras/keras';
import { readOnnx } from './onnx/onnx';
import { fileKind } from './recognise';
import { readSavedModel } from './savedModel/savedModel';
import { readTensorflowJs } from './tensorflowjs/tensorflowjs';

/**
 * Reads a model of any format that is known, by its content.
 *
 * @param files stay open; deferred weights are read from them
 * @param weights whether weights are read now or when they are asked for
 * @param signature which of a SavedModel's signatures is the model
 * @throws AnalysisError 'model-unreadable' with what to do where its format is not read or its content is damaged;
 *   'unsupported-op'; 'limit-exceeded'
 */
export async function loadModel(
  files: ModelFiles,
  weights: WeightReading = 'now',
  signature?: string,
): Promise<LoadedModel> {
  const kind = fileKind(files.main, files.path);
  switch (kind) {
    case 'onnx':
      return readOnnx(files, weights);
    case 'keras':
      return readKerasArchive(files, weights);
    case 'keras-h5':
      return readKerasHdf5(files, weights);
    case 'savedmodel':
      return readSavedModel(files, weights, signature);
    case 'tensorflowjs':
      return readTensorflowJs(files, weights);
    default:
      throw foreignError(files.path, kind);
  }
}

/**
 * Opens the files of a model, given its own file or the folder of a SavedModel or a TensorFlow.js model. They may take
 * `maxBytes`, 8 GiB unless told.
 *
 * @throws AnalysisError 'invalid-input' where there is no such file, 'limit-exceeded', 'model-unreadable' where it is empty
 */
export async function openModelFiles(path: string, options: { readonly maxBytes?: number } = {}): Promise<ModelFiles> {
  const has = (file: string): Promise<boolean> =>
    access(join(path, file)).then(
      () => true,
      () => false,
    );
  for (const own of ['saved_model.pb', 'model.json']) {
    if (await has(own)) return ModelFiles.open(join(path, own), options);
  }
  return ModelFiles.open(path, options);
}

function foreignError(path: string, kind: ForeignKind): AnalysisError {
  const { name, advice } = foreignFormats[kind];
  return new AnalysisError('model-unreadable', `${path} is ${name}, which is not read here. ${advice}`);
}
