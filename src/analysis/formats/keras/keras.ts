import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';

import { AnalysisError } from '../../base/errors';
import { isJsonObject, type Json, parseJson } from '../../files/json';
import { unzip } from '../../files/zip';
import type { LoadedModel } from '../format';
import { isHdf5 } from '../recognise';
import type { KerasGeneration } from './activation';
import { parseModel } from './config';
import { Hdf5File } from './hdf5';
import { translateModel } from './model';
import { KerasArchiveWeights, LegacyWeights, type WeightStore } from './weights';

const ZIP_SIGNATURE = 'PK\x03\x04';

/**
 * The model in a `.keras` archive or a whole-model `.h5` file of Keras 2 or 3. Nothing in the file is ever run: a Lambda
 * layer is refused.
 *
 * @throws AnalysisError 'model-unreadable', 'unsupported-op', 'limit-exceeded'
 */
export async function readKeras(path: string): Promise<LoadedModel> {
  const bytes = await readFile(path);
  const name = basename(path);
  const files = [resolve(path)];
  if (startsWith(bytes, ZIP_SIGNATURE)) return { ...(await readArchive(bytes, name)), files };
  if (isHdf5(bytes)) return { ...(await readLegacy(bytes, name)), files };
  throw new AnalysisError(
    'model-unreadable',
    `${name} must be a .keras archive or an HDF5 file, and is neither; save it again with model.save("model.keras").`,
  );
}

type WithoutFiles = Omit<LoadedModel, 'files'>;

async function readArchive(bytes: Uint8Array, name: string): Promise<WithoutFiles> {
  const wanted = ['config.json', 'metadata.json', 'model.weights.h5'];
  const members = unzip(bytes, name, (member) => wanted.includes(member));
  const text = (member: string) => new TextDecoder().decode(members.get(member));
  const weights = members.get('model.weights.h5');
  if (!members.has('config.json') || weights === undefined) {
    throw new AnalysisError(
      'model-unreadable',
      `${name} must hold config.json and model.weights.h5, as model.save("model.keras") writes them.`,
    );
  }
  const metadata = members.has('metadata.json') ? parseJson(text('metadata.json'), `${name}/metadata.json`) : null;
  const version = isJsonObject(metadata) ? metadata['keras_version'] : undefined;
  const file = await Hdf5File.open(weights, `${name}/model.weights.h5`);
  try {
    const config = parseJson(text('config.json'), `${name}/config.json`);
    return loaded('keras', config, new KerasArchiveWeights(file, name), typeof version === 'string' ? version : null);
  } finally {
    file.dispose();
  }
}

async function readLegacy(bytes: Uint8Array, name: string): Promise<WithoutFiles> {
  const file = await Hdf5File.open(bytes, name);
  try {
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
    return loaded('keras-h5', parseJson(config, `${name}, model_config`), store, version);
  } finally {
    file.dispose();
  }
}

function loaded(
  format: LoadedModel['format'],
  config: Json,
  weights: WeightStore,
  version: string | null,
): WithoutFiles {
  const generation: KerasGeneration = version !== null && Number.parseInt(version, 10) >= 3 ? 3 : 2;
  return {
    ...translateModel(parseModel(config), weights, generation),
    format,
    producer: version === null ? null : `Keras ${version}`,
    classes: null,
  };
}

function startsWith(bytes: Uint8Array, signature: string): boolean {
  return Buffer.from(bytes.subarray(0, signature.length)).toString('latin1') === signature;
}
