import { closeSync, createReadStream, fstatSync, openSync, readSync, type Stats } from 'node:fs';

import { AnalysisError } from '../base/errors';
import { atOnce, type Steps } from '../base/steps';
import { type Bytes, checkPiece } from './bytes';

/** What is read in one step, some milliseconds from a disk. */
const STEP = 4 * 2 ** 20;

/** An ordinary file, opened when its content is first asked for and then kept open until it is disposed of. */
export class DiskFile implements Bytes {
  /** How much of it was read, pieces that were read twice counted twice. */
  bytesRead = 0;
  private descriptor: number | undefined;

  /**
   * @param path absolute
   * @param stats as they were when it was decided that the file may be read
   */
  constructor(
    readonly path: string,
    private readonly stats: Stats,
  ) {}

  get size(): number {
    return this.stats.size;
  }

  /** When the content last changed, ms since 1970. */
  get modified(): number {
    return this.stats.mtimeMs;
  }

  /**
   * @throws AnalysisError 'model-unreadable' where the file was changed since it was looked at, or ends before the
   *   piece does
   */
  read(offset: number, length: number): Uint8Array {
    return atOnce(this.readInSteps(offset, length));
  }

  /** @throws AnalysisError 'model-unreadable' as read */
  *readInSteps(offset: number, length: number): Steps<Uint8Array> {
    checkPiece(offset, length, this.size, this.path);
    const piece = Buffer.allocUnsafeSlow(length);
    for (let done = 0; done < length;) {
      const count = readSync(this.opened(), piece, done, Math.min(length - done, STEP), offset + done);
      if (count === 0) throw this.changed();
      done += count;
      yield;
    }
    this.bytesRead += length;
    return piece;
  }

  /** The whole content from its beginning, a piece at a time. */
  async *pieces(): AsyncGenerator<Buffer> {
    const options = { fd: this.opened(), start: 0, autoClose: false, highWaterMark: 2 ** 20 };
    for await (const piece of createReadStream(this.path, options) as AsyncIterable<Buffer>) {
      this.bytesRead += piece.length;
      yield piece;
    }
  }

  dispose(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  private opened(): number {
    if (this.descriptor !== undefined) return this.descriptor;
    this.descriptor = openSync(this.path, 'r');
    const { dev, ino, size } = fstatSync(this.descriptor);
    // Another file may have taken its place since it was looked at.
    if (dev !== this.stats.dev || ino !== this.stats.ino || size !== this.size) throw this.changed();
    return this.descriptor;
  }

  private changed(): AnalysisError {
    return new AnalysisError('model-unreadable', `${this.path} changed while it was read: try again.`);
  }
}
