import { damagedArchive } from './archive';
import { damagedBytes } from './bytes';
import type { Draws } from './draws';
import { damagedJson } from './json';
import { damagedMessage } from './protobuf';

/** The content of a file with something wrong in it that its kind can have: a field, a length, a member, or any bytes. */
export function damaged(name: string, content: Uint8Array, draws: Draws): Uint8Array {
  if (content.length === 0 || draws.chance(0.15)) return damagedBytes(content, draws);
  switch (name.slice(name.lastIndexOf('.') + 1)) {
    case 'json':
      return Buffer.from(damagedJson(Buffer.from(content).toString(), draws));
    case 'onnx':
    case 'pb':
      return damagedMessage(content, draws);
    case 'keras':
    case 'pt2':
      return damagedArchive(content, draws, (member, inside) => damaged(member, inside, draws));
    case 'h5':
      return draws.chance(0.6) ? damagedConfiguration(Buffer.from(content), draws) : damagedBytes(content, draws);
    default:
      return damagedBytes(content, draws);
  }
}

/** An HDF5 file with its model's configuration damaged in place, where the new one is no longer. */
function damagedConfiguration(file: Buffer, draws: Draws): Uint8Array {
  const start = file.indexOf('{"class_name"');
  const end = start < 0 ? -1 : endOfJson(file, start);
  if (end < 0) return damagedBytes(file, draws);
  const changed = Buffer.from(damagedJson(file.subarray(start, end).toString('utf8'), draws));
  if (changed.length > end - start) return damagedBytes(file, draws);
  file.fill(' ', start, end);
  changed.copy(file, start);
  return file;
}

/** Where a JSON object ends, −1 where it does not. */
function endOfJson(bytes: Buffer, start: number): number {
  let [depth, inText] = [0, false];
  for (let at = start; at < bytes.length; at++) {
    const character = String.fromCharCode(bytes[at]);
    if (character === '"' && bytes[at - 1] !== 0x5c) inText = !inText;
    if (inText) continue;
    if (character === '{') depth++;
    if (character === '}' && --depth === 0) return at + 1;
  }
  return -1;
}
