import { type SchemaOptions, type TNull, type TSchema, type TUnion, type TUnsafe, Type } from '@sinclair/typebox';

/** A quantity that may not exist: null, never NaN, 0 or −1. */
export const Nullable = <T extends TSchema>(schema: T): TUnion<[T, TNull]> => Type.Union([schema, Type.Null()]);

/** A closed set of words. */
export const Words = <const T extends readonly string[]>(...words: T): TUnsafe<T[number]> =>
  Type.Union(words.map((word) => Type.Literal(word)));

/** A closed set of words, the first of which is the default. */
export const Choice = <const T extends readonly string[]>(words: T, options: SchemaOptions = {}): TUnsafe<T[number]> =>
  Type.Union(
    words.map((word) => Type.Literal(word)),
    { default: words[0], ...options },
  );

export const Numbers = Type.Array(Type.Number());
export const Count = Type.Integer({ minimum: 0 });
/** Index of a class, 0 … K − 1. */
export const ClassIndex = Type.Integer({ minimum: 0 });
/** A share with its 95 % interval. */
export const Rate = Type.Object({ rate: Type.Number(), low: Type.Number(), high: Type.Number() });
