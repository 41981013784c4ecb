import { type Static, Type } from '@sinclair/typebox';

import { Words } from './schema';

/** What can go wrong in an analysis, in a way that the user can be told about. */
export const analysisFailures = [
  'invalid-input',
  'model-unreadable',
  'unsupported-op',
  'no-boundary',
  'not-converged',
  'cancelled',
  'limit-exceeded',
  'device-lost',
] as const;
/** That, or its process ended or has a fault. */
export const FailureCode = Words(...analysisFailures, 'engine-lost', 'internal');
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
