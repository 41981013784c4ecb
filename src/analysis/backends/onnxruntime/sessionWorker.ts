/** The thread of sessionThread.ts: sessions by number, and what they are asked, one question after the other. */
import { parentPort, workerData } from 'node:worker_threads';

import { AnalysisError } from '../../base/errors';
import { Gate } from './gate';
import { type Session, sessionHere } from './session';
import type { FromThread, ToThread } from './sessionThread';

const gate = new Gate(workerData as SharedArrayBuffer);
const sessions = new Map<number, Session>();

async function answer({ session, question }: ToThread): Promise<FromThread['outputs']> {
  if (question.type === 'create') {
    sessions.set(session, await sessionHere(question.plan));
    return {};
  }
  const own = sessions.get(session);
  if (own === undefined) throw new Error(`there is no session ${session}`);
  if (question.type === 'run') return own.run(question.feeds, question.shapes);
  sessions.delete(session);
  await own.release();
  return {};
}

async function reply(message: ToThread): Promise<void> {
  const { call } = message;
  if (!gate.enter()) return;
  try {
    const outputs = await answer(message);
    const arrays = Object.values(outputs).map(({ buffer }) => buffer);
    parentPort?.postMessage({ call, outputs } satisfies FromThread, arrays);
  } catch (error) {
    const failure =
      error instanceof AnalysisError
        ? { code: error.code, message: error.message }
        : { code: undefined, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    parentPort?.postMessage({ call, outputs: {}, failure } satisfies FromThread);
  } finally {
    gate.leave();
  }
}

let turn = Promise.resolve();
parentPort?.on('message', (message: ToThread) => {
  turn = turn.then(() => reply(message));
});
