import { AnalysisError } from '../../base/errors';
import type { Steps } from '../../base/steps';
import { isJsonObject, type Json } from '../../files/json';
import type { ConstantData, DataType } from '../../network/network';
import { collectedElements, type ElementName, elementsFromBytes, elementTypes } from '../elements';

/** The types that weights may have in a manifest. */
export const storedTypes = ['float32', 'int32', 'bool', 'string'] as const;

/** A type that weights may have in a manifest. */
export type StoredType = (typeof storedTypes)[number];

/** How the numbers of a weight lie in its shards. */
export interface Encoding {
  /** What they become; null for texts, which are not kept. */
  readonly type: DataType | null;
  /** Bytes a number. */
  readonly width: number;
  /** @param bytes little-endian, a whole number of `width` */
  readonly decode: (bytes: Uint8Array) => Steps<ConstantData>;
}

const TYPES: Readonly<Record<StoredType, DataType | null>> = {
  float32: 'float32',
  int32: 'int64',
  bool: 'bool',
  string: null,
};

/**
 * How a weight is stored: as its type says, or quantised, as value · scale + min or in half precision.
 *
 * @throws AnalysisError 'model-unreadable' where the quantisation is not one of these
 */
export function encodingOf(weight: string, dtype: StoredType, quantization: Json | undefined): Encoding {
  const type = TYPES[dtype];
  if ((quantization ?? null) === null) {
    return { type, width: dtype === 'float32' || dtype === 'int32' ? 4 : 1, decode: plain(dtype) };
  }
  const fields = isJsonObject(quantization) ? quantization : {};
  const { dtype: stored, scale, min } = fields;
  if (stored === 'float16' && dtype === 'float32') return { type, width: 2, decode: plain('float16') };
  if (
    (stored === 'uint8' || stored === 'uint16') &&
    isNumber(scale) &&
    isNumber(min) &&
    type !== null &&
    type !== 'bool'
  ) {
    const width = stored === 'uint8' ? 1 : 2;
    return { type, width, decode: dequantised(width, scale, min, type) };
  }
  throw new AnalysisError(
    'model-unreadable',
    `Weight "${weight}": the quantisation must be float16, or uint8 or uint16 with a scale and a min, ` +
      `got ${JSON.stringify(quantization).slice(0, 80)}.`,
  );
}

function plain(name: StoredType | ElementName): Encoding['decode'] {
  return function* (bytes) {
    if (name === 'string') return new Uint8Array();
    return yield* elementsFromBytes(name, bytes, (bytes.length * 8) / elementTypes[name].bits);
  };
}

function isNumber(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function dequantised(width: 1 | 2, scale: number, min: number, type: 'float32' | 'int64'): Encoding['decode'] {
  const { read } = elementTypes[width === 1 ? 'uint8' : 'uint16'];
  return (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const real = (i: number): number => read(view, i) * scale + min;
    const count = bytes.length / width;
    return type === 'float32'
      ? collectedElements(elementTypes.float32, count, real)
      : collectedElements(elementTypes.int32, count, (i) => Math.round(real(i)) | 0);
  };
}
