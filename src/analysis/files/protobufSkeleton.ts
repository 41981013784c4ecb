import type { Type } from 'protobufjs/light';

import type { Bytes } from './bytes';
import { STORED } from './protobuf';

/** Messages of up to this many bytes are taken over whole. */
const SMALL = 2 ** 16;
const DEEPEST_NESTING = 100;

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** What stays in the file. */
export interface LeftInFile {
  /** It declares a field of number STORED. */
  readonly message: Type;
  /** The numbers of its fields that hold elements. */
  readonly fields: ReadonlySet<number>;
  /** The one of them that holds the elements as bytes, where its own place is to be told too. */
  readonly raw?: number;
}

/** The numbers of a message's fields of these names. */
export function fieldNumbers(type: Type, names: readonly string[]): ReadonlySet<number> {
  return new Set(names.map((name) => type.fields[name].id));
}

/**
 * The bytes of a message without the fields that it does not declare and, in messages of over 64 KiB, without the elements
 * that are left in the file. So what is read does not grow with the weights.
 *
 * @param type of the whole file
 * @throws Error where the file is not a protocol buffer of that form; AnalysisError 'model-unreadable' where it ends early
 */
export function skeleton(file: Bytes, type: Type, left: LeftInFile): Uint8Array {
  return Buffer.concat(new Skeleton(file, left).message(type, file.size, 0));
}

/** Copies a message field by field, without what nobody reads. */
class Skeleton {
  private at = 0;
  /** [offset, length] of the raw elements of the message that was read last. */
  private raw: readonly number[] = [];
  private readonly window: Window;

  constructor(
    file: Bytes,
    private readonly left: LeftInFile,
  ) {
    this.window = new Window(file);
  }

  /** The message from here to `end`, in pieces. */
  message(type: Type, end: number, depth: number): Uint8Array[] {
    if (depth > DEEPEST_NESTING) throw new Error(`messages must be nested at most ${DEEPEST_NESTING} deep`);
    const pieces: Uint8Array[] = [];
    while (this.at < end) {
      const start = this.at;
      const tag = this.varint();
      const id = Math.floor(tag / 8);
      const field = id in type.fieldsById ? type.fieldsById[id] : undefined;
      const length = this.length(tag % 8);
      const from = this.at;
      if (from + length > end) throw new Error(`a field at byte ${start} reaches beyond its message`);
      const inner = field?.resolvedType;
      if (field === undefined || id === STORED || (type === this.left.message && this.left.fields.has(id))) {
        if (type === this.left.message && id === this.left.raw) this.raw = [from, length];
        this.at = from + length;
      } else if (inner && 'fieldsById' in inner && tag % 8 === LENGTH_DELIMITED && length > SMALL) {
        this.raw = [];
        const content = this.message(inner, from + length, depth + 1);
        if (inner === this.left.message) content.push(...storedField([from, length, ...this.raw]));
        pieces.push(...lengthDelimited(id, content));
      } else {
        this.at = from + length;
        // Copied, because the window moves on.
        pieces.push(Uint8Array.from(this.window.piece(start, this.at - start)));
      }
    }
    return pieces;
  }

  /** How many bytes the value of a field takes. */
  private length(wire: number): number {
    if (wire === LENGTH_DELIMITED) return this.varint();
    if (wire === FIXED_32) return 4;
    if (wire === FIXED_64) return 8;
    if (wire !== VARINT) throw new Error(`wire type ${wire} at byte ${this.at} is not known`);
    let length = 1;
    while (this.window.byte(this.at + length - 1) >= 128) length++;
    return length;
  }

  private varint(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 49; factor *= 128) {
      const byte = this.window.byte(this.at++);
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
    throw new Error(`the number at byte ${this.at} is too long`);
  }
}

/** Recently read bytes of a file, which is walked through from its beginning to its end. */
class Window {
  private start = 0;
  private bytes: Uint8Array = new Uint8Array();

  constructor(private readonly file: Bytes) {}

  byte(at: number): number {
    const inside = at - this.start;
    return inside >= 0 && inside < this.bytes.length ? this.bytes[inside] : this.piece(at, 1)[0];
  }

  piece(at: number, length: number): Uint8Array {
    if (at < this.start || at + length > this.start + this.bytes.length) {
      this.start = at;
      this.bytes = this.file.read(at, Math.max(length, Math.min(WINDOW, this.file.size - at)));
    }
    return this.bytes.subarray(at - this.start, at - this.start + length);
  }
}

/** What is read at once: after each large tensor, most of it is read in vain. */
const WINDOW = 2 ** 13;

function encodedVarint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push(128 + (value % 128));
  return [...bytes, value];
}

function lengthDelimited(id: number, content: readonly Uint8Array[]): Uint8Array[] {
  const length = content.reduce((sum, piece) => sum + piece.length, 0);
  return [Uint8Array.from([...encodedVarint(id * 8 + LENGTH_DELIMITED), ...encodedVarint(length)]), ...content];
}

function storedField(places: readonly number[]): Uint8Array[] {
  return lengthDelimited(STORED, [Uint8Array.from(places.flatMap(encodedVarint))]);
}
