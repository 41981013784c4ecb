import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { AnalysisError } from '../errors';
import { symmetricEigenvalues, type SymmetricMatrix } from './eigen';

/** Beside the bundle (dist/) or the compiled module; absent where sources run without a build. */
const workerFile = join(__dirname, 'eigenWorker.js');

/** Resolves when the thread is free: matrices take turns, since each needs a core and its own memory. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Eigenvalues of a dense symmetric matrix, descending, shape (n,), worked out on a thread of its own: seconds to minutes
 * must not stop the thread that answers messages. Without the worker's file they are worked out on this one. The matrix
 * is used up.
 *
 * @throws AnalysisError 'cancelled' as soon as the signal aborts; 'invalid-input' where an entry is not finite.
 */
export function eigenvaluesOnThread(a: SymmetricMatrix, signal?: AbortSignal): Promise<Float64Array> {
  const result = turn.then(() => {
    if (signal?.aborted) throw cancelled();
    return existsSync(workerFile) ? inWorker(a, signal) : symmetricEigenvalues(a);
  });
  turn = result.catch(() => undefined);
  return result;
}

function inWorker(a: SymmetricMatrix, signal: AbortSignal | undefined): Promise<Float64Array> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerFile, { workerData: a, transferList: [a.lower.buffer as ArrayBuffer] });
    const abort = (): void => {
      reject(cancelled());
      void worker.terminate();
    };
    signal?.addEventListener('abort', abort, { once: true });
    worker.once('message', resolve);
    worker.once('error', (error: Error & { code?: string }) => {
      // Classes do not survive the way between threads; the code does.
      reject(error.code === 'invalid-input' ? new AnalysisError(error.code, error.message, { cause: error }) : error);
    });
    worker.once('exit', (code) => {
      signal?.removeEventListener('abort', abort);
      reject(new Error(`the eigenvalue thread ended with code ${code} before its result`));
    });
  });
}

function cancelled(): AnalysisError {
  return new AnalysisError('cancelled', 'the eigenvalues were cancelled');
}
