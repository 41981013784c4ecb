import { availableParallelism, cpus } from 'node:os';
import process from 'node:process';

import { AnalysisError } from '../../base/errors';
import { NetworkBuilder } from '../../network/builder';
import type { Network } from '../../network/network';
import type { Backend, BackendOptions, Executable } from '../backend';
import { visibleCards } from '../cuda/cards';
import { refuseDevice } from '../noSuchDevice';
import { type Engine, executableOf, type Session } from '../session';
import { sessionOnThread } from '../threads/sessionThread';
import { type Installation, installed } from './installation';
import { planned } from './plan';

/** TensorFlow as it was started, which can be done once a process. */
interface Started {
  readonly installation: Installation;
  readonly threads: number;
  readonly engine: Promise<Engine>;
}

let started: Started | undefined;

/**
 * TensorFlow by TensorFlow.js, on the processor or, where tfjs-node-gpu is installed, on the graphics card: an engine of its own to
 * check results against. It computes on a thread of its own. Results depend on the batch in their last bits.
 *
 * @throws AnalysisError 'invalid-input' where it is not set up on this machine, saying what mends it, or where a card is named
 */
export async function tensorflowBackend(options: BackendOptions = {}): Promise<Backend> {
  refuseDevice('tensorflow', options.device, 'TensorFlow takes the first that it finds, or the processor');
  const installation = installed(options.tensorflow);
  started ??= start(installation, options.threads ?? availableParallelism());
  if (started.installation.folder !== installation.folder) {
    throw new AnalysisError(
      'invalid-input',
      `TensorFlow was already loaded from ${started.installation.folder}, and can be loaded once a process; start anew to take it from ${installation.folder}.`,
    );
  }
  const { threads } = started;
  const { version, isOnCard } = await started.engine;
  const card = isOnCard ? visibleCards()[0] : undefined;
  return {
    id: 'tensorflow',
    provider: `TensorFlow ${version}${isOnCard ? ', CUDA' : ''}`,
    device: card === undefined ? cpus()[0].model.trim() : `${card.name}, driver ${card.driver}`,
    version: installation.version,
    threads,
    allowances: { held: (bytes) => 3 * bytes, smallestBatch: 1, firstBatch: Math.max(4, 2 * threads) },
    load: (network) => load(network, installation),
  };
}

function start(installation: Installation, threads: number): Started {
  // Read by TensorFlow when it starts. Without the first, it writes of the processor's features to stderr.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_NUM_INTRAOP_THREADS'] ??= String(threads);
  process.env['TF_NUM_INTEROP_THREADS'] ??= '1';
  // On a card: whole memory is not to be taken at once, and products are not to be rounded to 10 bits.
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  process.env['NVIDIA_TF32_OVERRIDE'] = '0';
  const engine = answering(installation);
  engine.catch(() => {
    started = undefined;
  });
  return { installation, threads: Number(process.env['TF_NUM_INTRAOP_THREADS']), engine };
}

/** What runs a first session. */
async function answering(installation: Installation): Promise<Engine> {
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, 1]);
  const session = await opened({ inputs: { x }, outputs: { sum: b.plus(x, b.scalar(2)) } }, installation);
  await session.release();
  if (session.engine === undefined) throw new Error('TensorFlow does not say its version');
  return session.engine;
}

async function load(network: Network, installation: Installation): Promise<Executable> {
  return executableOf(network, await opened(network, installation));
}

async function opened(network: Network, installation: Installation): Promise<Session> {
  const { plan, lent } = planned(network, installation);
  return sessionOnThread(plan, lent);
}
