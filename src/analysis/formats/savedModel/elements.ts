import { AnalysisError } from '../../base/errors';
import { brainFloatToNumber, halfToNumber } from '../../base/halfPrecision';
import type { ConstantData, DataType } from '../../network/network';
import { finite } from '../finite';
import type { TensorProto, TensorShapeProto } from './savedModelProto';

type TypedField = 'floatVal' | 'doubleVal' | 'intVal' | 'int64Val' | 'boolVal' | 'halfVal' | 'uint32Val' | 'uint64Val';

interface ElementType {
  readonly bytes: number;
  readonly type: DataType;
  /** Element i of its bytes. */
  readonly read: (view: DataView, i: number) => number;
  /** Where the elements of a constant are when they are not bytes. */
  readonly field: TypedField;
  /** An entry of that field as an element. */
  readonly convert?: (entry: number) => number;
}

const number = (bytes: number, field: TypedField, type: DataType, read: ElementType['read']): ElementType => {
  return { bytes, field, type, read };
};
const float16 = (convert: (bits: number) => number): ElementType => {
  return {
    bytes: 2,
    field: 'halfVal',
    type: 'float32',
    read: (view, i) => convert(view.getUint16(2 * i, true)),
    convert,
  };
};

/** Names of the element types by their number in the file. */
const dataTypes: Readonly<Record<number, string | undefined>> = {
  1: 'DT_FLOAT',
  2: 'DT_DOUBLE',
  3: 'DT_INT32',
  4: 'DT_UINT8',
  5: 'DT_INT16',
  6: 'DT_INT8',
  7: 'DT_STRING',
  8: 'DT_COMPLEX64',
  9: 'DT_INT64',
  10: 'DT_BOOL',
  11: 'DT_QINT8',
  12: 'DT_QUINT8',
  13: 'DT_QINT32',
  14: 'DT_BFLOAT16',
  17: 'DT_UINT16',
  19: 'DT_HALF',
  20: 'DT_RESOURCE',
  21: 'DT_VARIANT',
  22: 'DT_UINT32',
  23: 'DT_UINT64',
};

const elementTypes: Readonly<Record<string, ElementType>> = {
  DT_FLOAT: number(4, 'floatVal', 'float32', (view, i) => view.getFloat32(4 * i, true)),
  DT_DOUBLE: number(8, 'doubleVal', 'float32', (view, i) => view.getFloat64(8 * i, true)),
  DT_HALF: float16(halfToNumber),
  DT_BFLOAT16: float16(brainFloatToNumber),
  DT_INT8: number(1, 'intVal', 'int64', (view, i) => view.getInt8(i)),
  DT_UINT8: number(1, 'intVal', 'int64', (view, i) => view.getUint8(i)),
  DT_INT16: number(2, 'intVal', 'int64', (view, i) => view.getInt16(2 * i, true)),
  DT_UINT16: number(2, 'intVal', 'int64', (view, i) => view.getUint16(2 * i, true)),
  DT_INT32: number(4, 'intVal', 'int64', (view, i) => view.getInt32(4 * i, true)),
  DT_UINT32: number(4, 'uint32Val', 'int64', (view, i) => view.getUint32(4 * i, true)),
  DT_INT64: number(8, 'int64Val', 'int64', (view, i) => Number(view.getBigInt64(8 * i, true))),
  DT_UINT64: number(8, 'uint64Val', 'int64', (view, i) => Number(view.getBigUint64(8 * i, true))),
  DT_BOOL: number(1, 'boolVal', 'bool', (view, i) => view.getUint8(i)),
};

/** References to variables, as TensorFlow 1 has them, count from here. */
const REFERENCES = 100;
const LARGEST_INT32 = 2 ** 31 - 1;
/** What a constant may grow to that is stored as fewer numbers than it has. */
const LARGEST_REPEATED = 2 ** 24;

/** The name of an element type, such as DT_FLOAT. */
export function dataTypeName(dtype: number): string {
  return dataTypes[dtype > REFERENCES ? dtype - REFERENCES : dtype] ?? `type ${dtype}`;
}

