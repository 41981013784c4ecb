import { zipSync } from 'fflate';

/** An array to write: numbers as float64 or int64, or strings. */
export type OutputArray =
  | { readonly type: 'float64' | 'int64'; readonly data: Float64Array; readonly shape: readonly number[] }
  | { readonly type: 'string'; readonly data: readonly string[] };

/**
 * A NumPy archive of arrays by name, the same bytes for the same arrays.
 *
 * @see NumPy Enhancement Proposal 1, the npy format
 */
export function encodeNpz(arrays: ReadonlyMap<string, OutputArray>): Uint8Array {
  const members: Record<string, Uint8Array> = {};
  for (const [name, array] of arrays) members[`${name}.npy`] = encodeNpy(array);
  // A fixed date: reruns write the same bytes. Stored, since floats hardly compress.
  return zipSync(members, { level: 0, mtime: new Date(1980, 0, 1) });
}

function encodeNpy(array: OutputArray): Uint8Array {
  if (array.type === 'string') {
    const width = Math.max(1, ...array.data.map((text) => Array.from(text).length));
    const codes = new Uint32Array(array.data.length * width);
    array.data.forEach((text, i) => {
      Array.from(text).forEach((character, j) => {
        codes[i * width + j] = character.codePointAt(0) ?? 0;
      });
    });
    return npy(`<U${width}`, [array.data.length], new Uint8Array(codes.buffer));
  }
  const { type, data, shape } = array;
  const values = type === 'int64' ? BigInt64Array.from(data, (x) => BigInt(Math.round(x))) : data;
  return npy(
    type === 'int64' ? '<i8' : '<f8',
    shape,
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  );
}

function npy(dtype: string, shape: readonly number[], body: Uint8Array): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape.join()},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${dtype}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const bytes = new Uint8Array(length + body.length);
  bytes.set([0x93, ...Buffer.from('NUMPY'), 1, 0]);
  new DataView(bytes.buffer).setUint16(8, length - 10, true);
  bytes.set(Buffer.from(`${text.padEnd(length - 11)}\n`, 'latin1'), 10);
  bytes.set(body, length);
  return bytes;
}
