import { type TLiteral, type TObject, Type } from '@sinclair/typebox';

/** A message that says nothing but its type. */
export const plain = <const T extends string>(type: T): TObject<{ type: TLiteral<T> }> =>
  Type.Object({ type: Type.Literal(type) });

/** What every page tells the extension host of itself. */
export const ofEveryPage = [
  /** The page can receive states. */
  plain('ready'),
  /** The page was sent what it does not understand. */
  Type.Object({ type: Type.Literal('refused'), reason: Type.String() }),
] as const;
