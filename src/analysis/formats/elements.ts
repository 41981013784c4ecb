import { AnalysisError } from '../base/errors';
import { brainFloatToNumber, halfToNumber } from '../base/halfPrecision';
import type { Steps } from '../base/steps';
import { areFinite } from '../math/vector';
import type { ConstantData, DataType } from '../network/network';

/** The names of the number types that files keep tensors in. */
export type ElementName = `float${16 | 32 | 64}` | 'bfloat16' | `${'u' | ''}int${4 | 8 | 16 | 32 | 64}` | 'bool';

/** How a number type stands in a file. */
export interface ElementType {
  readonly bits: number;
  readonly kind: 'float' | 'integer' | 'bool';
  /** Element i of little-endian bytes. */
  readonly read: (view: DataView, i: number) => number;
}

const nibble = (view: DataView, i: number): number => (view.getUint8(i >> 1) >> ((i & 1) * 4)) & 15;
const signed = (bits: number, value: number): number => (value << (32 - bits)) >> (32 - bits);

const float = (bits: number, read: ElementType['read']): ElementType => ({ bits, kind: 'float', read });
const integer = (bits: number, read: ElementType['read']): ElementType => ({ bits, kind: 'integer', read });

/** All number types that are read. */
export const elementTypes: Readonly<Record<ElementName, ElementType>> = {
  float16: float(16, (view, i) => halfToNumber(view.getUint16(2 * i, true))),
  bfloat16: float(16, (view, i) => brainFloatToNumber(view.getUint16(2 * i, true))),
  float32: float(32, (view, i) => view.getFloat32(4 * i, true)),
  float64: float(64, (view, i) => view.getFloat64(8 * i, true)),
  uint4: integer(4, nibble),
  int4: integer(4, (view, i) => signed(4, nibble(view, i))),
  uint8: integer(8, (view, i) => view.getUint8(i)),
  int8: integer(8, (view, i) => view.getInt8(i)),
  uint16: integer(16, (view, i) => view.getUint16(2 * i, true)),
  int16: integer(16, (view, i) => view.getInt16(2 * i, true)),
  uint32: integer(32, (view, i) => view.getUint32(4 * i, true)),
  int32: integer(32, (view, i) => view.getInt32(4 * i, true)),
  uint64: integer(64, (view, i) => Number(view.getBigUint64(8 * i, true))),
  int64: integer(64, (view, i) => Number(view.getBigInt64(8 * i, true))),
  bool: { bits: 8, kind: 'bool', read: (view, i) => view.getUint8(i) },
};

/** What the network keeps numbers of a type as. */
export function dataTypeOf({ kind }: ElementType): DataType {
  return kind === 'float' ? 'float32' : kind === 'integer' ? 'int64' : 'bool';
}

/**
 * Elements from little-endian bytes: floats of every width as float32, integers as int32 (64-bit ones saturated, as the ends
 * of open slices are).
 */
export function* elementsFromBytes(name: ElementName, raw: Uint8Array, count: number): Steps<ConstantData> {
  if (name === 'float32') {
    // Copied where they are a part of something, because they stand in it at any alignment.
    const isWhole = raw.byteLength === raw.buffer.byteLength;
    return new Float32Array((isWhole ? raw : new Uint8Array(raw)).buffer);
  }
  const type = elementTypes[name];
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return yield* collectedElements(type, count, (i) => type.read(view, i));
}

/** How many elements are made, or looked at, in one step. */
const STEP = 2 ** 18;

/** The same from a function of their position. */
export function* collectedElements(
  type: ElementType,
  count: number,
  element: (i: number) => number,
): Steps<ConstantData> {
  const data = emptyElements(dataTypeOf(type), count);
  for (let start = 0; start < count; start += STEP) {
    collect(data, start, Math.min(start + STEP, count), element);
    yield;
  }
  return data;
}

/** Room for elements. */
export function emptyElements(type: DataType, count: number): ConstantData {
  if (type === 'float32') return new Float32Array(count);
  return type === 'bool' ? new Uint8Array(count) : new Int32Array(count);
}

const LARGEST_INT32 = 2 ** 31 - 1;

function collect(data: ConstantData, start: number, end: number, element: (i: number) => number): void {
  // A loop for each, since one that only ever sees arrays of one type takes less time.
  if (data instanceof Float32Array) {
    for (let i = start; i < end; i++) data[i] = element(i);
  } else if (data instanceof Uint8Array) {
    for (let i = start; i < end; i++) data[i] = element(i) === 0 ? 0 : 1;
  } else {
    for (let i = start; i < end; i++) data[i] = Math.max(-LARGEST_INT32 - 1, Math.min(LARGEST_INT32, element(i)));
  }
}

/**
 * The elements, if they are finite. Infinity is allowed as a lone number and in masks of 0 and −∞; anywhere else it makes
 * every logit meaningless.
 *
 * @param tensor in messages
 * @throws AnalysisError 'model-unreadable'
 */
export function* finiteElements(data: ConstantData, tensor: string): Steps<ConstantData> {
  if (!(data instanceof Float32Array) || (yield* areAllFinite(data))) return data;
  const at = data.findIndex((x) => !Number.isFinite(x));
  const isMask = data.length === 1 || data.every((x) => x === 0 || x === -Infinity);
  if (isMask && !Number.isNaN(data[at])) return data;
  throw new AnalysisError(
    'model-unreadable',
    `Tensor "${tensor}": every weight must be a finite number, got ${data[at]} at position ${at}; train or export again.`,
  );
}

/** Whether all elements are finite. */
export function* areAllFinite(data: Float32Array): Steps<boolean> {
  for (let start = 0; start < data.length; start += STEP) {
    if (!areFinite(data.subarray(start, start + STEP))) return false;
    yield;
  }
  return true;
}
