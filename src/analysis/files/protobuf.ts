import type { IType, Type } from 'protobufjs/light';

/**
 * The highest number that a field can have. A message that has elements which may stay in the file declares a field of this
 * number: [offset, length] of the message in its file (see protobufSkeleton.ts).
 */
export const STORED = 2 ** 29 - 1;

/**
 * A message of a protocol buffer.
 *
 * @param fields type and number of each by name; `[]` after the type is a list
 * @param oneof the fields of which one at most is set
 */
export function message(fields: Record<string, readonly [type: string, id: number]>, oneof?: string[]): IType {
  const entries = Object.entries(fields).map(([name, [type, id]]) => {
    const repeated = type.endsWith('[]');
    const field = { type: repeated ? type.slice(0, -2) : type, id };
    return [name, repeated ? { ...field, rule: 'repeated' } : field];
  });
  const description: IType = { fields: Object.fromEntries(entries) as IType['fields'] };
  return oneof === undefined ? description : { ...description, oneofs: { value: { oneof } } };
}

/**
 * Reads a message; unset numbers and strings are 0 and '', unset messages null. Fields of bytes are views into `bytes`.
 *
 * @throws Error where the bytes are not a protocol buffer of that form
 */
export function decoded(type: Type, bytes: Uint8Array): object {
  return type.toObject(type.decode(bytes), { defaults: true, longs: Number });
}
