import { tmpdir } from 'node:os';
import process from 'node:process';

import type { InferenceSession } from 'onnxruntime-node';

import type { BackendId } from '../../../protocol/words';
import { AnalysisError } from '../../base/errors';
import { inTurns } from '../../base/steps';
import { NetworkBuilder } from '../../network/builder';
import type { Network } from '../../network/network';
import { onnxModel } from '../../onnx/onnxModel';
import type { Backend, Executable } from '../backend';
import { lowered, type Lowerings } from '../lowered';
import { executableOf, type Session } from '../session';
import { sessionOnThread } from '../threads/sessionThread';
import { library } from './session';

/** A device other than the processor, as onnxruntime reaches it by one of its execution providers. */
export interface Provider {
  readonly id: BackendId;
  /** In a sentence. */
  readonly name: string;
  /** onnxruntime's own name of it. */
  readonly provider: string;
  readonly execution: InferenceSession.ExecutionProviderConfig;
  readonly session?: InferenceSession.SessionOptions;
  /** The card's name, and its driver's. */
  readonly device: string;
  /** See Backend. */
  readonly driver?: string;
  readonly isSoftware?: boolean;
  /** See Backend. */
  readonly memory?: number | undefined;
  readonly lowerings: Lowerings;
  /** See Allowances. */
  readonly firstBatch?: number;
  /** See Allowances. */
  readonly keepsSize?: boolean;
  /** A sentence on what may help where it does not work. */
  readonly remedy: string;
}

/**
 * onnxruntime on a device. Results depend on the batch in their last bits.
 *
 * @throws AnalysisError 'invalid-input' where the device does not answer, with why and what may help
 */
export async function deviceBackend(provider: Provider): Promise<Backend> {
  const { env } = await library();
  await held(provider);
  return {
    id: provider.id,
    provider: provider.provider,
    device: provider.device,
    driver: provider.driver,
    version: env.versions.node ?? env.versions.common,
    threads: 1,
    isSoftware: provider.isSoftware ?? false,
    memory: provider.memory,
    allowances: {
      ...{ held: (bytes) => 3 * bytes, smallestBatch: 1 },
      firstBatch: provider.firstBatch ?? 4,
      keepsSize: provider.keepsSize ?? false,
    },
    load: (network) => load(provider, network),
  };
}

async function load(provider: Provider, network: Network): Promise<Executable> {
  await held(provider);
  const executable = executableOf(network, await opened(provider, lowered(network, provider.lowerings)));
  return {
    run: async (feeds, memory) => {
      try {
        return await executable.run(feeds, memory);
      } catch (error) {
        if (error instanceof AnalysisError && error.code === 'device-lost') await letGo(provider);
        throw error;
      }
    },
    dispose: () => executable.dispose(),
  };
}

async function opened({ execution, session }: Provider, network: Network): Promise<Session> {
  const plan = {
    engine: 'onnxruntime',
    model: await inTurns(onnxModel(network)),
    options: { executionProviders: [execution], logSeverityLevel: 4, graphOptimizationLevel: 'all', ...session },
  } as const;
  return sessionOnThread(plan);
}

/** By device, a session that stays: the device lives as long as any does, and what it has compiled serves all. */
const first = new Map<string, Promise<Session>>();

const keyOf = ({ execution }: Provider): string => JSON.stringify(execution);

function held(provider: Provider): Promise<Session> {
  const key = keyOf(provider);
  const known = first.get(key);
  if (known) return known;
  const session = answering(provider);
  first.set(key, session);
  session.catch(() => first.delete(key));
  return session;
}

/** Lets go of a lost device: the next network that is loaded asks for it anew. */
async function letGo(provider: Provider): Promise<void> {
  const key = keyOf(provider);
  const session = first.get(key);
  first.delete(key);
  // What is lost has nothing to give back, and says so.
  await session?.then((one) => one.release()).catch(() => undefined);
}

/** A first session, which has said what 1 + 2 is. */
async function answering(provider: Provider): Promise<Session> {
  // Without it, drivers write to stderr that it is missing.
  process.env['XDG_RUNTIME_DIR'] ??= tmpdir();
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, 1]);
  const network = { inputs: { x }, outputs: { sum: b.plus(x, b.scalar(2)) } };
  try {
    const session = await opened(provider, network);
    const { sum } = await executableOf(network, session).run({ x: { data: Float32Array.of(1), shape: [1, 1] } });
    if (sum[0] !== 3) throw new Error(`1 + 2 came out as ${sum[0]}`);
    return session;
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).trim().split('\n');
    throw new AnalysisError(
      'invalid-input',
      `${provider.name} does not work with what is here (${provider.device}): ${reason.replace(/^(onnxruntime cannot run this network: |the device was lost: )/, '').replace(/^.*?was false\. /, '')}. ${provider.remedy}`,
      { cause },
    );
  }
}
