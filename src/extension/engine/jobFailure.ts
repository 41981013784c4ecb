import type { Failure } from '../../protocol/failure';

/** A job that ended without a result. */
export class JobFailure extends Error {
  override readonly name = 'JobFailure';

  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

/** What an error says of a job; one that is no JobFailure is a fault of the program. */
export function failureOf(error: unknown): Failure {
  if (error instanceof JobFailure) return error.failure;
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}
