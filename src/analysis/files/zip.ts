import { inflateRawSync } from 'node:zlib';

import { AnalysisError } from '../base/errors';
import { type Bytes, bytesInMemory, section } from './bytes';
import { LARGEST_INFLATION, mostUnpacked } from './inflation';

const LARGEST_DIRECTORY = 64 * 2 ** 20;

const END = 0x06054b50;
const END_SIZE = 22;
const LONGEST_COMMENT = 2 ** 16 - 1;
/** Few archives have a comment. */
const COMMON_TAIL = 1024;
const END_64_LOCATOR = 0x07064b50;
const END_64 = 0x06064b50;
const ENTRY = 0x02014b50;
const ENTRY_SIZE = 46;
const LOCAL_SIZE = 30;
const STORED = 0;
const DEFLATED = 8;
/** Stands where a number is in the 64-bit extension. */
const IN_EXTENSION = 2 ** 32 - 1;

interface Member {
  readonly method: number;
  readonly size: number;
  readonly originalSize: number;
  /** Where its own header begins. */
  readonly at: number;
}

/**
 * A zip archive that nobody vouches for. Opening it reads its directory only.
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, section 4.3
 */
export class ZipArchive {
  private readonly members = new Map<string, Member>();

  /**
   * @param bytes the archive
   * @param name the file, for messages
   * @throws AnalysisError 'model-unreadable' where it is no zip archive, or where a member is named twice or outside the
   *   archive; 'limit-exceeded' where one grows over 100-fold and beyond 256 MiB when unpacked
   */
  constructor(
    private readonly bytes: Bytes,
    private readonly name: string,
  ) {
    try {
      this.readDirectory();
    } catch (error) {
      if (error instanceof AnalysisError) throw error;
      throw this.noArchive(String(error), error);
    }
  }

  /** The names of all members, in the order of the directory. */
  get names(): readonly string[] {
    return [...this.members.keys()];
  }

  /**
   * The content of a member, undefined where there is none of that name. What is stored as it is stays in the archive
   * until it is read.
   *
   * @throws AnalysisError 'model-unreadable' where it cannot be unpacked
   */
  member(member: string): Bytes | undefined {
    const found = this.members.get(member);
    if (found === undefined) return undefined;
    const { method, size, originalSize, at } = found;
    const header = view(this.bytes.read(at, LOCAL_SIZE));
    const start = at + LOCAL_SIZE + header.getUint16(26, true) + header.getUint16(28, true);
    const packed = section(this.bytes, start, size, `${this.name}/${member}`);
    if (method === STORED) return packed;
    if (method !== DEFLATED) throw this.noArchive(`member "${member}" is packed by method ${method}`);
    try {
      return bytesInMemory(inflateRawSync(packed.read(0, size), { maxOutputLength: Math.max(1, originalSize) }));
    } catch (error) {
      throw this.noArchive(String(error), error);
    }
  }

  private readDirectory(): void {
    const found = this.end(COMMON_TAIL) ?? this.end(END_SIZE + LONGEST_COMMENT);
    if (found === undefined) throw this.noArchive('its directory is missing');
    const { tail, end, tailStart } = found;
    let count = tail.getUint16(end + 8, true);
    let start = tail.getUint32(end + 16, true);
    let stop = tailStart + end;
    if (end >= 20 && tail.getUint32(end - 20, true) === END_64_LOCATOR) {
      const at = number64(tail, end - 12);
      const large = view(this.bytes.read(at, 56));
      if (large.getUint32(0, true) === END_64) {
        [count, start, stop] = [number64(large, 32), number64(large, 48), at];
      }
    }
    if (stop - start > LARGEST_DIRECTORY) {
      throw new AnalysisError('limit-exceeded', `${this.name}: the archive's directory must be at most 64 MiB.`);
    }
    const directory = this.bytes.read(start, stop - start);
    let at = 0;
    for (let i = 0; i < count; i++) at = this.readEntry(directory, at);
  }

  /** Where the record is that ends the archive, among its last bytes. */
  private end(most: number): { tail: DataView; end: number; tailStart: number } | undefined {
    const tailSize = Math.min(this.bytes.size, most);
    const tailStart = this.bytes.size - tailSize;
    const tail = view(this.bytes.read(tailStart, tailSize));
    for (let end = tailSize - END_SIZE; end >= 0; end--) {
      if (tail.getUint32(end, true) === END) return { tail, end, tailStart };
    }
    return undefined;
  }

  /** Checks and remembers the entry of a member, and returns where the next begins. */
  private readEntry(directory: Uint8Array, at: number): number {
    const entry = view(directory.subarray(at));
    if (entry.getUint32(0, true) !== ENTRY) throw this.noArchive('its directory is damaged');
    const nameEnd = ENTRY_SIZE + entry.getUint16(28, true);
    const extensionEnd = nameEnd + entry.getUint16(30, true);
    const isUtf8 = (entry.getUint16(8, true) & 2048) !== 0;
    const member = Buffer.from(directory.subarray(at + ENTRY_SIZE, at + nameEnd)).toString(isUtf8 ? 'utf8' : 'latin1');
    this.checkName(member);
    // In the extension stand, in this order, those numbers that do not fit into 32 bits.
    const extension = extension64(view(directory.subarray(at + nameEnd, at + extensionEnd)));
    const [originalSize, size, header] = [24, 20, 42].map((field) => {
      const short = entry.getUint32(field, true);
      return short === IN_EXTENSION ? (extension.shift() ?? short) : short;
    });
    if (originalSize > mostUnpacked(size)) {
      throw new AnalysisError(
        'limit-exceeded',
        `${this.name}: member "${member}" must grow at most ${LARGEST_INFLATION}-fold when unpacked, ` +
          `got ${size} to ${originalSize} bytes.`,
      );
    }
    this.members.set(member, { method: entry.getUint16(10, true), size, originalSize, at: header });
    return at + extensionEnd + entry.getUint16(32, true);
  }

  private checkName(member: string): void {
    if (this.members.has(member)) {
      throw new AnalysisError('model-unreadable', `${this.name}: member "${member}" is there twice.`);
    }
    if (/^[/\\]|^[A-Za-z]:|\0/.test(member) || member.split(/[/\\]/).includes('..')) {
      throw new AnalysisError(
        'model-unreadable',
        `${this.name}: member ${JSON.stringify(member)} must lie inside the archive.`,
      );
    }
  }

  private noArchive(reason: string, cause?: unknown): AnalysisError {
    return new AnalysisError('model-unreadable', `${this.name} must be a zip archive: ${reason}.`, { cause });
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function number64(from: DataView, at: number): number {
  return Number(from.getBigUint64(at, true));
}

/** The numbers of an entry's 64-bit extension. */
function extension64(extra: DataView): number[] {
  for (let at = 0; at + 4 <= extra.byteLength; at += 4 + extra.getUint16(at + 2, true)) {
    if (extra.getUint16(at, true) !== 1) continue;
    const count = Math.floor(extra.getUint16(at + 2, true) / 8);
    return Array.from({ length: count }, (_, i) => number64(extra, at + 4 + 8 * i));
  }
  return [];
}
