import { availableParallelism, cpus } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { inTurns } from '../../base/steps';
import { type Network, topologicalOrder } from '../../network/network';
import { peakBytes } from '../../network/peakMemory';
import { bytesOfWeights, HEAVY } from '../../network/weights';
import { onnxModel } from '../../onnx/onnxModel';
import type { Backend, BackendOptions, Executable } from '../backend';
import type { FedNetwork } from '../fedNetwork';
import { lowered } from '../lowered';
import { refuseDevice } from '../noSuchDevice';
import { executableOf, type Session } from '../session';
import { sessionOnThread } from '../threads/sessionThread';
import { accompanied, needsCompany } from './company';
import { withFedWeights } from './fedWeights';
import { forBlocks, lowerings } from './lowering';
import { replicated, Room } from './replicas';
import { library, type SessionPlan } from './session';

/**
 * onnxruntime on the processor. A result depends on its own image only: not on the batch, its size or the threads.
 * Sessions run on threads of their own. Without `threads` it takes all of the processor's.
 *
 * @throws AnalysisError 'invalid-input' where onnxruntime has no binary for this system, or where a card is named
 */
export async function onnxruntimeBackend(options: BackendOptions = {}): Promise<Backend> {
  refuseDevice('onnxruntime', options.device, 'it computes on the processor');
  const { env } = await library();
  const threads = options.threads ?? availableParallelism();
  const room = new Room((options.memory ?? 2 ** 30) / 2);

  async function load(network: Network): Promise<Executable> {
    const start = performance.now();
    const planned = await plannedSession(network, threads);
    const first = await openedSession(planned);
    const worthwhile = performance.now() - start;
    const open = (count: number) => openedReplicas(plannedSession(network, Math.floor(threads / count)), count);
    const bytes = bytesHeld(network, planned);
    const session = threads > 1 ? replicated(first, { wanted: threads, bytes, room, worthwhile, open }) : first;
    return executableOf(network, session);
  }

  return {
    id: 'onnxruntime',
    provider: 'CPUExecutionProvider',
    device: cpus()[0].model.trim(),
    version: env.versions.node ?? env.versions.common,
    threads,
    // A single image may be given twice, so that two cost no more; threads that share a batch by images have two each.
    allowances: { held, smallestBatch: 2, firstBatch: Math.max(4, 2 * threads) },
    fewestImages: (network) => (writtenFor(network, threads).inCompany ? 2 : 1),
    load,
  };
}

/**
 * Bytes of values that are worth keeping together: of nine cotangents for each of 32 images, 2 at a time took a tenth to a
 * quarter less time than all; of one cotangent, 8 to 16 at a time.
 */
const CACHE = 2 ** 23;

/**
 * Whether all of a run, so many bytes an image, is to be one block: that saves small networks up to a tenth of the time, and
 * holds up to twice what large ones need.
 */
const isPlanned = (bytesOfImage: number): boolean => bytesOfImage <= CACHE;

/** What onnxruntime keeps for a run, bytes an image whose values need so many at a time. */
const held = (bytesOfImage: number): number => (isPlanned(bytesOfImage) ? 3 : 2) * bytesOfImage;

/** A session that is to be made, the weights that it is fed, and whether one image is to be given twice. */
export interface PlannedSession {
  readonly plan: SessionPlan;
  readonly weights: FedNetwork['weights'];
  readonly inCompany: boolean;
}

/** A network as it is written for so many threads, and what a run of it takes. */
function writtenFor(network: Network, threads: number) {
  const graphOptimizationLevel = optimizationLevel(network);
  const isBlocked = graphOptimizationLevel === 'all';
  const own = lowered(network, isBlocked ? { ...lowerings, ...forBlocks } : lowerings);
  const { network: fed, weights } = withFedWeights(own, isBlocked);
  const inCompany = needsCompany(fed, { threads, isBlocked });
  return { fed, weights, graphOptimizationLevel, bytesOfImage: peakBytes(own), inCompany };
}

/** The session that runs a network on so many threads. Others have their turns while it is planned: it takes a large one a while. */
export async function plannedSession(network: Network, threads: number): Promise<PlannedSession> {
  const { fed, weights, graphOptimizationLevel, bytesOfImage, inCompany } = writtenFor(network, threads);
  const isFed = weights.size > 0;
  await nextTurn();
  const model = await inTurns(onnxModel(fed, threads));
  await nextTurn();
  const plan: SessionPlan = {
    engine: 'onnxruntime',
    model,
    options: {
      executionProviders: ['cpu'],
      executionMode: 'sequential',
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
      graphOptimizationLevel,
      enableMemPattern: isPlanned(bytesOfImage),
      extra: extraOptions(isFed),
    },
    // A heavy network's weights would be read once a part, and no image of it fits.
    ...(isFed ? {} : { part: Math.max(2, Math.floor(CACHE / bytesOfImage)) }),
  };
  return { plan, weights, inCompany };
}

/** The session of a plan, to which its model is given away, on the thread of that name. */
async function openedSession({ plan, weights, inCompany }: PlannedSession, thread?: string): Promise<Session> {
  const session = await sessionOnThread(plan, weights, thread);
  return inCompany ? accompanied(session) : session;
}

/** What a session holds between runs, without bound where it is not said how many images it runs at a time. */
function bytesHeld(network: Network, { plan: { part = Infinity } }: PlannedSession): number {
  return bytesOfWeights(network) + part * held(peakBytes(network));
}

/** So many sessions of a plan, each on a thread of its own. */
function openedReplicas(planned: Promise<PlannedSession>, count: number): Promise<Session>[] {
  return Array.from({ length: count }, async (_, i) => {
    const { plan, ...rest } = await planned;
    // The last one, whose turn comes after the others', needs no copy.
    const model = i < count - 1 ? new Uint8Array(plan.model) : plan.model;
    return openedSession({ plan: { ...plan, model }, ...rest }, i === 0 ? undefined : `onnxruntime ${i}`);
  });
}

/**
 * Scaling after the product instead of before rounds differently, and is done only where no Reshape is between them: a
 * gradient would depend on how many are asked for together. A Pad of zeros is not the padding of a MaxPool, which is −∞:
 * fused, it is lost where all that is pooled is negative. What a product with a fed weight is given transposed, it is
 * given so on purpose.
 */
function extraOptions(isFed: boolean): Record<string, unknown> {
  const unwanted = ['MatMulScaleFusion', 'Pad_Fusion', ...(isFed ? ['GemmTransposeFusion'] : [])];
  return {
    // Between runs the geometry has work for the processor; waiting threads need not keep it busy.
    session: { intra_op: { allow_spinning: '0' } },
    optimization: { disable_specified_optimizers: unwanted.join(';') },
  };
}

/**
 * 'all' turns convolutions into blocked ones (to four times as fast), with kernels that a session copies into blocks of its
 * own: a heavy network with pools, as VGG-19 is, is fed its kernels instead.
 */
function optimizationLevel(network: Network): 'all' | 'extended' {
  const pools = topologicalOrder(network).some(({ op }) => op === 'MaxPool');
  return pools && bytesOfWeights(network) >= HEAVY ? 'extended' : 'all';
}
