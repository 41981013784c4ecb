import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { AnalysisError } from '../base/errors';
import { Turns } from '../base/turns';
import { symmetricEigenvalues, type SymmetricMatrix } from './eigen';
import { type LeadingEigenpairs, leadingEigenpairs } from './eigenvectors';

/** Beside the bundle (dist/) or the compiled module; absent where sources run without a build. */
const workerFile = join(__dirname, 'eigenWorker.js');

/** Of matrices, since each needs a core and its own memory. */
const turns = new Turns();

/** What the thread is asked: all eigenvalues, or also so many eigenvectors. */
export interface EigenProblem {
  readonly matrix: SymmetricMatrix;
  /** How many eigenvectors; absent for eigenvalues alone. */
  readonly vectors?: number;
}

/** Below this size a problem is solved before a thread has started. */
const SMALLEST_ON_THREAD = 200;

/**
 * Eigenvalues of a dense symmetric matrix, descending, shape (n,), worked out on a thread of its own: seconds to minutes
 * must not stop the thread that answers messages. Without the worker's file they are worked out on this one. The matrix
 * is used up.
 *
 * @throws AnalysisError 'cancelled' as soon as the signal aborts; 'invalid-input' where an entry is not finite.
 */
export function eigenvaluesOnThread(matrix: SymmetricMatrix, signal?: AbortSignal): Promise<Float64Array> {
  return inTurn(() => (existsSync(workerFile) ? inWorker({ matrix }, signal) : symmetricEigenvalues(matrix)), signal);
}

/**
 * `leadingEigenpairs` on a thread of its own, but for small matrices. The matrix is used up.
 *
 * @throws AnalysisError 'cancelled' as soon as the signal aborts; 'invalid-input' where an entry is not finite.
 */
export function leadingEigenpairsOnThread(
  matrix: SymmetricMatrix,
  vectors: number,
  signal?: AbortSignal,
): Promise<LeadingEigenpairs> {
  const here = matrix.dimension < SMALLEST_ON_THREAD || !existsSync(workerFile);
  return inTurn(() => (here ? leadingEigenpairs(matrix, vectors) : inWorker({ matrix, vectors }, signal)), signal);
}

function inTurn<T>(solve: () => T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return turns.take(() => {
    if (signal?.aborted) throw cancelled();
    return solve();
  });
}

function inWorker<T>(problem: EigenProblem, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const transferList = [problem.matrix.lower.buffer as ArrayBuffer];
    const worker = new Worker(workerFile, { workerData: problem, transferList });
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
  return new AnalysisError('cancelled', 'the eigenvalue problem was cancelled');
}
