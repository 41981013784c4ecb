import { AnalysisError } from '../base/errors';

/** Bytes of which any piece can be had without the rest: a file, a part of one, or an array in memory. */
export interface Bytes {
  readonly size: number;
  /**
   * A piece; not to be written to.
   *
   * @throws AnalysisError 'model-unreadable' where it reaches beyond the end
   */
  read(offset: number, length: number): Uint8Array;
}

/** An array in memory. */
export function bytesInMemory(array: Uint8Array): Bytes {
  return {
    size: array.length,
    read: (offset, length) => {
      checkPiece(offset, length, array.length, 'the content');
      return array.subarray(offset, offset + length);
    },
  };
}

/**
 * A part of other bytes.
 *
 * @throws AnalysisError 'model-unreadable' where it reaches beyond their end
 */
export function section(bytes: Bytes, start: number, size: number, name: string): Bytes {
  checkPiece(start, size, bytes.size, name);
  return {
    size,
    read: (offset, length) => {
      checkPiece(offset, length, size, name);
      return bytes.read(start + offset, length);
    },
  };
}

/** @throws AnalysisError 'model-unreadable' where a piece is no part of `size` bytes */
export function checkPiece(offset: number, length: number, size: number, name: string): void {
  if (offset >= 0 && length >= 0 && offset + length <= size) return;
  throw new AnalysisError(
    'model-unreadable',
    `${name} ends early: bytes ${offset} to ${offset + length} must lie within ${size}.`,
  );
}
