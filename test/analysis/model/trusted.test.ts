import assert from 'node:assert/strict';

import type { Backend, Executable, Tensor } from '../../../src/analysis/backends/backend';
import { lowered } from '../../../src/analysis/backends/lowered';
import { onnxruntimeBackend } from '../../../src/analysis/backends/onnxruntime/sessions';
import { chosenBackend, fastest, type Remembered } from '../../../src/analysis/model/chosenBackend';
import { refusalOf, type Tried } from '../../../src/analysis/model/trusted';
import { NetworkBuilder } from '../../../src/analysis/network/builder';
import type { Network } from '../../../src/analysis/network/network';
import { smoothness } from '../../../src/analysis/network/smoothness';
import { smallModels } from '../../support/backendRuns';

type Run = Executable['run'];

const memory = 2 ** 28;
const tried = (network: Network): Tried => ({ network, classes: 3, smoothness: smoothness(network) });
const smooth = tried(smallModels['a transformer block']());

describe('a backend that is tried with a model', () => {
  let trusted: Backend;
  before(async () => {
    trusted = await onnxruntimeBackend({ threads: 1 });
  });

  /** The trusted one, with runs of another making. */
  const changed = (change: (run: Run) => Run, network = (given: Network) => given): Backend => ({
    ...trusted,
    load: async (given) => {
      const executable = await trusted.load(network(given));
      return { ...executable, run: change((feeds) => executable.run(feeds)) };
    },
  });
  const refusal = (backend: Backend, model = smooth, samples: readonly Float64Array[] = []) => {
    return refusalOf(model, backend, trusted, samples, { memory });
  };
  /** Wrong by a factor where a run has such an output. */
  const off = (factor: number, output: string, where: (feeds: Readonly<Record<string, Tensor>>) => boolean) => {
    return changed((run) => async (feeds) => {
      const results = await run(feeds);
      if (!(output in results) || !where(feeds)) return results;
      return { ...results, [output]: results[output].map((entry) => entry * factor) };
    });
  };

  it('is believed where it gives the same, or the same but for rounding', async () => {
    assert.equal(await refusal(changed((run) => run)), null);
    assert.equal(await refusal(off(1 + 1e-5, 'gradient', () => true)), null);
  });

  it('is not where one kind of call is wrong: logits, gradients of several cotangents, Hessian products', async () => {
    assert.match((await refusal(off(1.01, 'logits', ({ cotangent }) => !cotangent))) ?? '', /^its logits are 1e-2 of/);
    const several = off(0.9, 'gradient', ({ cotangent }) => cotangent.shape[1] === 3);
    assert.match((await refusal(several)) ?? '', /^its gradients are 1e-1 of the largest entry off/);
    assert.match((await refusal(off(2, 'product', () => true))) ?? '', /^its Hessian products are 1e\+0 of/);
  });

  it('is not where gradients are 3 % off, neither of a smooth network nor of one with kinks', async () => {
    const slightly = off(1.03, 'gradient', () => true);
    assert.match((await refusal(slightly)) ?? '', /^its gradients are 3e-2 of the largest entry off/);
    // Kinks that no point lies at excuse nothing.
    const kinked = tried(smallModels['a residual network']());
    assert.notEqual(kinked.smoothness, 'smooth');
    assert.match((await refusal(slightly, kinked)) ?? '', /^its gradients are 3e-2 of the largest entry off/);
  });

  it('is told the first operator that differs', async () => {
    const wrong = changed(
      (run) => run,
      (network) =>
        lowered(network, {
          Softmax: (b, inputs, { attributes }) => b.times(b.add('Softmax', inputs, attributes), b.scalar(1.1)),
        }),
    );
    assert.match((await refusal(wrong)) ?? '', /^its logits .*, first in Softmax/);
  });

  it('is not where it gives NaN, or throws, whatever it throws', async () => {
    assert.match((await refusal(off(NaN, 'gradient', () => true))) ?? '', /^it has no gradients: .*finite/);
    const lost = changed(() => () => Promise.reject(new Error('device lost')));
    assert.match((await refusal(lost)) ?? '', /^it has no logits: the backend onnxruntime .* any more: device lost$/);
  });

  it('is believed on the other side of a tie of a max-pool, and not on a side that is none', async () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 1, 2, 2]);
    const window = { kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1] };
    const pooled = b.reshape(b.add('MaxPool', [x], window), [-1, 1]);
    const pool = tried({ inputs: { x }, outputs: { logits: b.matMul(pooled, b.constant([1, -2, 3], [1, 3])) } });
    // Two cells that float32 still tells apart, and a third well below.
    const samples = [Float64Array.of(1, 1 + 2 ** -22, 0.5, 0)];
    const nudged = (by: number, cell: number) =>
      changed((run) => (feeds) => {
        const data = feeds['x'].data.slice();
        for (let i = cell; i < data.length; i += 4) data[i] += by;
        return run({ ...feeds, x: { ...feeds['x'], data } });
      });
    assert.equal(await refusal(nudged(2 ** -21, 0), pool, samples), null);
    assert.match((await refusal(nudged(0.6, 2), pool, samples)) ?? '', /^its logits/);
  });

  describe('beside others, by auto', () => {
    const model = { ...smooth, path: 'models/model.onnx', sha256: 'of the model' };
    const slow = (backend: Backend): Backend => ({
      ...backend,
      load: async (network) => {
        const executable = await backend.load(network);
        return {
          ...executable,
          run: async (feeds) => {
            await new Promise((resolve) => setTimeout(resolve, 400));
            return executable.run(feeds);
          },
        };
      },
    });
    const none = () => Promise.resolve([]);
    const named = (backend: Backend): Backend => ({ ...backend, id: 'webgpu' });

    /** That one run, by number, and all after it never end; called at its start. */
    const silentFrom = (number: number, heard: () => void): Backend => {
      let runs = 0;
      return changed((run) => (feeds) => {
        if (runs++ < number) return run(feeds);
        heard();
        return new Promise(() => undefined);
      });
    };

    it('is taken where it agrees and is the faster one, and found again without another trial', async () => {
      const kept = new Map<string, unknown>();
      const remembered: Remembered = {
        find: <T>(key: readonly unknown[]) => Promise.resolve(kept.get(JSON.stringify(key)) as T | undefined),
        keep: (key, value) => {
          kept.set(JSON.stringify(key), value);
          return Promise.resolve();
        },
      };
      const first = await fastest(model, slow(trusted), [named(trusted)], { memory, remembered }, none);
      assert.equal(first.backend.id, 'webgpu');
      assert.match(first.refused[0].reason, /^slower with this model, [\d.]+ ms for a batch against /);
      const untouchable = (backend: Backend): Backend => ({ ...backend, load: () => assert.fail('it is tried again') });
      const others = [untouchable(named(trusted))];
      const again = await fastest(model, untouchable(trusted), others, { memory, remembered }, none);
      assert.deepEqual([again.backend.id, again.refused], ['webgpu', first.refused]);
      // With another driver it is another device.
      const updated = others.map((other) => ({ ...other, driver: 'a newer one' }));
      const anew = await fastest(model, trusted, updated, { memory, remembered }, none);
      assert.match(anew.refused[0].reason, /it is tried again/);
    });

    it('is no longer waited for once the trial is stopped, in each of its parts', async () => {
      const reason = new Error('enough');
      const stopped = async (number: number, isReference: boolean): Promise<void> => {
        const controller = new AbortController();
        const silent = silentFrom(number, () => {
          controller.abort(reason);
        });
        const [reference, other] = isReference ? [silent, trusted] : [trusted, silent];
        const { signal } = controller;
        await assert.rejects(fastest(model, reference, [named(other)], { memory, signal }, none), reason);
      };
      for (const number of [0, 1, 2, 5]) for (const isReference of [true, false]) await stopped(number, isReference);
    });

    it('is not waited for where its own libraries begin, and never end', async () => {
      const reason = new Error('enough');
      for (const backend of ['auto', 'cuda'] as const) {
        const controller = new AbortController();
        const never = new Promise<never>(() => undefined);
        const catalogue = {
          named: (id: string) => (id === 'onnxruntime' ? Promise.resolve(trusted) : never),
          faster: () => never,
        };
        const choosing = chosenBackend(model, { backend, memory, catalogue, signal: controller.signal }, none);
        setImmediate(() => {
          controller.abort(reason);
        });
        await assert.rejects(choosing, reason);
      }
    });

    it('is passed over where it is wrong or slower, with the reason', async () => {
      const wrong = named(off(1.01, 'gradient', () => true));
      const [first, second] = [
        await fastest(model, slow(trusted), [wrong], { memory }, none),
        await fastest(model, trusted, [named(slow(trusted))], { memory }, none),
      ];
      assert.deepEqual([first.backend.id, second.backend.id], ['onnxruntime', 'onnxruntime']);
      assert.match(first.refused[0].reason, /^its gradients are 1e-2/);
      assert.match(second.refused[0].reason, /^slower with this model/);
    });
  });
});
