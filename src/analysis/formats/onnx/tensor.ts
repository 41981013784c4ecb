import { AnalysisError } from '../../base/errors';
import { brainFloatToNumber, halfToNumber } from '../../base/halfPrecision';
import type { Steps } from '../../base/steps';
import type { ConstantData, DataType } from '../../network/network';
import type { TensorProto } from '../../onnx/onnxProto';
import {
  collectedElements,
  dataTypeOf,
  type ElementName,
  elementsFromBytes,
  elementTypes,
  finiteElements,
} from '../elements';

type TypedField = 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';

interface StoredType {
  readonly name: ElementName;
  /** Where the elements are when they are not raw bytes. */
  readonly field: TypedField;
  /** An entry of the typed field as an element. */
  readonly convert?: (entry: number) => number;
}

/** By ONNX's number for the type. */
const STORED_TYPES: Readonly<Record<number, StoredType>> = {
  1: { name: 'float32', field: 'floatData' },
  2: { name: 'uint8', field: 'int32Data' },
  3: { name: 'int8', field: 'int32Data' },
  4: { name: 'uint16', field: 'int32Data' },
  5: { name: 'int16', field: 'int32Data' },
  6: { name: 'int32', field: 'int32Data' },
  7: { name: 'int64', field: 'int64Data' },
  9: { name: 'bool', field: 'int32Data' },
  10: { name: 'float16', field: 'int32Data', convert: halfToNumber },
  11: { name: 'float64', field: 'doubleData' },
  12: { name: 'uint32', field: 'uint64Data' },
  13: { name: 'uint64', field: 'uint64Data' },
  16: { name: 'bfloat16', field: 'int32Data', convert: brainFloatToNumber },
  21: { name: 'uint4', field: 'int32Data' },
  22: { name: 'int4', field: 'int32Data' },
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
  const type = dataTypeOf(elementTypes[storedType(tensor, name).name]);
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
export function* tensorElements(
  outline: TensorOutline,
  tensor: TensorProto,
  external?: Uint8Array,
): Steps<ConstantData> {
  const { name, shape, count } = outline;
  const type = storedType(tensor, name);
  const { bits } = elementTypes[type.name];
  const raw = external ?? tensor.rawData;
  const entries = tensor[type.field];
  if (raw.length === 0 && bits >= 8 && entries.length === count) {
    return yield* finiteElements(yield* fromEntries(type, entries), name);
  }
  const bytes = Math.ceil((count * bits) / 8);
  if (raw.length !== bytes) {
    throw unreadable(
      name,
      `${type.name} of shape [${shape.join(', ')}] takes ${bytes} bytes, the file has ${raw.length}`,
    );
  }
  return yield* finiteElements(yield* elementsFromBytes(type.name, raw, count), name);
}

function storedType({ dataType }: TensorProto, name: string): StoredType {
  const type = STORED_TYPES[dataType] as StoredType | undefined;
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

function fromEntries({ name, convert }: StoredType, entries: readonly number[]): Steps<ConstantData> {
  return collectedElements(
    elementTypes[name],
    entries.length,
    convert ? (i) => convert(entries[i]) : (i) => entries[i],
  );
}
