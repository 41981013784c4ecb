import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

import type { LoadedModel } from '../formats/format';
import { loadModel } from '../formats/load';
import { stripHead } from '../network/head';
import type { Network } from '../network/network';
import { smoothness } from '../network/smoothness';
import type { Smoothness } from './classifier';

/** A model file as a network of logits, before any backend. */
export interface ReadModel {
  readonly path: string;
  readonly loaded: LoadedModel;
  /** Input x, output logits; the head is stripped. */
  readonly network: Network;
  readonly headStripped: string | null;
  /** K. */
  readonly classes: number;
  readonly smoothness: Smoothness;
  /** Of the contents of all files of the model, in their order. */
  readonly sha256: string;
}

/**
 * Reads a model file.
 *
 * @throws AnalysisError 'model-unreadable', 'unsupported-op', 'invalid-input' (regression models, several inputs).
 */
export async function readModel(path: string, binary: boolean): Promise<ReadModel> {
  const loaded = await loadModel(path);
  const { network, headStripped, classes } = stripHead(loaded.network, { binary });
  return {
    path,
    loaded,
    network,
    headStripped,
    classes,
    smoothness: smoothness(network),
    sha256: await sha256(loaded.files),
  };
}

async function sha256(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
