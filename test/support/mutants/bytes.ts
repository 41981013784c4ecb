import type { Draws } from './draws';

/** What a count, an offset or a length may claim to be. */
export const LYING_NUMBERS: readonly bigint[] = [
  0n,
  1n,
  2n ** 7n,
  2n ** 16n - 1n,
  2n ** 24n,
  2n ** 28n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 40n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 64n - 1n,
];

/** A whole number as protocol buffers write it. */
export function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) + 128);
  return [...bytes, Number(rest)];
}

/** The bytes with some of them changed, left out, repeated, or a number somewhere among them blown up. */
export function damagedBytes(bytes: Uint8Array, draws: Draws): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(draws.below(256));
  const damaged = Buffer.from(bytes);
  const at = draws.below(bytes.length);
  const length = 1 + draws.below(Math.min(64, bytes.length - at));
  switch (draws.below(8)) {
    case 0:
      return damaged.subarray(0, at);
    case 1:
      return Buffer.concat([damaged.subarray(0, at), damaged.subarray(at + length)]);
    case 2:
      return Buffer.concat([damaged.subarray(0, at + length), damaged.subarray(at)]);
    case 3:
      damaged.copyWithin(draws.below(bytes.length), at, at + length);
      return damaged;
    case 4:
      return overwritten(damaged, at, fixedWidth(draws));
    case 5:
      return overwritten(damaged, at, varint(draws.pick(LYING_NUMBERS)));
    case 6:
      for (let i = 0; i <= draws.below(6); i++) damaged[draws.below(bytes.length)] ^= 2 ** draws.below(8);
      return damaged;
    default:
      for (let i = 0; i <= draws.below(6); i++) {
        damaged[draws.below(bytes.length)] = draws.pick([0, 255, draws.below(256)]);
      }
      return damaged;
  }
}

/** A number of two, four or eight bytes, the lowest first. */
function fixedWidth(draws: Draws): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(draws.pick(LYING_NUMBERS));
  return bytes.subarray(0, draws.pick([2, 4, 8]));
}

function overwritten(bytes: Buffer, at: number, written: ArrayLike<number>): Buffer {
  bytes.set(Array.from(written).slice(0, bytes.length - at), at);
  return bytes;
}
