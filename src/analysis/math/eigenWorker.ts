/** The thread of eigenThread.ts: one matrix in, its eigenvalues or leading eigenpairs out. */
import { parentPort, workerData } from 'node:worker_threads';

import { symmetricEigenvalues } from './eigen';
import type { EigenProblem } from './eigenThread';
import { leadingEigenpairs } from './eigenvectors';

const { matrix, vectors } = workerData as EigenProblem;
parentPort?.postMessage(vectors === undefined ? symmetricEigenvalues(matrix) : leadingEigenpairs(matrix, vectors));
