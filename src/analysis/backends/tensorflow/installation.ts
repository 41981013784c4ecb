import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { AnalysisError } from '../../base/errors';
import { ownFolder } from '../ownFolder';

/** TensorFlow.js as it lies on this machine, on TensorFlow's own kernels. */
export interface Installation {
  /** What has the package in its node_modules. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
}

export const PROCESSOR_ONLY = '@tensorflow/tfjs-node';

/** The one for graphics cards first: who installed it has one. */
const PACKAGES = [`${PROCESSOR_ONLY}-gpu`, PROCESSOR_ONLY];

/** What puts it there. */
export const SETUP = 'npm run setup:tensorflow';

/**
 * Finds it. It is code: it is taken from the folder named, or else from this program's own `node_modules` or `.tensorflow`,
 * never from where the user or a model happens to be.
 *
 * @param folder what holds `node_modules/@tensorflow/tfjs-node`, or `…-gpu`
 * @throws AnalysisError 'invalid-input' where it is not there, with what mends it
 */
export function installed(folder: string | undefined): Installation {
  const home = ownFolder();
  const places = folder === undefined ? [home, path.join(home, '.tensorflow')] : [path.resolve(folder)];
  const found = places.flatMap((place) => PACKAGES.flatMap((name) => installationIn(place, name))).at(0);
  if (found !== undefined) return found;
  throw new AnalysisError(
    'invalid-input',
    folder === undefined
      ? `TensorFlow is not set up here. “${SETUP}” in ${home} does it; or name a folder that has ${PROCESSOR_ONLY} in its node_modules: --tensorflow DIR, in VS Code the setting boundaryLens.tensorflow.`
      : `There is no ${PROCESSOR_ONLY} in ${path.join(places[0], 'node_modules')}; “${SETUP} -- ${folder}” puts it there.`,
  );
}

function installationIn(folder: string, name: string): Installation[] {
  const manifest = path.join(folder, 'node_modules', name, 'package.json');
  if (!existsSync(manifest)) return [];
  const version = /"version"\s*:\s*"([^"]*)"/.exec(readFileSync(manifest, 'utf8'))?.[1];
  return [{ folder, name, version: version ?? 'unknown' }];
}
