import { type Static, Type } from '@sinclair/typebox';

/** What can go wrong in a way that the user can be told about. */
export const FailureCode = Type.Union([
  Type.Literal('invalid-input'),
  Type.Literal('model-unreadable'),
  Type.Literal('unsupported-op'),
  Type.Literal('no-boundary'),
  Type.Literal('not-converged'),
  Type.Literal('cancelled'),
  Type.Literal('engine-lost'),
  Type.Literal('limit-exceeded'),
  Type.Literal('internal'),
]);
export type FailureCode = Static<typeof FailureCode>;

/** Why a job, or one image of it, ended without a result. */
export const Failure = Type.Object({
  /** The image or file it is about. */
  name: Type.Optional(Type.String()),
  code: FailureCode,
  /** One sentence for the user: the file, the field, what was expected, what to do. */
  message: Type.String(),
});
export type Failure = Static<typeof Failure>;
