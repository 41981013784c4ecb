import { tmpdir } from 'node:os';
import process from 'node:process';

import { AnalysisError } from '../../base/errors';
import { NetworkBuilder } from '../../network/builder';
import type { Network } from '../../network/network';
import { onnxModel } from '../../onnx/onnxModel';
import type { Backend } from '../backend';
import { lowered } from '../lowered';
import { library, outputShapes, type Session, sessionHere } from '../onnxruntime/session';
import { sessionOnThread } from '../onnxruntime/sessionThread';
import { adapterHere } from './adapter';
import { lowerings } from './lowering';

/**
 * onnxruntime on the graphics card by WebGPU: Vulkan on Linux, Metal on macOS, Direct3D 12 on Windows. Results depend on the
 * batch in their last bits.
 *
 * @throws AnalysisError 'invalid-input' where this machine has no such card or no driver for it, with what mends it
 */
export async function webgpuBackend(): Promise<Backend> {
  const { env } = await library();
  const adapter = adapterHere();
  await deviceOf(adapter.name);
  return {
    id: 'webgpu',
    provider: 'WebGpuExecutionProvider',
    device: adapter.name,
    version: env.versions.node ?? env.versions.common,
    threads: 1,
    isSoftware: adapter.isSoftware,
    allowances: { arenaFactor: 3, smallestBatch: 1 },
    load: async (network) => {
      const session = await opened(lowered(network, lowerings));
      return {
        run: (feeds) => session.run(feeds, outputShapes(network, Object.values(feeds)[0].shape[0])),
        dispose: () => session.release(),
      };
    },
  };
}

async function opened(network: Network): Promise<Session> {
  const plan = {
    model: onnxModel(network),
    options: {
      executionProviders: [{ name: 'webgpu' }],
      logSeverityLevel: 4,
      graphOptimizationLevel: 'all',
    },
  } as const;
  return (await sessionOnThread(plan)) ?? (await sessionHere(plan));
}

let device: Promise<Session> | undefined;

/** A session that stays: the device lives as long as any does, and what it has compiled serves all. */
function deviceOf(name: string): Promise<Session> {
  device ??= answering(name).catch((error: unknown) => {
    device = undefined;
    throw error;
  });
  return device;
}

/** A first session, which has said what 1 + 2 is. */
async function answering(name: string): Promise<Session> {
  // Without it, drivers write to stderr that it is missing.
  process.env['XDG_RUNTIME_DIR'] ??= tmpdir();
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, 1]);
  const network = { inputs: { x }, outputs: { sum: b.plus(x, b.scalar(2)) } };
  try {
    const session = await opened(network);
    const { sum } = await session.run({ x: { data: Float32Array.of(1), shape: [1, 1] } }, outputShapes(network, 1));
    if (sum[0] !== 3) throw new Error(`1 + 2 came out as ${sum[0]}`);
    return session;
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).trim().split('\n');
    throw new AnalysisError(
      'invalid-input',
      `WebGPU does not work with what is here (${name}): ${reason.replace(/^.*?was false\. /, '')}. A newer graphics driver may help.`,
      { cause },
    );
  }
}
