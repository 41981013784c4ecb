import assert from 'node:assert/strict';

import type { Backend, Executable, Tensor } from '../../../src/analysis/backends/backend';
import { onnxruntimeBackend } from '../../../src/analysis/backends/onnxruntime/sessions';
import { withPlansTried } from '../../../src/analysis/model/triedPlans';
import { gradientNetwork } from '../../../src/analysis/network/differentiate';
import { single, smallModels } from '../../support/backendRuns';

const network = gradientNetwork(smallModels['a residual network'](), 2);
const [, ...image] = network.inputs['x'].shape;

const batch = (images: number) => ({
  x: single([images, ...image], `x ${images}`),
  cotangent: single([images, 2, 3], `cotangent ${images}`),
});

describe('a device that prepares itself for every size of a batch', () => {
  let reference: Backend;
  let loads: number;
  before(async () => {
    const trusted = await onnxruntimeBackend({ threads: 1 });
    reference = {
      ...trusted,
      load: (one) => {
        loads++;
        return trusted.load(one);
      },
    };
  });
  beforeEach(() => {
    loads = 0;
  });

  /** Such a device, whose gradients of the images of some sizes are wrong by some factor. */
  const device = (factor: (size: number, image: number) => number, keepsSize = true): Backend => ({
    ...reference,
    allowances: { ...reference.allowances, keepsSize },
    load: async (one) => {
      const executable = await reference.load(one);
      const run: Executable['run'] = async (feeds, memory) => {
        const results = await executable.run(feeds, memory);
        const size = feeds['x'].shape[0];
        const each = results['gradient'].length / size;
        results['gradient'].forEach((entry, i, all) => {
          all[i] = entry * factor(size, Math.floor(i / each));
        });
        return results;
      };
      return { ...executable, run };
    },
  });
  const loaded = (one: Backend) => withPlansTried(one, reference).load(network);
  const same = async (one: Executable, feeds: Readonly<Record<string, Tensor>>) => {
    const expected = await (await reference.load(network)).run(feeds);
    assert.deepEqual(await one.run(feeds), expected);
  };

  it('is held against the reference at the first batch of each size, and answers as it does without', async () => {
    const one = await loaded(device(() => 1));
    for (const [size, tries] of [
      [4, 1],
      [4, 0],
      [2, 1],
      [1, 1],
      [4, 1],
    ]) {
      const expected = await (await reference.load(network)).run(batch(size));
      loads = 0;
      assert.deepEqual(await one.run(batch(size)), expected);
      assert.equal(loads, tries, `a batch of ${size}`);
    }
  });

  it('answers no batch of a size for which it is wrong, in the first image, the middle one or the last', async () => {
    for (const wrong of [0, 4, 7]) {
      const one = await loaded(device((size, i) => (size === 8 && i === wrong ? 1.0003 : 1)));
      await same(one, batch(4));
      const both = await Promise.allSettled([one.run(batch(8)), one.run(batch(8))]);
      // The second is on the same plan.
      for (const answer of both) {
        assert.equal(answer.status, 'rejected');
        assert.match(
          String(answer.reason),
          /prepared for batches of 8, it is 3e-4 of the largest entry off the processor’s gradient/,
        );
        assert.equal((answer.reason as { code?: string }).code, 'device-lost');
      }
      await same(one, batch(4));
    }
  });

  it('is wrong where it gives no numbers, and not where the reference gives none either', async () => {
    const one = await loaded(device((size) => (size === 8 ? NaN : 1)));
    await assert.rejects(one.run(batch(8)), /off the processor’s gradient/);
    const { x, cotangent } = batch(2);
    const nowhere = await (await loaded(device(() => 1))).run({ x: { ...x, data: x.data.map(() => NaN) }, cotangent });
    assert.ok(nowhere['gradient'].every(Number.isNaN));
  });

  it('is tried anew at a size at which it first did not answer', async () => {
    let runs = 0;
    const scarce = device(() => 1);
    const one = await loaded({
      ...scarce,
      load: async (given) => {
        const executable = await scarce.load(given);
        const run: Executable['run'] = (feeds, memory) => {
          return runs++ === 0 ? Promise.reject(new Error('no memory')) : executable.run(feeds, memory);
        };
        return { ...executable, run };
      },
    });
    await assert.rejects(one.run(batch(8)), /no memory/);
    loads = 0;
    await one.run(batch(8));
    assert.equal(loads, 1);
  });

  it('is left as it is where it prepares nothing', () => {
    const other = device(() => 1, false);
    assert.equal(withPlansTried(other, reference), other);
  });
});
