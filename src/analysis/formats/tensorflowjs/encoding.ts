import { AnalysisError } from '../../base/errors';
import { halfToNumber } from '../../base/halfPrecision';
import { isJsonObject, type Json } from '../../files/json';
import type { ConstantData, DataType } from '../../network/network';

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
  readonly decode: (bytes: Uint8Array) => ConstantData;
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
    return { type, width: dtype === 'float32' || dtype === 'int32' ? 4 : 1, decode: plain[dtype] };
  }
  const fields = isJsonObject(quantization) ? quantization : {};
  const { dtype: stored, scale, min } = fields;
  if (stored === 'float16' && dtype === 'float32') return { type, width: 2, decode: halves };
  if (
    (stored === 'uint8' || stored === 'uint16') &&
    isNumber(scale) &&
    isNumber(min) &&
    type !== null &&
    type !== 'bool'
  ) {
    const width = stored === 'uint8' ? 1 : 2;
    return { type, width, decode: (bytes) => dequantised(width === 1 ? bytes : shorts(bytes), scale, min, type) };
  }
  throw new AnalysisError(
    'model-unreadable',
    `Weight "${weight}": the quantisation must be float16, or uint8 or uint16 with a scale and a min, ` +
      `got ${JSON.stringify(quantization).slice(0, 80)}.`,
  );
}

const plain: Readonly<Record<StoredType, (bytes: Uint8Array) => ConstantData>> = {
  float32: (bytes) => new Float32Array(aligned(bytes)),
  int32: (bytes) => new Int32Array(aligned(bytes)),
  bool: (bytes) => bytes.map((byte) => Number(byte !== 0)),
  string: () => new Uint8Array(),
};

function isNumber(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** A copy, since a number must begin at a multiple of its width. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

function shorts(bytes: Uint8Array): Uint16Array {
  return new Uint16Array(aligned(bytes));
}

function halves(bytes: Uint8Array): Float32Array {
  return Float32Array.from(shorts(bytes), halfToNumber);
}

function dequantised(
  values: Uint8Array | Uint16Array,
  scale: number,
  min: number,
  type: 'float32' | 'int64',
): ConstantData {
  return type === 'float32'
    ? Float32Array.from(values, (value) => value * scale + min)
    : Int32Array.from(values, (value) => Math.round(value * scale + min));
}
