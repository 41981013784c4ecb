import { basename } from 'node:path';

import { AnalysisError } from '../../base/errors';
import { inTurns } from '../../base/steps';
import { isJsonObject, type Json, parseJson } from '../../files/json';
import type { ModelFiles } from '../../files/modelFiles';
import { ZipArchive } from '../../files/zip';
import type { Choices, LoadedModel } from '../format';
import type { KerasGeneration } from './activation';
import { parseModel } from './config';
import { Hdf5File } from './hdf5';
import { translateModel } from './model';
import { KerasArchiveWeights, LegacyWeights, type WeightStore } from './weights';

/** config.json and metadata.json are smaller by orders of magnitude. */
const LARGEST_TEXT = 256 * 2 ** 20;

/**
 * The model in a `.keras` archive of Keras 2 or 3. Nothing in the file is ever run: a Lambda layer is refused.
 *
 * @param files stay open; large weights are read from them when they are asked for
 * @param choices for what the file leaves open
 * @throws AnalysisError 'model-unreadable', 'unsupported-op', 'limit-exceeded', or 'invalid-input' where the choices do not
 *   fit the file
 */
export async function readKerasArchive(
  files: ModelFiles,
  choices: Choices,
  signal?: AbortSignal,
): Promise<LoadedModel> {
  const name = basename(files.path);
  const archive = new ZipArchive(files.main, name);
  const text = (member: string): string | undefined => {
    const content = archive.member(member);
    return content && new TextDecoder().decode(content.read(0, Math.min(content.size, LARGEST_TEXT)));
  };
  const config = text('config.json');
  const stored = archive.member('model.weights.h5');
  if (config === undefined || stored === undefined) {
    throw new AnalysisError(
      'model-unreadable',
      `${name} must hold config.json and model.weights.h5, as model.save("model.keras") writes them.`,
    );
  }
  const metadata = text('metadata.json');
  const described = metadata === undefined ? null : parseJson(metadata, `${name}/metadata.json`);
  const version = isJsonObject(described) ? described['keras_version'] : undefined;
  const file = await Hdf5File.open(stored, `${name}/model.weights.h5`);
  files.keep(file);
  const store = new KerasArchiveWeights(file, name);
  const known = typeof version === 'string' ? version : null;
  return loaded('keras', parseJson(config, `${name}/config.json`), store, known, choices, signal);
}

/**
 * The model in a whole-model `.h5` file of Keras 2 or 3. Nothing in the file is ever run: a Lambda layer is refused.
 *
 * @param files stay open; large weights are read from them when they are asked for
 * @param choices for what the file leaves open
 * @throws AnalysisError 'model-unreadable', 'unsupported-op', 'limit-exceeded', or 'invalid-input' where the choices do not
 *   fit the file
 */
export async function readKerasHdf5(files: ModelFiles, choices: Choices, signal?: AbortSignal): Promise<LoadedModel> {
  const name = basename(files.path);
  const file = await Hdf5File.open(files.main, name);
  files.keep(file);
  const config = file.text('/', 'model_config');
  if (config === undefined) {
    throw new AnalysisError(
      'model-unreadable',
      `${name} holds weights without a model: save_weights() leaves the layers out. ` +
        'Save the whole model with model.save("model.keras").',
    );
  }
  const version = file.text('/', 'keras_version') ?? null;
  const store = new LegacyWeights(file, name, '/model_weights/');
  return loaded('keras-h5', parseJson(config, `${name}, model_config`), store, version, choices, signal);
}

async function loaded(
  format: LoadedModel['format'],
  config: Json,
  weights: WeightStore,
  version: string | null,
  choices: Choices,
  signal: AbortSignal | undefined,
): Promise<LoadedModel> {
  const generation: KerasGeneration = version !== null && Number.parseInt(version, 10) >= 3 ? 3 : 2;
  return {
    ...(await inTurns(translateModel(parseModel(config), weights, generation, choices), signal)),
    format,
    producer: version === null ? null : `Keras ${version}`,
    classes: null,
  };
}
