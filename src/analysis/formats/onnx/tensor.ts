import { AnalysisError } from '../../base/errors';
import type { ConstantData, DataType } from '../../network/network';
import type { TensorProto } from '../../onnx/onnxProto';

type TypedField = 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';

interface ElementType {
  readonly name: string;
  readonly bits: number;
  /** Where the elements are when they are not raw bytes. */
  readonly field: TypedField;
  readonly kind: 'float' | 'integer' | 'bool';
  /** Element i of raw bytes. */
  readonly read: (view: DataView, i: number) => number;
  /** An entry of the typed field as an element. */
  readonly convert?: (entry: number) => number;
}

const nibble = (view: DataView, i: number): number => (view.getUint8(i >> 1) >> ((i & 1) * 4)) & 15;
const signed = (bits: number, value: number): number => (value << (32 - bits)) >> (32 - bits);

/** IEEE half precision. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));
function brainFloat(bits: number): number {
  scratch.setUint32(0, (bits << 16) >>> 0);
  return scratch.getFloat32(0);
}

function float(
  name: string,
  bits: number,
  field: TypedField,
  read: ElementType['read'],
  convert?: ElementType['convert'],
): ElementType {
  return { name, bits, field, kind: 'float', read, ...(convert ? { convert } : {}) };
}

function integer(name: string, bits: number, field: TypedField, read: ElementType['read']): ElementType {
  return { name, bits, field, kind: 'integer', read };
}

/** By ONNX's number for the type. */
const ELEMENT_TYPES: Readonly<Record<number, ElementType>> = {
  1: float('float32', 32, 'floatData', (view, i) => view.getFloat32(4 * i, true)),
  2: integer('uint8', 8, 'int32Data', (view, i) => view.getUint8(i)),
  3: integer('int8', 8, 'int32Data', (view, i) => view.getInt8(i)),
  4: integer('uint16', 16, 'int32Data', (view, i) => view.getUint16(2 * i, true)),
  5: integer('int16', 16, 'int32Data', (view, i) => view.getInt16(2 * i, true)),
  6: integer('int32', 32, 'int32Data', (view, i) => view.getInt32(4 * i, true)),
  7: integer('int64', 64, 'int64Data', (view, i) => Number(view.getBigInt64(8 * i, true))),
  9: { name: 'bool', bits: 8, field: 'int32Data', kind: 'bool', read: (view, i) => view.getUint8(i) },
  10: float('float16', 16, 'int32Data', (view, i) => half(view.getUint16(2 * i, true)), half),
  11: float('float64', 64, 'doubleData', (view, i) => view.getFloat64(8 * i, true)),
  12: integer('uint32', 32, 'uint64Data', (view, i) => view.getUint32(4 * i, true)),
  13: integer('uint64', 64, 'uint64Data', (view, i) => Number(view.getBigUint64(8 * i, true))),
  16: float('bfloat16', 16, 'int32Data', (view, i) => brainFloat(view.getUint16(2 * i, true)), brainFloat),
  21: integer('uint4', 4, 'int32Data', nibble),
  22: integer('int4', 4, 'int32Data', (view, i) => signed(4, nibble(view, i))),
};

/** What a tensor is, without its elements. */
export interface TensorOutline {
  /** In messages. */
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly number[];
  readonly count: number;
}

/**
 * What a tensor is, from its declaration.
 *
 * @throws AnalysisError 'model-unreadable' where its type is not known or its shape is none
 */
export function tensorOutline(tensor: TensorProto, label: string): TensorOutline {
  const name = tensor.name !== '' ? tensor.name : label;
  const { kind } = elementType(tensor, name);
  const type = kind === 'float' ? 'float32' : kind === 'integer' ? 'int64' : 'bool';
  return { name, type, shape: tensor.dims, count: elementCount(tensor.dims, name) };
}

/**
 * The elements of a tensor: floats of every width as float32, integers as int32 (64-bit ones saturated, as the ends of
 * open slices are), row-major.
 *
 * @param outline what tensorOutline says of it
 * @param tensor with its elements, unless they are external
 * @param external its bytes, where they are in another file
 * @throws AnalysisError 'model-unreadable' where type, shape and bytes do not fit each other, or a weight is not finite
 */
export function tensorElements(outline: TensorOutline, tensor: TensorProto, external?: Uint8Array): ConstantData {
  const { name, shape, count } = outline;
  const type = elementType(tensor, name);
  const raw = external ?? tensor.rawData;
  const entries = tensor[type.field];
  if (raw.length === 0 && type.bits >= 8 && entries.length === count) {
    return finite(fromEntries(type, entries), name);
  }
  const bytes = Math.ceil((count * type.bits) / 8);
  if (raw.length !== bytes) {
    throw unreadable(
      name,
      `${type.name} of shape [${shape.join(', ')}] takes ${bytes} bytes, the file has ${raw.length}`,
    );
  }
  return finite(fromBytes(type, raw, count), name);
}

function elementType({ dataType }: TensorProto, name: string): ElementType {
  const type = ELEMENT_TYPES[dataType] as ElementType | undefined;
  if (type !== undefined) return type;
  throw unreadable(name, `elements of ONNX type ${dataType} are not known; store the weights as float32`);
}

function unreadable(tensor: string, reason: string): AnalysisError {
  return new AnalysisError('model-unreadable', `Tensor "${tensor}": ${reason}.`);
}

function elementCount(shape: readonly number[], name: string): number {
  let count = 1;
  for (const extent of shape) {
    count *= extent;
    if (!Number.isInteger(extent) || extent < 0 || !Number.isSafeInteger(count * 8)) {
      throw unreadable(name, `the shape [${shape.join(', ')}] is none that a tensor can have`);
    }
  }
  return count;
}

function fromBytes(type: ElementType, raw: Uint8Array, count: number): ConstantData {
  if (type.name === 'float32') {
    // Copied where they are a part of something, because they stand in it at any alignment.
    const isWhole = raw.byteLength === raw.buffer.byteLength;
    return new Float32Array((isWhole ? raw : new Uint8Array(raw)).buffer);
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return collect(type, count, (i) => type.read(view, i));
}

function fromEntries(type: ElementType, entries: readonly number[]): ConstantData {
  const { convert } = type;
  return collect(type, entries.length, convert ? (i) => convert(entries[i]) : (i) => entries[i]);
}

const LARGEST_INT32 = 2 ** 31 - 1;

function collect(type: ElementType, count: number, element: (i: number) => number): ConstantData {
  if (type.kind === 'float') {
    const data = new Float32Array(count);
    for (let i = 0; i < count; i++) data[i] = element(i);
    return data;
  }
  if (type.kind === 'bool') {
    const data = new Uint8Array(count);
    for (let i = 0; i < count; i++) data[i] = element(i) === 0 ? 0 : 1;
    return data;
  }
  const data = new Int32Array(count);
  for (let i = 0; i < count; i++) data[i] = Math.max(-LARGEST_INT32 - 1, Math.min(LARGEST_INT32, element(i)));
  return data;
}

/** Infinity is allowed as a lone number and in masks of 0 and −∞; anywhere else it makes every logit meaningless. */
function finite(data: ConstantData, name: string): ConstantData {
  if (!(data instanceof Float32Array)) return data;
  const at = data.findIndex((x) => !Number.isFinite(x));
  if (at < 0) return data;
  const isMask = data.length === 1 || data.every((x) => x === 0 || x === -Infinity);
  if (isMask && !Number.isNaN(data[at])) return data;
  throw unreadable(
    name,
    `every weight must be a finite number, got ${data[at]} at position ${at}; train or export again`,
  );
}
