import { AnalysisError } from '../../base/errors';
import type { Steps } from '../../base/steps';
import { type Bytes, joined, section } from '../../files/bytes';
import { fileBeside } from '../../files/fileBeside';
import { isJsonList, isJsonObject, type Json, type JsonObject } from '../../files/json';
import type { ModelFiles } from '../../files/modelFiles';
import type { ConstantData } from '../../network/network';
import { type Encoding, encodingOf, type StoredType, storedTypes } from './encoding';

/** A weight, its bytes still in the shards. */
export interface StoredWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly encoding: Encoding;
  readonly bytes: Bytes;
}

/** The numbers of a weight. */
export function* numbersOf({ encoding, bytes }: StoredWeight): Steps<ConstantData> {
  return yield* encoding.decode(yield* bytes.readInSteps(0, bytes.size));
}

const LARGEST_COUNT = 2 ** 40;

/**
 * The weights that a manifest names, by name. Shards are found, but not read.
 *
 * @param files of the model; the shards join them
 * @param manifest a list of groups, each of shards (`paths`) that lie one behind the other, and of `weights` in them
 * @throws AnalysisError 'model-unreadable' where a shard is missing or lies elsewhere, where the shards hold more or fewer
 *   bytes than the weights take, or where a weight is there twice; 'limit-exceeded'
 */
export async function storedWeights(files: ModelFiles, manifest: Json): Promise<ReadonlyMap<string, StoredWeight>> {
  const weights = new Map<string, StoredWeight>();
  const known = new Set<string>();
  let total = 0;
  for (const group of objects(manifest, 'weightsManifest')) {
    const shards: Bytes[] = [];
    for (const path of texts(group['paths'])) {
      const shard = await fileBeside(files, path, `Shard "${path}" of the weights manifest`);
      if (known.has(shard.path)) throw unreadable(`the shard "${path}" is named twice`);
      known.add(shard.path);
      total += shard.size;
      if (total > files.maxBytes) {
        throw new AnalysisError(
          'limit-exceeded',
          `${files.path}: its weights must take at most ${files.maxBytes} bytes.`,
        );
      }
      shards.push(shard);
    }
    const named = texts(group['paths']).join(', ');
    for (const weight of weightsOf(group, joined(shards, `The shards ${named}`), named)) {
      if (weights.has(weight.name)) throw unreadable(`the weight "${weight.name}" is there twice`);
      weights.set(weight.name, weight);
    }
  }
  return weights;
}

function* weightsOf(group: JsonObject, bytes: Bytes, shards: string): Generator<StoredWeight> {
  let offset = 0;
  for (const entry of objects(group['weights'] ?? [], 'weights')) {
    const { name, dtype } = entry;
    if (typeof name !== 'string') throw unreadable('each weight must have a "name"');
    const shape = shapeOf(entry['shape'], name);
    if (!isStoredType(dtype)) {
      throw new AnalysisError(
        'unsupported-op',
        `Weight "${name}": numbers of the type ${JSON.stringify(dtype ?? null)} are not known; ` +
          `expected one of ${storedTypes.join(', ')}.`,
      );
    }
    const encoding = encodingOf(name, dtype, entry['quantization']);
    const count = shape.reduce((product, extent) => product * extent, 1);
    if (count > LARGEST_COUNT) throw unreadable(`the weight "${name}" claims ${count} numbers`);
    const size = dtype === 'string' ? stringBytes(bytes, offset, count) : count * encoding.width;
    if (offset + size > bytes.size) {
      throw unreadable(
        `the weight "${name}" [${shape.join(', ')}] takes the bytes ${offset} to ${offset + size}, ` +
          `but its shards (${shards}) hold ${bytes.size}; download the model again`,
      );
    }
    yield { name, shape, encoding, bytes: section(bytes, offset, size, `Weight "${name}"`) };
    offset += size;
  }
  if (offset !== bytes.size) {
    throw unreadable(
      `the weights take ${offset} bytes, but their shards (${shards}) hold ${bytes.size}; download the model again`,
    );
  }
}

/** Texts stand one behind the other, each after its length. */
function stringBytes(bytes: Bytes, start: number, count: number): number {
  let at = start;
  for (let i = 0; i < count; i++) {
    const piece = bytes.read(at, 4);
    at += 4 + new DataView(piece.buffer, piece.byteOffset, 4).getUint32(0, true);
  }
  return at - start;
}

function isStoredType(value: Json | undefined): value is StoredType {
  return storedTypes.some((type) => type === value);
}

function shapeOf(value: Json | undefined, weight: string): readonly number[] {
  const isExtent = (entry: Json): entry is number => typeof entry === 'number' && Number.isInteger(entry) && entry >= 0;
  if (isJsonList(value) && value.every(isExtent)) return value;
  throw unreadable(`the weight "${weight}" must have a shape, got ${JSON.stringify(value ?? null).slice(0, 80)}`);
}

function objects(value: Json, field: string): readonly JsonObject[] {
  if (isJsonList(value) && value.every(isJsonObject)) return value;
  throw unreadable(`"${field}" must be a list of objects`);
}

function texts(value: Json | undefined): readonly string[] {
  if (isJsonList(value) && value.every((entry) => typeof entry === 'string')) return value;
  throw unreadable('"paths" must be a list of the names of shards');
}

function unreadable(reason: string): AnalysisError {
  return new AnalysisError('model-unreadable', `TensorFlow.js weights manifest: ${reason}.`);
}
