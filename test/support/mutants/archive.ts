import { unzipSync, zipSync } from 'fflate';

import { LYING_NUMBERS } from './bytes';
import type { Draws } from './draws';

const ENTRY = Buffer.from('PK\x01\x02', 'latin1');
const END = Buffer.from('PK\x05\x06', 'latin1');
/** Where in a directory's entry stand the method, the sizes and the place of the member. */
const ENTRY_FIELDS = [8, 10, 20, 24, 28, 30, 42];
/** Where in the end of an archive stand the counts, the size and the place of the directory. */
const END_FIELDS = [8, 10, 12, 16, 20];
const BOMBS = [64 * 2 ** 20, 240 * 2 ** 20];

/**
 * A zip archive with one of its members damaged, or with a directory that lies about it.
 *
 * @param damaged what a member of that name becomes
 */
export function damagedArchive(
  bytes: Uint8Array,
  draws: Draws,
  damaged: (name: string, content: Uint8Array) => Uint8Array,
): Uint8Array {
  const members = unzipSync(bytes);
  const level = draws.pick([0, 1] as const);
  if (draws.chance(0.8)) {
    const name = draws.pick(Object.keys(members));
    const others = Object.fromEntries(Object.entries(members).filter(([other]) => other !== name));
    if (draws.chance(0.05)) return zipSync(others, { level });
    if (draws.chance(0.002)) return bomb(name, members, draws.pick(BOMBS));
    const renamed = draws.chance(0.03)
      ? draws.pick([`../${name}`, `/${name}`, `${name}\0`, 'x', `a\\..\\..\\${name}`])
      : name;
    return zipSync({ ...others, [renamed]: damaged(name, members[name]) }, { level });
  }
  const archive = Buffer.from(zipSync(members, { level }));
  const isEntry = draws.chance(0.7);
  const starts = placesOf(archive, isEntry ? ENTRY : END);
  const at = draws.pick(starts) + draws.pick(isEntry ? ENTRY_FIELDS : END_FIELDS);
  const lie = Buffer.alloc(8);
  lie.writeBigUInt64LE(draws.pick(LYING_NUMBERS));
  lie.copy(archive, at, 0, draws.pick([2, 4]));
  return archive;
}

/** A member that is small when packed. */
function bomb(name: string, members: Readonly<Record<string, Uint8Array>>, size: number): Uint8Array {
  return zipSync({ ...members, [name]: new Uint8Array(size) }, { level: 6 });
}

function placesOf(archive: Buffer, signature: Buffer): number[] {
  const places: number[] = [];
  for (let at = archive.indexOf(signature); at >= 0; at = archive.indexOf(signature, at + 1)) places.push(at);
  return places;
}
