import { AnalysisError } from '../../base/errors';
import type { Bytes } from '../../files/bytes';

/** What a table holds under a key. */
export interface TableEntry {
  /** One character a byte. */
  readonly key: string;
  readonly value: Uint8Array;
}

const FOOTER = 48;
const MAGIC = 0xdb4775248b80fb57n;
/** After each block: how it is compressed, and a checksum. */
const TRAILER = 5;
const LARGEST_TABLE = 64 * 2 ** 20;
/** Of all keys together: each may repeat the one before it. */
const MOST_KEY_BYTES = 256 * 2 ** 20;

/**
 * The entries of a table of sorted strings, in the format of LevelDB's tables: blocks of entries whose keys leave out what
 * they have in common with the key before, a block of where the blocks are, and a footer.
 *
 * @param name the file, for messages
 * @throws AnalysisError 'model-unreadable' where it is cut off, damaged or compressed; 'limit-exceeded' where it is over
 *   64 MiB
 * @see https://github.com/google/leveldb/blob/main/doc/table_format.md
 */
export function tableEntries(file: Bytes, name: string): TableEntry[] {
  if (file.size > LARGEST_TABLE) {
    throw new AnalysisError('limit-exceeded', `${name} must be at most 64 MiB, got ${file.size} bytes.`);
  }
  const table = new Table(file.read(0, file.size), name);
  return table.entries();
}

class Table {
  private keyBytes = 0;
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly name: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  entries(): TableEntry[] {
    const footer = this.bytes.length - FOOTER;
    if (footer < 0 || this.view.getBigUint64(this.bytes.length - 8, true) !== MAGIC) {
      throw this.damaged('it must end with the mark of a checkpoint index; it is cut off, or another file');
    }
    const cursor = new Cursor(this.bytes, footer, this.bytes.length, this.name);
    // The first handle is that of a block of filters, which checkpoints do not have.
    cursor.handle();
    const index = this.block(cursor.handle());
    const entries: TableEntry[] = [];
    let end = 0;
    for (const { value } of index) {
      const handle = new Cursor(value, 0, value.length, this.name).handle();
      if (handle.offset < end) throw this.damaged('its blocks must follow one another');
      end = handle.offset + handle.size;
      for (const entry of this.block(handle)) entries.push(entry);
    }
    return entries;
  }

  private block({ offset, size }: Handle): TableEntry[] {
    const end = offset + size;
    if (size < 4 || end + TRAILER > this.bytes.length) {
      throw this.damaged(`a block at byte ${offset} lies beyond its end`);
    }
    if (this.bytes[end] !== 0) {
      throw this.damaged(
        'it is compressed, which is not read here; export the model again with TensorFlow as it comes',
      );
    }
    const restarts = this.view.getUint32(end - 4, true);
    const last = end - 4 - 4 * restarts;
    if (last < offset) throw this.damaged(`the block at byte ${offset} has more restarts than bytes`);
    const cursor = new Cursor(this.bytes, offset, last, this.name);
    const entries: TableEntry[] = [];
    let key: Uint8Array = new Uint8Array();
    while (cursor.at < last) {
      const [shared, own, length] = [cursor.varint(), cursor.varint(), cursor.varint()];
      if (shared > key.length) throw this.damaged('a key repeats more than the key before it has');
      this.keyBytes += shared + own;
      if (this.keyBytes > MOST_KEY_BYTES) {
        throw new AnalysisError('limit-exceeded', `${this.name}: its keys must take at most ${MOST_KEY_BYTES} bytes.`);
      }
      key = Buffer.concat([key.subarray(0, shared), cursor.take(own)]);
      entries.push({ key: Buffer.from(key).toString('latin1'), value: cursor.take(length) });
    }
    return entries;
  }

  private damaged(reason: string): AnalysisError {
    return new AnalysisError('model-unreadable', `${this.name}: ${reason}.`);
  }
}

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** A place in bytes that moves on. */
class Cursor {
  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
    private readonly end: number,
    private readonly name: string,
  ) {}

  handle(): Handle {
    return { offset: this.varint(), size: this.varint() };
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 49; factor *= 128) {
      const byte = this.take(1)[0];
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
    throw new AnalysisError('model-unreadable', `${this.name}: the number at byte ${this.at} is too long.`);
  }

  take(length: number): Uint8Array {
    if (this.at + length > this.end) {
      throw new AnalysisError('model-unreadable', `${this.name}: a block ends early, at byte ${this.at}.`);
    }
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}
