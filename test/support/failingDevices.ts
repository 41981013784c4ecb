import type { Backend, Executable, Tensor } from '../../src/analysis/backends/backend';
import { AnalysisError } from '../../src/analysis/base/errors';
import { gaussianVector, seededRandom } from '../../src/analysis/math/random';
import type { Catalogue } from '../../src/analysis/model/chosenBackend';
import { NetworkBuilder } from '../../src/analysis/network/builder';
import type { Network } from '../../src/analysis/network/network';

/* Devices that compute one network in closed form, and fail when they are told to. */

const [inputs, hidden, classes] = [4, 5, 3];
const a = gaussianVector(hidden * inputs, seededRandom('failing devices', 'a'));
const w = gaussianVector(classes * hidden, seededRandom('failing devices', 'w'));

/** f(x) = W tanh(A x). */
export function tanhNetwork(): Network {
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, inputs]);
  const matrix = (entries: Float64Array, rows: number, columns: number) =>
    b.transpose(b.constant(Float32Array.from(entries), [rows, columns]), [1, 0]);
  const t = b.tanh(b.matMul(x, matrix(a, hidden, inputs)));
  return { inputs: { x }, outputs: { logits: b.matMul(t, matrix(w, classes, hidden)) } };
}

const row = (entries: ArrayLike<number>, i: number, length: number) =>
  Array.from({ length }, (_, j) => entries[i * length + j]);
const dot = (u: readonly number[], v: readonly number[]) => u.reduce((sum, entry, i) => sum + entry * v[i], 0);
const rows = (entries: Float64Array, count: number, length: number) =>
  Array.from({ length: count }, (_, i) => row(entries, i, length));
const A = rows(a, hidden, inputs);
const W = rows(w, classes, hidden);
/** Aᵀ u. */
const pulledBack = (u: readonly number[]) =>
  Array.from({ length: inputs }, (_, j) =>
    dot(
      u,
      A.map((of) => of[j]),
    ),
  );
/** Wᵀ c. */
const weighted = (c: readonly number[]) =>
  Array.from({ length: hidden }, (_, k) =>
    dot(
      c,
      W.map((of) => of[k]),
    ),
  );

/** Logits, gradients and Hessian products by their formulas, times a factor that tells devices apart. */
function answers({ x, cotangent, direction }: Partial<Record<string, Tensor>>, factor: number) {
  const outputs: Record<'logits' | 'gradient' | 'product', number[]> = { logits: [], gradient: [], product: [] };
  const count = x?.shape[0] ?? 0;
  for (let i = 0; i < count; i++) {
    const point = row(x?.data ?? [], i, inputs);
    const t = A.map((of) => Math.tanh(dot(of, point)));
    outputs.logits.push(...W.map((of) => dot(of, t)));
    if (!cotangent) continue;
    if (direction) {
      const along = A.map((of) => dot(of, row(direction.data, i, inputs)));
      const c = weighted(row(cotangent.data, i, classes));
      outputs.product.push(...pulledBack(c.map((entry, k) => entry * -2 * t[k] * (1 - t[k] ** 2) * along[k])));
      continue;
    }
    const asked = cotangent.shape[1];
    for (let j = 0; j < asked; j++) {
      const c = weighted(row(cotangent.data, i * asked + j, classes));
      outputs.gradient.push(...pulledBack(c.map((entry, k) => entry * (1 - t[k] ** 2))));
    }
  }
  const scaled = Object.entries(outputs).map(([name, numbers]) => {
    return [name, Float32Array.from(numbers, (entry) => entry * factor)] as const;
  });
  return Object.fromEntries(scaled);
}

/** What goes wrong on a device; `at` counts runs, loads or plans, from the first of the trial on. */
export type Fault =
  | { readonly kind: 'missing'; readonly reason: string }
  | { readonly kind: 'memory'; readonly at: number; readonly most: number }
  | { readonly kind: 'lost'; readonly at: number; readonly forGood: boolean; readonly foreign: boolean }
  | { readonly kind: 'nan'; readonly at: number; readonly forGood: boolean }
  | { readonly kind: 'load'; readonly at: number; readonly foreign: boolean }
  | { readonly kind: 'thread'; readonly at: number }
  /** What it prepares for a batch of another size than the last computes with three digits. */
  | { readonly kind: 'plan'; readonly at: number; readonly forGood: boolean }
  | { readonly kind: 'wrong' };

