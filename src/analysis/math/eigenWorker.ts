/** The thread of eigenThread.ts: one matrix in, its eigenvalues out. */
import { parentPort, workerData } from 'node:worker_threads';

import { symmetricEigenvalues, type SymmetricMatrix } from './eigen';

const eigenvalues = symmetricEigenvalues(workerData as SymmetricMatrix);
parentPort?.postMessage(eigenvalues, [eigenvalues.buffer as ArrayBuffer]);
