import { closeSync, openSync, readSync } from 'node:fs';

/* The tags and offsets of 64-bit ELF files. See System V ABI, "Program Header" and "Dynamic Section". */
const PROGRAM_HEADERS = { offset: 0x20, size: 0x36, count: 0x38 };
const SEGMENT = { load: 1, dynamic: 2 };
const TAG = { end: 0, needed: 1, strings: 5 };
/** No name of a library is longer. */
const longestName = 256;

/** The names of the libraries that a shared object of Linux needs, such as libcudart.so.13; none where the file is no such object. */
export function neededLibraries(file: string): string[] {
  const handle = openSync(file, 'r');
  const read = (offset: number, length: number): Buffer => {
    const bytes = Buffer.alloc(length);
    readSync(handle, bytes, 0, length, offset);
    return bytes;
  };
  try {
    const header = read(0, 64);
    if (header.toString('latin1', 0, 5) !== '\x7fELF\x02') return [];
    const at = Number(header.readBigUInt64LE(PROGRAM_HEADERS.offset));
    const size = header.readUInt16LE(PROGRAM_HEADERS.size);
    const segments = Array.from({ length: header.readUInt16LE(PROGRAM_HEADERS.count) }, (_, i) => {
      const bytes = read(at + i * size, 56);
      const [offset, address, , length] = [8, 16, 24, 32].map((place) => Number(bytes.readBigUInt64LE(place)));
      return { type: bytes.readUInt32LE(0), offset, address, length };
    });
    const dynamic = segments.find(({ type }) => type === SEGMENT.dynamic);
    if (!dynamic) return [];
    const table = read(dynamic.offset, dynamic.length);
    const entries: { tag: number; value: number }[] = [];
    for (let place = 0; place + 16 <= table.length; place += 16) {
      const [tag, value] = [Number(table.readBigUInt64LE(place)), Number(table.readBigUInt64LE(place + 8))];
      if (tag === TAG.end) break;
      entries.push({ tag, value });
    }
    const address = entries.find(({ tag }) => tag === TAG.strings)?.value ?? 0;
    const home = segments.find((segment) => {
      return segment.type === SEGMENT.load && address >= segment.address && address < segment.address + segment.length;
    });
    if (!home) return [];
    const strings = home.offset + address - home.address;
    return entries.flatMap(({ tag, value }) => {
      if (tag !== TAG.needed) return [];
      const bytes = read(strings + value, longestName);
      return [bytes.toString('latin1', 0, bytes.indexOf(0))];
    });
  } finally {
    closeSync(handle);
  }
}
