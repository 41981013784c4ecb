import type { analysisFailures } from '../../protocol/failure';

/** An end without a result that the user can be told about. Anything else thrown is a bug and reported as 'internal'. */
export class AnalysisError extends Error {
  override readonly name = 'AnalysisError';

  constructor(
    readonly code: (typeof analysisFailures)[number],
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
