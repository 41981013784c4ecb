import { access } from 'node:fs/promises';
import { join } from 'node:path';

import { AnalysisError } from '../base/errors';
import { ModelFiles } from '../files/modelFiles';
import { foreignFormats, type ForeignKind } from './foreign';
import type { Choices, LoadedModel, WeightReading } from './format';
import { readKerasArchive, readKerasHdf5 } from './keras/keras';
import { readOnnx } from './onnx/onnx';
import { fileKind } from './recognise';

/**
 * Reads a model of any format that is known, by its content.
 *
 * @param files stay open; deferred weights are read from them
 * @param weights whether weights are read now or when they are asked for
 * @param choices for what the file leaves open
 * @throws AnalysisError 'model-unreadable' with what to do where its format is not read or its content is damaged;
 *   'unsupported-op'; 'limit-exceeded'; 'invalid-input' where the choices do not fit the file
 */
export async function loadModel(
  files: ModelFiles,
  weights: WeightReading = 'now',
  choices: Choices = {},
): Promise<LoadedModel> {
  const kind = fileKind(files.main, files.path);
  switch (kind) {
    case 'onnx':
      return readOnnx(files, weights, choices);
    case 'keras':
      return readKerasArchive(files, weights, choices);
    case 'keras-h5':
      return readKerasHdf5(files, weights, choices);
    default:
      throw foreignError(files.path, kind);
  }
}

/**
 * Opens the files of a model. They may take `maxBytes`, 8 GiB unless told.
 *
 * @throws AnalysisError 'invalid-input' where there is no such file, 'limit-exceeded', 'model-unreadable' where it is empty
 *   or the folder of a format that is not read
 */
export async function openModelFiles(path: string, options: { readonly maxBytes?: number } = {}): Promise<ModelFiles> {
  const has = (file: string): Promise<boolean> =>
    access(join(path, file)).then(
      () => true,
      () => false,
    );
  if (await has('saved_model.pb')) throw foreignError(path, 'savedModel');
  if (await has('model.json')) throw foreignError(path, 'tensorflowJs');
  return ModelFiles.open(path, options);
}

function foreignError(path: string, kind: ForeignKind): AnalysisError {
  const { name, advice } = foreignFormats[kind];
  return new AnalysisError('model-unreadable', `${path} is ${name}, which is not read here. ${advice}`);
}