/** What a tensor is, without its elements. */
export interface TensorOutline {
  /** In messages. */
  readonly name: string;
  /** Such as DT_FLOAT. */
  readonly dataType: string;
  readonly type: DataType;
  readonly shape: readonly number[];
  readonly count: number;
  /** What the elements take in a file. */
  readonly bytes: number;
}

/**
 * What a tensor is, from its declaration.
 *
 * @throws AnalysisError 'model-unreadable' where its type is not known or its shape is none that a tensor can have
 */
export function tensorOutline(dtype: number, shape: TensorShapeProto | null, name: string): TensorOutline {
  const dataType = dataTypeName(dtype);
  if (!Object.hasOwn(elementTypes, dataType)) {
    throw unreadable(name, `elements of ${dataType} are not known; export the model with float32 weights`);
  }
  const element = elementTypes[dataType];
  const extents = shape === null ? [] : shape.dim.map(({ size }) => size);
  const count = extents.reduce((product, extent) => product * extent, 1);
  const possible = extents.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
  if (!possible || !Number.isSafeInteger(count * element.bytes) || shape?.unknownRank === true) {
    throw unreadable(name, `the shape [${extents.join(', ')}] is none that a tensor can have`);
  }
  return { name, dataType, type: element.type, shape: extents, count, bytes: count * element.bytes };
}

function unreadable(name: string, reason: string): AnalysisError {
  return new AnalysisError('model-unreadable', `Tensor "${name}": ${reason}.`);
}

/**
 * The elements of a tensor from its bytes: floats of every width as float32, integers as int32 (64-bit ones saturated).
 *
 * @param raw little-endian, row-major
 * @throws AnalysisError 'model-unreadable' where they are too many or too few, or a weight is not finite
 */
export function elementsOfBytes(outline: TensorOutline, raw: Uint8Array): ConstantData {
  const { name, dataType, shape, count, bytes } = outline;
  if (raw.length !== bytes) {
    throw unreadable(
      name,
      `${dataType} of shape [${shape.join(', ')}] takes ${bytes} bytes, the file has ${raw.length}`,
    );
  }
  // Copied, because the bytes stand in the file at any alignment.
  if (dataType === 'DT_FLOAT') return finite(new Float32Array(new Uint8Array(raw).buffer), name);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const { read } = elementTypes[dataType];
  return finite(
    collected(outline.type, count, (i) => read(view, i)),
    name,
  );
}

/**
 * The elements of a constant.
 *
 * @throws AnalysisError 'model-unreadable' where they do not fit the shape, 'limit-exceeded' where few numbers stand for
 *   more than 16 million
 */
export function elementsOfConstant(outline: TensorOutline, tensor: TensorProto): ConstantData {
  const { name, dataType, type, count } = outline;
  if (tensor.tensorContent.length > 0) return elementsOfBytes(outline, tensor.tensorContent);
  const { field, convert = Number } = elementTypes[dataType];
  const entries = tensor[field];
  if (entries.length > count) {
    throw unreadable(name, `it has room for ${count} elements, the file has ${entries.length}`);
  }
  if (count > LARGEST_REPEATED && entries.length < count) {
    throw new AnalysisError(
      'limit-exceeded',
      `Tensor "${name}": a constant that repeats one number must have at most ${LARGEST_REPEATED} elements, got ${count}.`,
    );
  }
  const last = entries.length - 1;
  return finite(
    collected(type, count, (i) => (last < 0 ? 0 : convert(Number(entries[Math.min(i, last)])))),
    name,
  );
}

function collected(type: DataType, count: number, element: (i: number) => number): ConstantData {
  if (type === 'float32') {
    const data = new Float32Array(count);
    for (let i = 0; i < count; i++) data[i] = element(i);
    return data;
  }
  if (type === 'bool') {
    const data = new Uint8Array(count);
    for (let i = 0; i < count; i++) data[i] = element(i) === 0 ? 0 : 1;
    return data;
  }
  const data = new Int32Array(count);
  for (let i = 0; i < count; i++) data[i] = Math.max(-LARGEST_INT32 - 1, Math.min(LARGEST_INT32, element(i)));
  return data;
}
