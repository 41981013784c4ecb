import type { Preprocessing } from '../../../protocol/sideFile';
import { AnalysisError } from '../../base/errors';
import { classNamesInText } from '../../files/classNames';
import { isJsonList, isJsonObject, type Json, type JsonObject, parseJson } from '../../files/json';
import type { StringStringEntryProto } from '../../onnx/onnxProto';
import type { DeclaredPreprocessing } from '../format';

type Metadata = ReadonlyMap<string, string>;

const CLASS_KEYS = ['classes', 'class_names', 'class_labels', 'labels', 'names', 'id2label'];

/** A file's metadata by lower-case key. */
export function metadataOf(entries: readonly StringStringEntryProto[]): Metadata {
  return new Map(entries.map(({ key, value }) => [key.toLowerCase(), value]));
}

/** The class names that a file's metadata gives: a list, or a dictionary from index to name as JSON or as Python writes it. */
export function classNames(metadata: Metadata): readonly string[] | null {
  for (const key of CLASS_KEYS) {
    const text = metadata.get(key);
    const names = text === undefined ? null : classNamesInText(text);
    // One name is no list of them.
    if (names !== null && names.length > 1) return names;
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

/**
 * The preprocessing that a file's metadata gives: a key `preprocessing` in the form of the side file, keys `mean`, `std`
 * and `scale`, or ONNX's image metadata.
 *
 * @see https://github.com/onnx/onnx/blob/main/docs/MetadataProps.md
 */
export function declaredPreprocessing(metadata: Metadata): DeclaredPreprocessing | null {
  const whole = json(metadata.get('preprocessing') ?? '');
  const fields: JsonObject = isJsonObject(whole)
    ? whole
    : Object.fromEntries(['scale', 'mean', 'std'].map((key) => [key, json(metadata.get(key) ?? '')]));
  const scale = typeof fields['scale'] === 'number' ? fields['scale'] : undefined;
  const mean = numbers(fields['mean']);
  const std = numbers(fields['std']);
  const range = nominalRange(metadata.get('image.nominalpixelrange'));
  const bgr = /^bgr/i.test(metadata.get('image.bitmappixelformat') ?? '') || fields['channels'] === 'bgr';
  const trainer = ultralytics(metadata);
  if (trainer !== null) return { source: 'the metadata that Ultralytics wrote', preprocessing: trainer };
  if (scale === undefined && mean === undefined && std === undefined && range === undefined) return null;
  const source = isJsonObject(whole) ? 'the metadata key "preprocessing"' : 'the metadata of the ONNX file';
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

/**
 * How Ultralytics' classifiers see images: it writes their size, and /255 and the crop at the centre are what its validation
 * does.
 *
 * @see https://github.com/ultralytics/ultralytics, ultralytics/data/augment.py, classify_transforms
 */
function ultralytics(metadata: Metadata): Preprocessing | null {
  if (metadata.get('author') !== 'Ultralytics' || metadata.get('task') !== 'classify') return null;
  const size = numbers(json(metadata.get('imgsz') ?? ''));
  const [height, width] = Array.isArray(size) ? size : [];
  const isSize = [height, width].every((extent) => Number.isInteger(extent) && extent > 0);
  return {
    scale: 1 / 255,
    resize: { ...(isSize && { size: [height, width] }), fit: 'crop', interpolation: 'bilinear' },
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
