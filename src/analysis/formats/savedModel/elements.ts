import { AnalysisError } from '../../base/errors';
import type { Steps } from '../../base/steps';
import type { ConstantData, DataType } from '../../network/network';
import { collectedElements, dataTypeOf, elementsFromBytes, elementTypes, finiteElements } from '../elements';
import { type StoredType, storedType } from '../tensorflow/storedTypes';
import type { TensorProto, TensorShapeProto } from './savedModelProto';

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
  readonly stored: StoredType;
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
  const stored = storedType(dataType);
  if (stored === undefined) {
    throw unreadable(name, `elements of ${dataType} are not known; export the model with float32 weights`);
  }
  const element = elementTypes[stored.name];
  const width = element.bits / 8;
  const extents = shape === null ? [] : shape.dim.map(({ size }) => size);
  const count = extents.reduce((product, extent) => product * extent, 1);
  const possible = extents.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
  if (!possible || !Number.isSafeInteger(count * width) || shape?.unknownRank === true) {
    throw unreadable(name, `the shape [${extents.join(', ')}] is none that a tensor can have`);
  }
  return { name, dataType, stored, type: dataTypeOf(element), shape: extents, count, bytes: count * width };
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
export function* elementsOfBytes(outline: TensorOutline, raw: Uint8Array): Steps<ConstantData> {
  const { name, dataType, stored, shape, count, bytes } = outline;
  if (raw.length !== bytes) {
    throw unreadable(
      name,
      `${dataType} of shape [${shape.join(', ')}] takes ${bytes} bytes, the file has ${raw.length}`,
    );
  }
  return yield* finiteElements(yield* elementsFromBytes(stored.name, raw, count), name);
}

/**
 * The elements of a constant.
 *
 * @throws AnalysisError 'model-unreadable' where they do not fit the shape, 'limit-exceeded' where few numbers stand for
 *   more than 16 million
 */
export function* elementsOfConstant(outline: TensorOutline, tensor: TensorProto): Steps<ConstantData> {
  const { name, stored, count } = outline;
  if (tensor.tensorContent.length > 0) return yield* elementsOfBytes(outline, tensor.tensorContent);
  const { name: element, field, convert = Number } = stored;
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
  const elements = yield* collectedElements(elementTypes[element], count, (i) => {
    return last < 0 ? 0 : convert(Number(entries[Math.min(i, last)]));
  });
  return yield* finiteElements(elements, name);
}
