import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import util from 'node:util';

import { AnalysisError } from '../../base/errors';
import { ownFolder } from '../ownFolder';
import type { Tfjs } from './kernel';

/** TensorFlow.js on TensorFlow's own kernels. */
export interface Library {
  readonly tf: Tfjs;
  /** Of @tensorflow/tfjs-node. */
  readonly version: string;
  /** Of the TensorFlow library behind it. */
  readonly tensorflow: string;
  /** That it was started with; it can be started once a process. */
  readonly threads: number;
}

const PACKAGE = '@tensorflow/tfjs-node';
const SETUP = 'npm run setup:tensorflow';

let loaded: (Library & { readonly folder: string }) | undefined;

/**
 * Loads @tensorflow/tfjs-node. It is code: it is taken from the folder named, or else from this program's own
 * `node_modules` or `.tensorflow`, never from where the user or a model happens to be.
 *
 * @param folder what holds `node_modules/@tensorflow/tfjs-node`
 * @throws AnalysisError 'invalid-input' where it is not there or does not work, with what mends it
 */
export function loadLibrary(folder: string | undefined, threads: number): Library {
  const found = find(folder);
  if (loaded?.folder === found) return loaded;
  if (loaded !== undefined) {
    throw new AnalysisError(
      'invalid-input',
      `TensorFlow was already loaded from ${loaded.folder}, and can be loaded once a process; start anew to take it from ${found}.`,
    );
  }
  restoreRemovedFunctions();
  // Read by TensorFlow when it starts. Without the first, it writes of the processor's features to stderr.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_NUM_INTRAOP_THREADS'] ??= String(threads);
  process.env['TF_NUM_INTEROP_THREADS'] ??= '1';
  try {
    const require = createRequire(path.join(found, 'package.json'));
    const tf: unknown = require(PACKAGE);
    if (!isTfjs(tf)) throw new Error('its exports are not those of TensorFlow.js');
    const version = textOf(require(`${PACKAGE}/package.json`), 'version');
    const tensorflow = textOf(propertyOf(tf.backend(), 'binding'), 'TF_Version');
    loaded = { folder: found, tf, version, tensorflow, threads: Number(process.env['TF_NUM_INTRAOP_THREADS']) };
    return loaded;
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new AnalysisError(
      'invalid-input',
      `${PACKAGE} in ${found} does not load: ${reason}. Run “${SETUP}${folder === undefined ? '' : ` -- ${folder}`}” to set it up anew.`,
      { cause },
    );
  }
}

function find(folder: string | undefined): string {
  const has = (place: string): boolean => existsSync(path.join(place, 'node_modules', PACKAGE, 'package.json'));
  if (folder !== undefined) {
    const place = path.resolve(folder);
    if (has(place)) return place;
    throw new AnalysisError(
      'invalid-input',
      `There is no ${PACKAGE} in ${path.join(place, 'node_modules')}; “${SETUP} -- ${folder}” puts it there.`,
    );
  }
  const home = ownFolder();
  const place = [home, path.join(home, '.tensorflow')].find(has);
  if (place !== undefined) return place;
  throw new AnalysisError(
    'invalid-input',
    `TensorFlow is not set up here. “${SETUP}” in ${home} does it; or name a folder that has ${PACKAGE} in its node_modules: --tensorflow DIR, in VS Code the setting boundaryLens.tensorflow.`,
  );
}

/** tfjs-node still calls functions of Node's that Node 23 took away, or warns of: loading works without them, computing not. */
function restoreRemovedFunctions(): void {
  const removed: Readonly<Record<string, (value: unknown) => boolean>> = {
    isArray: Array.isArray,
    isNullOrUndefined: (value) => value === null || value === undefined,
  };
  for (const [name, f] of Object.entries(removed)) {
    Object.defineProperty(util, name, { value: f, configurable: true, writable: true });
  }
}

function isTfjs(exports: unknown): exports is Tfjs {
  return typeof exports === 'object' && exports !== null && 'tidy' in exports && 'engine' in exports;
}

function propertyOf(owner: unknown, name: string): unknown {
  return typeof owner === 'object' && owner !== null ? Reflect.get(owner, name) : undefined;
}

function textOf(owner: unknown, name: string): string {
  const text = propertyOf(owner, name);
  if (typeof text === 'string') return text;
  throw new Error(`it does not say its ${name}`);
}
