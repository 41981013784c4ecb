import { availableParallelism, cpus } from 'node:os';

import { type Network, topologicalOrder } from '../../network/network';
import { peakBytes } from '../../network/peakMemory';
import { bytesOfWeights, HEAVY } from '../../network/weights';
import { onnxModel } from '../../onnx/onnxModel';
import type { Backend, BackendOptions, Executable, Tensor } from '../backend';
import { lowered } from '../lowered';
import { refuseDevice } from '../noSuchDevice';
import { needsCompany } from './company';
import { type FedNetwork, withFedWeights } from './fedWeights';
import { forBlocks, lowerings } from './lowering';
import { library, outputShapes, sessionHere, type SessionPlan } from './session';
import { sessionOnThread } from './sessionThread';

/**
 * onnxruntime on the processor. A result depends on its own image only: not on the batch, its size or the threads.
 * Sessions run on a thread of their own, but for those of a heavy network: they are fed weights that only the thread that
 * reads models has.
 * Without `threads` it takes all of the processor's.
 *
 * @throws AnalysisError 'invalid-input' where onnxruntime has no binary for this system, or where a card is named
 */
export async function onnxruntimeBackend(options: BackendOptions = {}): Promise<Backend> {
  refuseDevice('onnxruntime', options.device, 'it computes on the processor');
  const { env } = await library();
  const threads = options.threads ?? availableParallelism();

  async function load(network: Network): Promise<Executable> {
    const { plan, weights, inCompany } = plannedSession(network, threads);
    const session = (weights.size > 0 ? undefined : await sessionOnThread(plan)) ?? (await sessionHere(plan, weights));
    return {
      run: async (feeds) => {
        const isAlone = inCompany && Object.values(feeds).every(({ shape: [count] }) => count === 1);
        const given = Object.entries(feeds).map(([name, feed]) => [name, isAlone ? twice(feed) : feed] as const);
        const outputs = await session.run(Object.fromEntries(given), outputShapes(network, given[0][1].shape[0]));
        if (!isAlone) return outputs;
        const halves = Object.entries(outputs).map(
          ([name, data]) => [name, data.subarray(0, data.length / 2)] as const,
        );
        return Object.fromEntries(halves);
      },
      dispose: () => session.release(),
    };
  }

  return {
    id: 'onnxruntime',
    provider: 'CPUExecutionProvider',
    device: cpus()[0].model.trim(),
    version: env.versions.node ?? env.versions.common,
    threads,
    // A single image may be given twice, so that two cost no more.
    allowances: { arenaFactor: 3, smallestBatch: 2 },
    load,
  };
}

/**
 * Bytes of values that are worth keeping together: of nine cotangents for each of 32 images, 2 at a time took a tenth to a
 * quarter less time than all; of one cotangent, 8 to 16 at a time.
 */
const CACHE = 2 ** 23;

/** The session that runs a network on so many threads, the weights that it is fed, and whether one image is to be given twice. */
export function plannedSession(
  network: Network,
  threads: number,
): { readonly plan: SessionPlan; readonly weights: FedNetwork['weights']; readonly inCompany: boolean } {
  const graphOptimizationLevel = optimizationLevel(network);
  const isBlocked = graphOptimizationLevel === 'all';
  const own = lowered(network, isBlocked ? { ...lowerings, ...forBlocks } : lowerings);
  const { network: fed, weights } = withFedWeights(own, isBlocked);
  const isFed = weights.size > 0;
  const plan: SessionPlan = {
    model: onnxModel(fed, threads),
    options: {
      executionProviders: ['cpu'],
      executionMode: 'sequential',
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
      graphOptimizationLevel,
      // A heavy network's runs take one block each, and give it back: an arena would keep as much for every session.
      enableCpuMemArena: !isFed,
      extra: extraOptions(isFed),
    },
    // A heavy network's weights would be read once a part, and no image of it fits.
    ...(isFed ? {} : { part: Math.max(2, Math.floor(CACHE / peakBytes(own))) }),
  };
  return { plan, weights, inCompany: needsCompany(fed, { threads, isBlocked }) };
}

/** The image and itself. */
function twice({ data, shape: [, ...rest] }: Tensor): Tensor {
  const both = new Float32Array(2 * data.length);
  both.set(data);
  both.set(data, data.length);
  return { data: both, shape: [2, ...rest] };
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
