import { AnalysisError } from '../base/errors';
import { atOnce, type Steps } from '../base/steps';

/** Bytes of which any piece can be had without the rest: a file, a part of one, or an array in memory. */
export interface Bytes {
  readonly size: number;
  /**
   * A piece; not to be written to.
   *
   * @throws AnalysisError 'model-unreadable' where it reaches beyond the end
   */
  read(offset: number, length: number): Uint8Array;
  /** The same, a few megabytes a step. */
  readInSteps(offset: number, length: number): Steps<Uint8Array>;
}

/** An array in memory. */
export function bytesInMemory(array: Uint8Array): Bytes {
  const read = (offset: number, length: number): Uint8Array => {
    checkPiece(offset, length, array.length, 'the content');
    return array.subarray(offset, offset + length);
  };
  return {
    size: array.length,
    read,
    *readInSteps(offset, length) {
      yield;
      return read(offset, length);
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
    *readInSteps(offset, length) {
      checkPiece(offset, length, size, name);
      return yield* bytes.readInSteps(start + offset, length);
    },
  };
}

/** Parts one behind the other. */
export function joined(parts: readonly Bytes[], name: string): Bytes {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  function* readInSteps(offset: number, length: number): Steps<Uint8Array> {
    checkPiece(offset, length, size, name);
    const piece = new Uint8Array(length);
    let start = 0;
    for (const part of parts) {
      const [from, to] = [Math.max(offset, start), Math.min(offset + length, start + part.size)];
      if (from < to) piece.set(yield* part.readInSteps(from - start, to - from), from - offset);
      start += part.size;
    }
    return piece;
  }
  return { size, read: (offset, length) => atOnce(readInSteps(offset, length)), readInSteps };
}

/** @throws AnalysisError 'model-unreadable' where a piece is no part of `size` bytes */
export function checkPiece(offset: number, length: number, size: number, name: string): void {
  if (offset >= 0 && length >= 0 && offset + length <= size) return;
  throw new AnalysisError(
    'model-unreadable',
    `${name} ends early: bytes ${offset} to ${offset + length} must lie within ${size}.`,
  );
}
