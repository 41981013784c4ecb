/** The thread of sessionThread.ts: sessions by number, and what they are asked, one question after the other. */
import { parentPort, workerData } from 'node:worker_threads';

import { AnalysisError } from '../../base/errors';
import type { Tensor } from '../backend';
import { mapped, type Session } from '../session';
import { buffersOf } from './freight';
import { Gate } from './gate';
import type { CopyOfLent, Returned } from './loans';
import { sessionOf } from './plan';
import type { Answer, FromThread, LentTensor, ThreadData, ToThread } from './sessionThread';

const { returned, ...shared } = workerData as ThreadData;
const gate = new Gate(shared.gate);
const sessions = new Map<number, Session>();

/** Weights that it has been lent. */
const lent = new Map<number, Float32Array<ArrayBuffer>>();

function tensor({ number, data, shape }: LentTensor): Tensor {
  if (data !== undefined) lent.set(number, data);
  return { data: weights(number), shape };
}

function weights(number: number): Float32Array<ArrayBuffer> {
  const data = lent.get(number);
  if (data === undefined) throw new Error(`there are no weights ${number}`);
  return data;
}

function giveBack(number: number): void {
  const data = weights(number);
  lent.delete(number);
  returned.postMessage({ number, data, isCopy: false } satisfies Returned, [data.buffer]);
}

function copy({ number, isAnswered }: CopyOfLent): Answer {
  const data = lent.get(number)?.slice();
  if (isAnswered === undefined) return { copy: data };
  if (data !== undefined) returned.postMessage({ number, data, isCopy: true } satisfies Returned, [data.buffer]);
  Atomics.store(isAnswered, 0, 1);
  Atomics.notify(isAnswered, 0);
  return {};
}

async function answer({ session, question }: ToThread): Promise<Answer> {
  const own = sessions.get(session);
  switch (question.type) {
    case 'create': {
      const made = await sessionOf(question.plan, mapped(question.weights, tensor));
      sessions.set(session, made);
      return { engine: made.engine };
    }
    case 'run': {
      if (own === undefined) throw new Error(`there is no session ${session}`);
      const { feeds, results } = question;
      await own.run(feeds, results);
      return { freight: { feeds, results } };
    }
    case 'release':
      sessions.delete(session);
      await own?.release();
      return {};
    case 'giveBack':
      question.weights.forEach(giveBack);
      return {};
    case 'copy':
      return copy(question);
  }
}

async function reply(message: ToThread): Promise<void> {
  const { call } = message;
  if (!gate.enter()) return;
  try {
    const answered = await answer(message);
    const { freight, copy } = answered;
    const given = [...(freight ? buffersOf(freight) : []), ...(copy ? [copy.buffer] : [])];
    parentPort?.postMessage({ call, ...answered } satisfies FromThread, given);
  } catch (error) {
    const failure =
      error instanceof AnalysisError
        ? { code: error.code, message: error.message }
        : { code: undefined, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    parentPort?.postMessage({ call, failure } satisfies FromThread);
  } finally {
    gate.leave();
  }
}

let turn = Promise.resolve();
parentPort?.on('message', (message: ToThread) => {
  if (message.question.type === 'release') sessions.get(message.session)?.interrupt?.();
  turn = turn.then(() => reply(message));
});
