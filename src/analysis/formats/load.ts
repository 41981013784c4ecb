import { access } from 'node:fs/promises';
import { join } from 'node:path';

import { AnalysisError } from '../base/errors';
import { inTurns } from '../base/steps';
import { ModelFiles } from '../files/modelFiles';
import { readWeights } from '../network/weights';
import type { ForeignFile } from './foreign/file';
import { type ForeignFormat, foreignFormats, type ForeignKind } from './foreign/foreign';
import { isHuggingFaceFolder } from './foreign/huggingFace';
import type { Choices, LoadedModel, WeightReading } from './format';
import { readKerasArchive, readKerasHdf5 } from './keras/keras';
import { readOnnx } from './onnx/onnx';
import { fileKind } from './recognise';
import { readSavedModel } from './savedModel/savedModel';
import { readTensorflowJs } from './tensorflowjs/tensorflowjs';
import { readTorchExport } from './torchExport/torchExport';

/**
 * Reads a model of any format that is known, by its content; others have their turns meanwhile.
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
  signal?: AbortSignal,
): Promise<LoadedModel> {
  const model = await described(files, choices, signal);
  if (weights === 'now') await inTurns(readWeights(model.network), signal);
  return model;
}

async function described(files: ModelFiles, choices: Choices, signal: AbortSignal | undefined): Promise<LoadedModel> {
  const kind = fileKind(files.main, files.path);
  switch (kind) {
    case 'onnx':
      return readOnnx(files, choices, signal);
    case 'keras':
      return readKerasArchive(files, choices, signal);
    case 'keras-h5':
      return readKerasHdf5(files, choices, signal);
    case 'torch-export':
      return readTorchExport(files, choices, signal);
    case 'savedmodel':
      return readSavedModel(files, choices, signal);
    case 'tensorflowjs':
      return readTensorflowJs(files, choices, signal);
    default:
      throw await foreignError(files, kind);
  }
}

/**
 * Opens the files of a model, given its own file or the folder of a SavedModel or of TensorFlow.js. They may take `maxBytes`,
 * 8 GiB unless told.
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
  if (await isHuggingFaceFolder(path)) throw await foreignError({ path }, 'huggingFace');
  return ModelFiles.open(path, options);
}

async function foreignError(file: ForeignFile, kind: ForeignKind): Promise<AnalysisError> {
  const { name, advice }: ForeignFormat = foreignFormats[kind];
  const words = typeof advice === 'string' ? advice : await advice(file);
  return new AnalysisError('model-unreadable', `${file.path} is ${name}, which is not read here. ${words}`);
}
