import { damagedBytes, LYING_NUMBERS, varint } from './bytes';
import type { Draws } from './draws';

const [VARINT, FIXED_64, LENGTH_DELIMITED, FIXED_32] = [0, 1, 2, 5];

interface Field {
  readonly id: bigint;
  readonly wire: number;
  /** Of a varint its own bytes, of a length-delimited field those after the length. */
  readonly content: Uint8Array;
}

/** The fields of a message, whatever its type; undefined where the bytes are none. */
function fieldsOf(bytes: Uint8Array): Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  const number = (): bigint | undefined => {
    let value = 0n;
    for (let shift = 0n; shift < 70n && at < bytes.length; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte % 128) << shift;
      if (byte < 128) return value;
    }
    return undefined;
  };
  while (at < bytes.length) {
    const tag = number();
    if (tag === undefined || tag < 8n) return undefined;
    const wire = Number(tag % 8n);
    const start = at;
    let length = wire === FIXED_64 ? 8 : 4;
    if (wire === VARINT || wire === LENGTH_DELIMITED) {
      const value = number();
      if (value === undefined) return undefined;
      length = wire === VARINT ? at - start : Number(value);
    } else if (wire !== FIXED_64 && wire !== FIXED_32) {
      return undefined;
    }
    const from = wire === LENGTH_DELIMITED ? at : start;
    if (from + length > bytes.length) return undefined;
    fields.push({ id: tag / 8n, wire, content: bytes.subarray(from, from + length) });
    at = from + length;
  }
  return fields;
}

function encoded({ id, wire, content }: Field): Uint8Array {
  const length = wire === LENGTH_DELIMITED ? varint(BigInt(content.length)) : [];
  return Buffer.concat([Uint8Array.from([...varint(id * 8n + BigInt(wire)), ...length]), content]);
}

/** A message with a field somewhere inside changed, and the lengths of all around it right, so that the damage is read. */
export function damagedMessage(bytes: Uint8Array, draws: Draws): Uint8Array {
  const fields = fieldsOf(bytes);
  if (fields === undefined || fields.length === 0) return damagedBytes(bytes, draws);
  const at = draws.below(fields.length);
  return Buffer.concat([
    ...fields.slice(0, at).map(encoded),
    ...damagedField(fields, at, draws),
    ...fields.slice(at + 1).map(encoded),
  ]);
}

/** What stands in the place of a field. */
function damagedField(fields: readonly Field[], at: number, draws: Draws): Uint8Array[] {
  const field = fields[at];
  const isMessage = field.wire === LENGTH_DELIMITED && (fieldsOf(field.content)?.length ?? 0) > 0;
  if (isMessage && draws.chance(0.85)) return [encoded({ ...field, content: damagedMessage(field.content, draws) })];
  const lie = varint(draws.pick(LYING_NUMBERS));
  switch (draws.below(8)) {
    case 0:
      return [];
    case 1:
      return [encoded(field), encoded(field)];
    case 2:
      return [encoded({ ...field, content: draws.pick(fields).content })];
    case 3:
      // The length is that of other bytes.
      return [Uint8Array.from([...varint(field.id * 8n + 2n), ...lie]), field.content];
    case 4:
      return [encoded({ ...field, id: BigInt(1 + draws.below(24)) })];
    case 5:
      return [encoded({ ...field, wire: draws.below(8) })];
    default:
      if (field.wire === VARINT) return [encoded({ ...field, content: Uint8Array.from(lie) })];
      // Numbers may be packed one behind the other.
      if (draws.chance(0.3)) return [encoded({ ...field, content: Uint8Array.from([...lie, ...lie].slice(0, 20)) })];
      return [encoded({ ...field, content: damagedBytes(field.content, draws) })];
  }
}
