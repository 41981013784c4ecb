import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fixtures = 'test/fixtures/tensorflowjs';

/** An entry of a weights manifest. */
export interface ManifestWeight {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: Record<string, unknown>;
}

/** A model.json, to be changed at will. */
export interface ModelJson {
  modelTopology: Record<string, unknown>;
  weightsManifest: { paths: string[]; weights: ManifestWeight[] }[];
  [key: string]: unknown;
}

/** A model of the fixtures and the bytes of its one shard. */
export function fixture(name: 'nin-graph' | 'nin-layers'): { readonly json: ModelJson; readonly weights: Buffer } {
  return {
    json: JSON.parse(readFileSync(join(fixtures, name, 'model.json'), 'utf8')) as ModelJson,
    weights: readFileSync(join(fixtures, name, 'group1-shard1of1.bin')),
  };
}

/** Writes a model into a folder of its own, and returns that. */
export function written(folder: string, json: unknown, shards: Readonly<Record<string, Uint8Array>>): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.json'), JSON.stringify(json));
  for (const [name, bytes] of Object.entries(shards)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
}
