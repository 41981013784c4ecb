import { type UnzipFileInfo, unzipSync } from 'fflate';

import { AnalysisError } from '../base/errors';
import { halfToNumber } from '../base/halfPrecision';
import { LARGEST_INFLATION, mostUnpacked } from '../files/inflation';

/** An array in row-major order, as a NumPy file holds it. */
export interface NumericArray {
  readonly shape: readonly number[];
  /** 64-bit integers as doubles (exact below 2⁵³), half precision as floats, booleans as 0 and 1. */
  readonly data:
    Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;
}

type Elements = NumericArray['data'];

interface ElementType {
  readonly bytes: number;
  readonly make: (length: number) => Elements;
  readonly read: (view: DataView, offset: number, littleEndian: boolean) => number;
}

const unsignedByte: ElementType = {
  bytes: 1,
  make: (n) => new Uint8Array(n),
  read: (view, offset) => view.getUint8(offset),
};

/** NumPy's kinds and sizes (the `descr` without its byte order). */
const elementTypes: Readonly<Record<string, ElementType>> = {
  b1: unsignedByte,
  u1: unsignedByte,
  i1: { bytes: 1, make: (n) => new Int8Array(n), read: (view, offset) => view.getInt8(offset) },
  u2: { bytes: 2, make: (n) => new Uint16Array(n), read: (view, offset, little) => view.getUint16(offset, little) },
  i2: { bytes: 2, make: (n) => new Int16Array(n), read: (view, offset, little) => view.getInt16(offset, little) },
  u4: { bytes: 4, make: (n) => new Uint32Array(n), read: (view, offset, little) => view.getUint32(offset, little) },
  i4: { bytes: 4, make: (n) => new Int32Array(n), read: (view, offset, little) => view.getInt32(offset, little) },
  u8: {
    bytes: 8,
    make: (n) => new Float64Array(n),
    read: (view, offset, little) => Number(view.getBigUint64(offset, little)),
  },
  i8: {
    bytes: 8,
    make: (n) => new Float64Array(n),
    read: (view, offset, little) => Number(view.getBigInt64(offset, little)),
  },
  f2: {
    bytes: 2,
    make: (n) => new Float32Array(n),
    read: (view, offset, little) => halfToNumber(view.getUint16(offset, little)),
  },
  f4: { bytes: 4, make: (n) => new Float32Array(n), read: (view, offset, little) => view.getFloat32(offset, little) },
  f8: { bytes: 8, make: (n) => new Float64Array(n), read: (view, offset, little) => view.getFloat64(offset, little) },
};

/** For each element in row-major order, its place in column-major order. */
function columnMajorPlaces(shape: readonly number[], size: number): Uint32Array {
  const strides: number[] = [];
  let stride = 1;
  for (const extent of shape) {
    strides.push(stride);
    stride *= extent;
  }
  const places = new Uint32Array(size);
  const index = shape.map(() => 0);
  for (let i = 0, place = 0; i < size; i++) {
    places[i] = place;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += strides[axis];
      if (++index[axis] < shape[axis]) break;
      place -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return places;
}

/**
 * The array in a NumPy `.npy` file: any byte order, row- or column-major, booleans, integers and floats.
 *
 * @throws AnalysisError 'invalid-input' when it is damaged or holds Python objects, which are never unpickled.
 * @see NumPy documentation, numpy.lib.format
 */
export function decodeNpy(bytes: Uint8Array, name: string): NumericArray {
  const refuse = (message: string) => new AnalysisError('invalid-input', `${name}: ${message}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(6, bytes.length)).toString('latin1');
  if (magic !== '\x93NUMPY' || bytes.length < 12) throw refuse('a .npy file must begin with \\x93NUMPY');
  const start = bytes[6] === 1 ? 10 : 12;
  const begin = start + (bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (begin > bytes.length) throw refuse('the .npy header must be complete, got a truncated file');
  const header = Buffer.from(bytes.buffer, bytes.byteOffset + start, begin - start).toString('latin1');
  const descr = /'descr':\s*'([<>=|])([a-zA-Z]\d*)'/.exec(header);
  const extents = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (descr === null || extents === undefined) {
    throw refuse('the .npy header must give one numeric type and a shape; save a plain array, not objects or records');
  }
  const type = elementTypes[descr[2]] as ElementType | undefined;
  if (type === undefined) {
    throw refuse(`an array must hold booleans, integers or floats of up to 64 bits, got '${descr[1]}${descr[2]}'`);
  }
  const shape = extents.split(',').flatMap((extent) => (extent.trim() === '' ? [] : [Number(extent)]));
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (!(size * type.bytes <= bytes.length - begin)) {
    throw refuse(
      `the data must have ${size} × ${type.bytes} bytes (shape ${shape.join(' × ')}), got ${bytes.length - begin}`,
    );
  }
  const littleEndian = descr[1] !== '>';
  const places = /'fortran_order':\s*True/.test(header) && shape.length > 1 ? columnMajorPlaces(shape, size) : null;
  if (type === unsignedByte && places === null) return { shape, data: bytes.subarray(begin, begin + size) };
  const data = type.make(size);
  for (let i = 0; i < size; i++) {
    data[i] = type.read(view, begin + (places === null ? i : places[i]) * type.bytes, littleEndian);
  }
  return { shape, data };
}

/**
 * The arrays in a NumPy `.npz` file, by name.
 *
 * @throws AnalysisError 'invalid-input' when it is damaged, 'limit-exceeded' when it would unpack to more than 100
 *   times its size and 256 MiB.
 */
export function decodeNpz(bytes: Uint8Array, name: string): Map<string, NumericArray> {
  const seen = new Set<string>();
  let unpacked = 0;
  const accept = (member: UnzipFileInfo): boolean => {
    if (!member.name.endsWith('.npy')) return false;
    if (seen.has(member.name)) throw new AnalysisError('invalid-input', `${name}: '${member.name}' must occur once`);
    seen.add(member.name);
    unpacked += member.originalSize;
    if (unpacked > mostUnpacked(bytes.length)) {
      throw new AnalysisError(
        'limit-exceeded',
        `${name}: a .npz file must not unpack to more than ${LARGEST_INFLATION} times its size, got ${unpacked} bytes`,
      );
    }
    return true;
  };
  let members: Record<string, Uint8Array>;
  try {
    members = unzipSync(bytes, { filter: accept });
  } catch (error) {
    if (error instanceof AnalysisError) throw error;
    throw new AnalysisError('invalid-input', `${name}: the .npz file cannot be unpacked: ${String(error)}`, {
      cause: error,
    });
  }
  const arrays = new Map<string, NumericArray>();
  for (const [member, content] of Object.entries(members)) {
    arrays.set(member.slice(0, -'.npy'.length), decodeNpy(content, `${name}/${member}`));
  }
  return arrays;
}
