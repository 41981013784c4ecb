import { AnalysisError } from '../base/errors';

/** More than the time steps of a sequence or the windows of an image. */
const MOST_PIECES = 2 ** 16;

/**
 * The number of pieces that a tensor is cut into, before they are listed.
 *
 * @throws AnalysisError 'limit-exceeded' where it is larger than any classifier's, or no number of pieces
 */
export function pieceCount(count: number): number {
  if (Number.isInteger(count) && count >= 0 && count <= MOST_PIECES) return count;
  throw new AnalysisError('limit-exceeded', `A tensor must be cut into at most ${MOST_PIECES} pieces, got ${count}.`);
}
