import { availableParallelism, cpus } from 'node:os';

import type { InferenceSession } from 'onnxruntime-node';

import { AnalysisError } from '../../base/errors';
import { type Network, topologicalOrder } from '../../network/network';
import { elementCount } from '../../network/shapes';
import { onnxModel } from '../../onnx/onnxModel';
import type { Backend, BackendOptions, Executable, Tensor } from '../backend';
import { withFedWeights } from './fedWeights';
import { lowered } from './lowering';

// Read by the library when it loads, which happens in this file only: without it, onnxruntime keeps an identity of the
// machine and a database of events in the user's cache folder, to be sent to its makers.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

/**
 * onnxruntime on the processor. A result depends on its own image only: not on the batch, its size or the threads.
 * A run holds up the thread that calls it until it ends: onnxruntime-node computes on the calling thread.
 * Without `threads` it takes all of the processor's.
 *
 * @throws AnalysisError 'invalid-input' where onnxruntime has no binary for this system
 */
export async function onnxruntimeBackend(options: BackendOptions = {}): Promise<Backend> {
  const onnxruntime = await import('onnxruntime-node').catch((cause: unknown) => {
    throw new AnalysisError('invalid-input', `onnxruntime does not load on this system: ${messageOf(cause)}`, {
      cause,
    });
  });
  // What fails is thrown as well; nothing is to reach stderr.
  onnxruntime.env.logLevel = 'fatal';
  const threads = options.threads ?? availableParallelism();
  const sessionOptions: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  };

  async function load(network: Network): Promise<Executable> {
    const graphOptimizationLevel = optimizationLevel(network);
    const fed = withFedWeights(lowered(network), graphOptimizationLevel === 'all');
    const weights = Array.from(fed.weights, ([name, { data, shape }]) => {
      return [name, new onnxruntime.Tensor('float32', data, shape)] as const;
    });
    const session = await onnxruntime.InferenceSession.create(onnxModel(fed.network, threads), {
      ...sessionOptions,
      graphOptimizationLevel,
      // A heavy network's runs take one block each, and give it back: an arena would keep as much for every session.
      enableCpuMemArena: weights.length === 0,
      extra: extraOptions(weights.length > 0),
    }).catch(refuse);
    return {
      run: async (feeds) => {
        const alone = Object.values(feeds).every(({ shape: [count] }) => count === 1);
        const tensors = Object.entries(feeds).map(([name, tensor]) => {
          const { data, shape } = alone ? twice(tensor) : tensor;
          return [name, new onnxruntime.Tensor('float32', data, shape)] as const;
        });
        const images = tensors[0][1].dims[0];
        // Given: results of its own would lie in the way of what the run gives back.
        const fetches = Object.entries(network.outputs).map(([name, { shape }]) => {
          const dims = shape.map((dim) => (dim < 0 ? -dim * images : dim));
          return [name, new onnxruntime.Tensor('float32', new Float32Array(elementCount(dims)), dims)] as const;
        });
        const results = await session
          .run(Object.fromEntries([...tensors, ...weights]), Object.fromEntries(fetches))
          .catch(refuse);
        return Object.fromEntries(
          Object.entries(results).map(([name, tensor]) => {
            const data = tensor.data as Float32Array;
            return [name, alone ? data.slice(0, data.length / 2) : data] as const;
          }),
        );
      },
      dispose: () => session.release(),
    };
  }

  return {
    id: 'onnxruntime',
    provider: 'CPUExecutionProvider',
    device: cpus()[0].model.trim(),
    version: onnxruntime.env.versions.node ?? onnxruntime.env.versions.common,
    threads,
    // A single image is given twice, so that two cost no more.
    allowances: { arenaFactor: 3, smallestBatch: 2 },
    load,
  };
}

/**
 * The image and itself. A convolution of a single image is split among the threads by columns, and its sums are then
 * blocked otherwise than those of an image in company: alone, it would get other last bits.
 */
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
 * 'all' turns convolutions into blocked ones (2–4 times as fast where they are depthwise or strided), which add up their
 * terms in an order of their own. Under a max-pool that decides near ties otherwise than the frameworks do, and the
 * gradient goes to another cell: measured, an error of 1e-2 in one of 48 images against 2e-7 with 'extended'.
 */
function optimizationLevel(network: Network): 'all' | 'extended' {
  return topologicalOrder(network).some(({ op }) => op === 'MaxPool') ? 'extended' : 'all';
}

function refuse(cause: unknown): never {
  const message = messageOf(cause);
  if (/alloc|memory/i.test(message)) {
    throw new AnalysisError(
      'limit-exceeded',
      `onnxruntime ran out of memory; a smaller batch needs less of it. (${message})`,
      { cause },
    );
  }
  throw new AnalysisError('unsupported-op', `onnxruntime cannot run this network: ${message}`, { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
