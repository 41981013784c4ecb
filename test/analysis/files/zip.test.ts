import assert from 'node:assert/strict';

import { strToU8, zipSync } from 'fflate';

import { type Bytes, bytesInMemory } from '../../../src/analysis/files/bytes';
import { ZipArchive } from '../../../src/analysis/files/zip';
import { analysisError } from '../../support/analysisError';

const open = (bytes: Uint8Array): ZipArchive => new ZipArchive(bytesInMemory(bytes), 'a.zip');
const text = (bytes: Bytes | undefined): string => Buffer.from(bytes?.read(0, bytes.size) ?? []).toString();

/** The archive with 64-bit sizes and offsets in place of the 32-bit ones of its only member. */
function with64Bits(archive: Uint8Array): Uint8Array {
  const bytes = Buffer.from(archive);
  const directory = bytes.indexOf('PK\x01\x02', 0, 'latin1');
  const end = bytes.indexOf('PK\x05\x06', 0, 'latin1');
  const entry = Buffer.from(bytes.subarray(directory, end));
  const extension = Buffer.alloc(28);
  extension.writeUInt16LE(1, 0);
  extension.writeUInt16LE(24, 2);
  extension.writeBigUInt64LE(BigInt(entry.readUInt32LE(24)), 4);
  extension.writeBigUInt64LE(BigInt(entry.readUInt32LE(20)), 12);
  extension.writeBigUInt64LE(BigInt(entry.readUInt32LE(42)), 20);
  for (const field of [20, 24, 42]) entry.writeUInt32LE(2 ** 32 - 1, field);
  entry.writeUInt16LE(extension.length, 30);
  const end64 = Buffer.alloc(56);
  end64.write('PK\x06\x06', 0, 'latin1');
  end64.writeBigUInt64LE(1n, 32);
  end64.writeBigUInt64LE(BigInt(directory), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 0, 'latin1');
  locator.writeBigUInt64LE(BigInt(directory + entry.length + extension.length), 8);
  const last = Buffer.from(bytes.subarray(end));
  last.writeUInt16LE(2 ** 16 - 1, 8);
  last.writeUInt32LE(2 ** 32 - 1, 16);
  return Buffer.concat([bytes.subarray(0, directory), entry, extension, end64, locator, last]);
}

describe('a zip archive', () => {
  const stored = zipSync({ 'a.txt': strToU8('first'), 'b/c.txt': strToU8('second') }, { level: 0 });

  it('gives its members, packed or stored', () => {
    const packed = open(zipSync({ 'a.txt': strToU8('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa') }));
    assert.match(text(packed.member('a.txt')), /^a{52}$/);
    const archive = open(stored);
    assert.deepEqual(archive.names, ['a.txt', 'b/c.txt']);
    assert.equal(text(archive.member('b/c.txt')), 'second');
    assert.equal(archive.member('d'), undefined);
  });

  it('leaves a stored member where it is until it is read', () => {
    const large = zipSync({ 'large.bin': new Uint8Array(2 ** 20).fill(7) }, { level: 0 });
    let read = 0;
    const counted: Bytes = {
      ...bytesInMemory(large),
      read: (offset, length) => {
        read += length;
        return large.subarray(offset, offset + length);
      },
    };
    const member = new ZipArchive(counted, 'a.zip').member('large.bin');
    assert.deepEqual(member?.read(2 ** 20 - 2, 2), Uint8Array.of(7, 7));
    assert.ok(read < 2 ** 12, `read ${read} bytes`);
  });

  it('may have 64-bit sizes, and a comment at its end', () => {
    const one = zipSync({ 'a.txt': strToU8('first') }, { level: 0 });
    assert.equal(text(open(with64Bits(one)).member('a.txt')), 'first');
    const commented = Buffer.concat([one, Buffer.alloc(5000)]);
    commented.writeUInt16LE(5000, one.length - 2);
    assert.equal(text(open(commented).member('a.txt')), 'first');
  });

  it('is refused where it is damaged', () => {
    const refused = (bytes: Uint8Array, message: RegExp): void => {
      assert.throws(() => text(open(bytes).member('a.txt')), analysisError('model-unreadable', message));
    };
    refused(Uint8Array.of(1, 2, 3), /a\.zip must be a zip archive: its directory is missing/);
    refused(stored.subarray(0, stored.length - 30), /directory is missing/);
    const elsewhere = Buffer.from(stored);
    elsewhere.writeUInt32LE(5, stored.length - 6);
    refused(elsewhere, /directory is damaged/);
    const beyond = Buffer.from(stored);
    beyond.writeUInt32LE(2 ** 30, stored.length - 6);
    refused(beyond, /ends early/);
    const longer = Buffer.from(stored);
    longer.writeUInt32LE(2 ** 20, longer.indexOf('PK\x01\x02', 0, 'latin1') + 20);
    refused(longer, /a\.zip\/a\.txt ends early/);
  });
});
