import { AnalysisError } from '../../base/errors';
import { brainFloatToNumber, halfToNumber } from '../../base/halfPrecision';
import type { ConstantData, DataType } from '../../network/network';
import {
  collectedElements,
  dataTypeOf,
  type ElementName,
  elementsFromBytes,
  elementTypes,
  finiteElements,
} from '../elements';
import type { TensorProto, TensorShapeProto } from './savedModelProto';

type TypedField = 'floatVal' | 'doubleVal' | 'intVal' | 'int64Val' | 'boolVal' | 'halfVal' | 'uint32Val' | 'uint64Val';

/** How a type of element stands in a file. */
interface StoredType {
  readonly name: ElementName;
  /** Where the elements of a constant are when they are not bytes. */
  readonly field: TypedField;
  /** An entry of that field as an element. */
  readonly convert?: (entry: number) => number;
}

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

const storedTypes: Readonly<Record<string, StoredType>> = {
  DT_FLOAT: { name: 'float32', field: 'floatVal' },
  DT_DOUBLE: { name: 'float64', field: 'doubleVal' },
  DT_HALF: { name: 'float16', field: 'halfVal', convert: halfToNumber },
  DT_BFLOAT16: { name: 'bfloat16', field: 'halfVal', convert: brainFloatToNumber },
  DT_INT8: { name: 'int8', field: 'intVal' },
  DT_UINT8: { name: 'uint8', field: 'intVal' },
  DT_INT16: { name: 'int16', field: 'intVal' },
  DT_UINT16: { name: 'uint16', field: 'intVal' },
  DT_INT32: { name: 'int32', field: 'intVal' },
  DT_UINT32: { name: 'uint32', field: 'uint32Val' },
  DT_INT64: { name: 'int64', field: 'int64Val' },
  DT_UINT64: { name: 'uint64', field: 'uint64Val' },
  DT_BOOL: { name: 'bool', field: 'boolVal' },
};

/** References to variables, as TensorFlow 1 has them, count from here. */
const REFERENCES = 100;
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
  if (!Object.hasOwn(storedTypes, dataType)) {
    throw unreadable(name, `elements of ${dataType} are not known; export the model with float32 weights`);
  }
  const element = elementTypes[storedTypes[dataType].name];
  const width = element.bits / 8;
  const extents = shape === null ? [] : shape.dim.map(({ size }) => size);
  const count = extents.reduce((product, extent) => product * extent, 1);
  const possible = extents.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
  if (!possible || !Number.isSafeInteger(count * width) || shape?.unknownRank === true) {
    throw unreadable(name, `the shape [${extents.join(', ')}] is none that a tensor can have`);
  }
  return { name, dataType, type: dataTypeOf(element), shape: extents, count, bytes: count * width };
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
  return finiteElements(elementsFromBytes(storedTypes[dataType].name, raw, count), name);
}

/**
 * The elements of a constant.
 *
 * @throws AnalysisError 'model-unreadable' where they do not fit the shape, 'limit-exceeded' where few numbers stand for
 *   more than 16 million
 */
export function elementsOfConstant(outline: TensorOutline, tensor: TensorProto): ConstantData {
  const { name, dataType, count } = outline;
  if (tensor.tensorContent.length > 0) return elementsOfBytes(outline, tensor.tensorContent);
  const { name: element, field, convert = Number } = storedTypes[dataType];
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
  const elements = collectedElements(elementTypes[element], count, (i) => {
    return last < 0 ? 0 : convert(Number(entries[Math.min(i, last)]));
  });
  return finiteElements(elements, name);
}
