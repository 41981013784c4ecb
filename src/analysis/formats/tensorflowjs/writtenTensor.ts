import { AnalysisError } from '../../base/errors';
import { isJsonList, type Json, type JsonObject } from '../../files/json';
import type { ConstantData, DataType } from '../../network/network';
import type { GraphTensor } from '../tensorflow/graphDef';

interface NumberType {
  readonly type: DataType;
  /** Where a tensor lists its numbers. */
  readonly field: string;
  readonly make: (numbers: readonly number[]) => ConstantData;
  /** Bytes a number in the tensor's content, and how each is read. */
  readonly width: number;
  readonly read: (bytes: DataView, at: number) => number;
}

const TYPES: Readonly<Record<string, NumberType>> = {
  DT_FLOAT: {
    type: 'float32',
    field: 'floatVal',
    make: (numbers) => Float32Array.from(numbers),
    width: 4,
    read: (bytes, at) => bytes.getFloat32(at, true),
  },
  DT_INT32: {
    type: 'int64',
    field: 'intVal',
    make: (numbers) => Int32Array.from(numbers),
    width: 4,
    read: (bytes, at) => bytes.getInt32(at, true),
  },
  DT_INT64: {
    type: 'int64',
    field: 'int64Val',
    make: (numbers) => Int32Array.from(numbers),
    width: 8,
    read: (bytes, at) => Number(bytes.getBigInt64(at, true)),
  },
  DT_BOOL: {
    type: 'bool',
    field: 'boolVal',
    make: (numbers) => Uint8Array.from(numbers),
    width: 1,
    read: (bytes, at) => Number(bytes.getUint8(at) !== 0),
  },
};

/** What a list that repeats its last number may grow to. */
const LARGEST_REPETITION = 2 ** 20;

/**
 * A constant that is written into the graph itself: as bytes in base64, or as a list whose last number stands for all
 * further ones. Undefined for types that are not kept.
 *
 * @throws AnalysisError 'model-unreadable' where it has not as many numbers as its shape
 */
export function writtenTensor(tensor: JsonObject, shape: readonly number[], node: string): GraphTensor | undefined {
  const { dtype, tensorContent } = tensor;
  if (typeof dtype !== 'string' || !Object.hasOwn(TYPES, dtype)) return undefined;
  const { type, field, make, width, read } = TYPES[dtype];
  const count = shape.reduce((product, extent) => product * extent, 1);
  const wrong = (got: number): AnalysisError =>
    new AnalysisError(
      'model-unreadable',
      `TensorFlow.js graph model: the constant of ${node} must have ${count} numbers for its shape [${shape.join(', ')}], ` +
        `got ${got}.`,
    );
  if (!Number.isInteger(count) || count < 0) throw wrong(0);
  if (typeof tensorContent === 'string') {
    const bytes = Buffer.from(tensorContent, 'base64');
    if (bytes.length !== count * width) throw wrong(bytes.length / width);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const numbers = (): number[] => Array.from({ length: count }, (_, i) => read(view, i * width));
    return { type, shape, read: () => make(numbers()) };
  }
  const listed: readonly Json[] = isJsonList(tensor[field]) ? tensor[field] : [];
  const given = listed.map(Number);
  if (given.length > count || (given.length < count && count > LARGEST_REPETITION)) throw wrong(given.length);
  const last = given.at(-1) ?? 0;
  return { type, shape, read: () => make(Array.from({ length: count }, (_, i) => given[i] ?? last)) };
}
