import { AnalysisError } from '../../src/analysis/base/errors';

/** What assert.throws and assert.rejects take: an AnalysisError with this code whose message matches. */
export function analysisError(code: AnalysisError['code'], message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof AnalysisError && error.code === code && message.test(error.message);
}
