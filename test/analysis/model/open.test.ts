import assert from 'node:assert/strict';

import type { Backend } from '../../../src/analysis/backends/backend';
import { AnalysisError } from '../../../src/analysis/base/errors';
import { classifierOf, type OpenModel } from '../../../src/analysis/model/open';
import { NetworkBuilder } from '../../../src/analysis/network/builder';

/** f(x) = x on a backend whose nth load fails; what was disposed is recorded. */
function opened(failing: number, disposed: number[]): Pick<OpenModel, 'classifier' | 'dispose'> {
  let loads = 0;
  const backend: Backend = {
    ...{ id: 'onnxruntime', provider: 'none', device: 'none', version: '0', threads: 1 },
    allowances: { arenaFactor: 1, smallestBatch: 1 },
    load: () => {
      const own = ++loads;
      if (own === failing) return Promise.reject(new AnalysisError('limit-exceeded', 'no memory'));
      return Promise.resolve({
        run: ({ x: { data } }) => Promise.resolve({ logits: data.slice(), gradient: data.slice() }),
        dispose: () => {
          disposed.push(own);
          return Promise.resolve();
        },
      });
    },
  };
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, 2]);
  const network = { inputs: { x }, outputs: { logits: b.times(x, b.scalar(2)) } };
  return classifierOf(network, { classes: 2, smoothness: 'smooth' }, backend, { batch: 1, memory: 2 ** 20 });
}

const x = Float64Array.of(1, 2);

describe('an open model', () => {
  it('loads again what failed to load', async () => {
    const { classifier } = opened(1, []);
    await assert.rejects(classifier.logits(x), { code: 'limit-exceeded' });
    assert.deepEqual([...(await classifier.logits(x))], [1, 2]);
  });

  it('frees what it loaded, though something else failed to load', async () => {
    const disposed: number[] = [];
    const { classifier, dispose } = opened(1, disposed);
    await assert.rejects(classifier.gradients(x, [x]), { code: 'limit-exceeded' });
    await classifier.logits(x);
    await dispose();
    assert.deepEqual(disposed, [2]);
  });
});
