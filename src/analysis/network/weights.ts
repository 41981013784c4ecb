import type { Steps } from '../base/steps';
import { type Network, topologicalOrder } from './network';
import { reading, rootOf } from './rearrangedConstant';
import { elementCount } from './shapes';

/** Bytes of weights from which on further copies of them cost more than the time they save. */
export const HEAVY = 2 ** 27;

/** Bytes of the weights that a network holds, as float32 and each counted once. */
export function bytesOfWeights(network: Network): number {
  const stored = new Set(topologicalOrder(network).flatMap((value) => (value.op === 'Constant' ? rootOf(value) : [])));
  return Array.from(stored, ({ shape }) => 4 * elementCount(shape)).reduce((sum, bytes) => sum + bytes, 0);
}

/** Reads all weights of a network that are not there. */
export function* readWeights(network: Network): Steps<void> {
  for (const value of topologicalOrder(network)) if (value.op === 'Constant') yield* reading(value);
}