/** How much more a device gives than the processor: it shows which of them a number is from. */
export const deviceFactor = 1 + 1e-5;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What an executable is prepared for. */
interface Plan {
  size: number;
  isWrong: boolean;
}

function backend(
  id: 'onnxruntime' | 'webgpu',
  run: (feeds: Parameters<Executable['run']>[0], plan: Plan) => ReturnType<Executable['run']>,
  { load = () => Promise.resolve(), keepsSize = false } = {},
): Backend {
  return {
    ...{ id, provider: `${id} provider`, device: `${id} device`, driver: `${id} driver`, version: '1', threads: 1 },
    allowances: { held: (bytes) => bytes, smallestBatch: 1, firstBatch: 4, keepsSize },
    load: async () => {
      await load();
      const plan = { size: 0, isWrong: false };
      return { run: (feeds) => run(feeds, plan), dispose: () => Promise.resolve() };
    },
  };
}

/** The processor, which is right, and slow in batches of the size that `auto` times. */
function processor(): Backend {
  return backend('onnxruntime', (feeds) => {
    const start = performance.now();
    while (feeds['x'].shape[0] === 16 && performance.now() - start < 1);
    return Promise.resolve(answers(feeds, 1));
  });
}

/** A graphics card with a fault, or none. */
function card(fault: Fault | null): Backend {
  let [runs, loads, plans] = [0, 0, 0];
  let generation = 0;
  const lost = () => new AnalysisError('device-lost', 'the device was lost: VK_ERROR_DEVICE_LOST');
  const fails = (at: number, now: number, forGood: boolean) => (forGood ? now >= at : now === at);
  return backend(
    'webgpu',
    async (feeds, plan) => {
      const now = runs++;
      const mine = generation;
      const right = answers(feeds, deviceFactor);
      const times = (factor: number) =>
        Object.fromEntries(Object.entries(right).map(([name, data]) => [name, data.map((y) => factor * y)]));
      switch (fault?.kind) {
        case 'memory':
          if (now < fault.at || feeds['x'].shape[0] <= fault.most) return right;
          throw new AnalysisError('limit-exceeded', 'no memory');
        case 'lost':
          // In the midst of the batch.
          await turn();
          if (!fails(fault.at, now, fault.forGood)) return right;
          throw fault.foreign ? new Error('wgpuDeviceLost') : lost();
        case 'nan':
          if (!fails(fault.at, now, fault.forGood)) return right;
          return times(NaN);
        case 'thread':
          await turn();
          if (now === fault.at) generation++;
          if (mine === generation) return right;
          throw new AnalysisError('device-lost', 'the thread that runs networks was lost: it ended with code 1');
        case 'plan':
          if (feeds['x'].shape[0] !== plan.size) {
            Object.assign(plan, { size: feeds['x'].shape[0], isWrong: fails(fault.at, plans++, fault.forGood) });
          }
          return plan.isWrong ? times(1.001) : right;
        case 'wrong':
          return times(1.01);
        default:
          return right;
      }
    },
    {
      keepsSize: fault?.kind === 'plan',
      load: () => {
        if (fault?.kind !== 'load' || loads++ < fault.at) return Promise.resolve();
        const message = 'onnxruntime cannot run this network: no kernel for Tanh';
        return Promise.reject(fault.foreign ? new Error(message) : new AnalysisError('unsupported-op', message));
      },
    },
  );
}

/** A machine with a processor and a graphics card that has a fault. */
export function machineWith(fault: Fault | null): Catalogue {
  const isMissing = fault?.kind === 'missing';
  return {
    named: (id) => {
      if (id === 'onnxruntime') return Promise.resolve(processor());
      return isMissing
        ? Promise.reject(new AnalysisError('invalid-input', fault.reason))
        : Promise.resolve(card(fault));
    },
    faster: () => {
      const refused = isMissing ? [{ id: 'webgpu' as const, reason: fault.reason }] : [];
      return Promise.resolve({ backends: isMissing ? [] : [card(fault)], refused });
    },
  };
}
