import { AnalysisError } from '../base/errors';
import type { ConstantData } from '../network/network';

/**
 * The elements themselves, if they may be those of a model: infinity is allowed as a lone number and in masks of 0 and −∞;
 * anywhere else it makes every logit meaningless.
 *
 * @param name the tensor, for messages
 * @throws AnalysisError 'model-unreadable' where one is not finite
 */
export function finite(data: ConstantData, name: string): ConstantData {
  if (!(data instanceof Float32Array)) return data;
  const at = data.findIndex((x) => !Number.isFinite(x));
  if (at < 0) return data;
  const isMask = data.length === 1 || data.every((x) => x === 0 || x === -Infinity);
  if (isMask && !Number.isNaN(data[at])) return data;
  throw new AnalysisError(
    'model-unreadable',
    `Tensor "${name}": every weight must be a finite number, got ${data[at]} at position ${at}; train or export again.`,
  );
}
