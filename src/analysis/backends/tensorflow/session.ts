import type { Tensor } from '../backend';
import type { Session } from '../session';
import { executed } from './executor';
import { loadLibrary } from './library';
import type { TensorflowPlan } from './plan';

/**
 * A session on the thread that asks.
 *
 * @param lent weights besides the plan's; it does not need them any more once it is made
 * @throws AnalysisError 'invalid-input' where TensorFlow.js does not load, 'limit-exceeded', 'unsupported-op'
 */
export function tensorflowSession(plan: TensorflowPlan, lent: Readonly<Record<string, Tensor>>): Session {
  const { tf, version, isOnCard } = loadLibrary(plan.installation);
  return { ...executed(tf, plan.network, { ...plan.weights, ...lent }), engine: { version, isOnCard } };
}
