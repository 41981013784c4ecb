import { AnalysisError } from '../base/errors';
import { isJsonList, isJsonObject, type Json, type JsonObject, parseJson } from '../files/json';
import type { DeclaredPreprocessing } from './format';

type Metadata = ReadonlyMap<string, string>;

const CLASS_KEYS = ['classes', 'class_names', 'class_labels', 'labels', 'names', 'id2label'];

/** A file's metadata by lower-case key. */
export function metadataOf(entries: readonly { readonly key: string; readonly value: string }[]): Metadata {
  return new Map(entries.map(({ key, value }) => [key.toLowerCase(), value]));
}

/** The class names that a file's metadata gives: a list, or a dictionary from index to name as JSON or as Python writes it. */
export function classNames(metadata: Metadata): readonly string[] | null {
  for (const key of CLASS_KEYS) {
    const text = metadata.get(key);
    const names = text === undefined ? undefined : namesIn(text);
    if (names !== undefined && names.length > 0) return names;
  }
  return null;
}

function json(text: string): Json | undefined {
  try {
    return parseJson(text, 'metadata');
  } catch (error) {
    if (error instanceof AnalysisError) return undefined;
    throw error;
  }
}

function namesIn(text: string): readonly string[] | undefined {
  const value = json(text);
  if (isJsonList(value)) return value.map(nameOf);
  if (isJsonObject(value)) return inOrder(Object.entries(value).map(([index, name]) => [Number(index), nameOf(name)]));
  const entries = [...text.matchAll(/(\d+)\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g)];
  if (text.trimStart().startsWith('{') && entries.length > 0) {
    return inOrder(
      entries.map(([, index, ...quoted]) => [Number(index), (quoted.find(Boolean) ?? '').replace(/\\(.)/g, '$1')]),
    );
  }
  const parts = text
    .split(/\r?\n|,/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.length > 1 ? parts : undefined;
}

function nameOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function inOrder(entries: readonly (readonly [number, string])[]): readonly string[] | undefined {
  const sorted = [...entries].sort(([a], [b]) => a - b);
  return sorted.every(([index], i) => index === i) ? sorted.map(([, name]) => name) : undefined;
}

/**
 * The preprocessing that a file's metadata gives: a key `preprocessing` in the form of the side file, keys `mean`, `std`
 * and `scale`, or ONNX's image metadata.
 *
 * @param where what the metadata is of, for the report
 * @see https://github.com/onnx/onnx/blob/main/docs/MetadataProps.md
 */
export function declaredPreprocessing(metadata: Metadata, where: string): DeclaredPreprocessing | null {
  const whole = json(metadata.get('preprocessing') ?? '');
  const fields: JsonObject = isJsonObject(whole)
    ? whole
    : Object.fromEntries(['scale', 'mean', 'std'].map((key) => [key, json(metadata.get(key) ?? '')]));
  const scale = typeof fields['scale'] === 'number' ? fields['scale'] : undefined;
  const mean = numbers(fields['mean']);
  const std = numbers(fields['std']);
  const range = nominalRange(metadata.get('image.nominalpixelrange'));
  const bgr = /^bgr/i.test(metadata.get('image.bitmappixelformat') ?? '') || fields['channels'] === 'bgr';
  if (scale === undefined && mean === undefined && std === undefined && range === undefined) return null;
  const source = isJsonObject(whole) ? 'the metadata key "preprocessing"' : where;
  return {
    source,
    preprocessing: {
      ...range,
      ...(scale === undefined ? {} : { scale }),
      ...(mean === undefined ? {} : { mean }),
      ...(std === undefined ? {} : { std }),
      ...(bgr ? { channels: 'bgr' } : {}),
    },
  };
}

function numbers(value: Json | undefined): number | number[] | undefined {
  if (typeof value === 'number') return value;
  if (!isJsonList(value) || value.length === 0) return undefined;
  return value.every((entry) => typeof entry === 'number') ? [...value] : undefined;
}

function nominalRange(range: string | undefined): { scale: number; mean?: number; std?: number } | undefined {
  if (range === 'NominalRange_0_255') return { scale: 1 };
  if (range === 'Normalized_0_1') return { scale: 1 / 255 };
  return range === 'Normalized_1_1' ? { scale: 1 / 255, mean: 0.5, std: 0.5 } : undefined;
}

/** Class names where there are as many as the output has classes; null, and a sentence for the report, where not. */
export function fittingClasses(
  names: readonly string[] | null,
  classes: number,
  note: (sentence: string) => void,
): readonly string[] | null {
  if (names === null || names.length === classes || (classes === 1 && names.length === 2)) return names;
  note(`The file names ${names.length} classes, but the output has ${classes}: the names are left out.`);
  return null;
}
