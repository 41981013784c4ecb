import { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';

import { AnalysisError } from '../../base/errors';
import { type Installation, PROCESSOR_ONLY, SETUP } from './installation';
import type { Tfjs } from './kernel';

/** TensorFlow.js, loaded. */
export interface Library {
  readonly tf: Tfjs;
  /** Of the TensorFlow library behind it. */
  readonly version: string;
  /** Whether it computes on a graphics card. */
  readonly isOnCard: boolean;
}

/**
 * Loads TensorFlow.js on the thread that asks, which its operators hold up.
 *
 * @throws AnalysisError 'invalid-input' where it does not work, with what mends it
 */
export function loadLibrary({ folder, name }: Installation): Library {
  restoreRemovedFunctions();
  try {
    const require = createRequire(path.join(folder, 'package.json'));
    const tf: unknown = require(name);
    if (!isTfjs(tf)) throw new Error('its exports are not those of TensorFlow.js');
    const backend = tf.backend();
    const version = propertyOf(propertyOf(backend, 'binding'), 'TF_Version');
    if (typeof version !== 'string') throw new Error('it does not say its TF_Version');
    return { tf, version, isOnCard: propertyOf(backend, 'isUsingGpuDevice') === true };
  } catch (cause) {
    const remedy =
      name === PROCESSOR_ONLY
        ? `Run “${SETUP} -- ${folder}” to set it up anew.`
        : `Install it anew, or remove it: then ${PROCESSOR_ONLY} is taken, which “${SETUP}” sets up.`;
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new AnalysisError('invalid-input', `${name} in ${folder} does not load: ${reason}. ${remedy}`, { cause });
  }
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
