import type { Tensor } from '../backend';
import { sessionHere, type SessionPlan } from '../onnxruntime/session';
import type { Session } from '../session';
import type { TensorflowPlan } from '../tensorflow/plan';
import { tensorflowSession } from '../tensorflow/session';

/** What a session is made of, by the engine that is to run it. */
export type Plan = SessionPlan | TensorflowPlan;

/**
 * A session on the thread that asks.
 *
 * @param weights what enters each run besides its feeds
 * @throws AnalysisError 'invalid-input', 'unsupported-op', 'limit-exceeded', 'device-lost'
 */
export async function sessionOf(plan: Plan, weights: Readonly<Record<string, Tensor>>): Promise<Session> {
  return plan.engine === 'onnxruntime' ? sessionHere(plan, weights) : tensorflowSession(plan, weights);
}
