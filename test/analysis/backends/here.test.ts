import assert from 'node:assert/strict';

import type { Backend } from '../../../src/analysis/backends/backend';
import { backendsHere } from '../../../src/analysis/backends/here';
import { NoSuchDevice } from '../../../src/analysis/backends/noSuchDevice';
import { fasterBackends } from '../../../src/analysis/backends/table';
import { AnalysisError } from '../../../src/analysis/base/errors';
import { type BackendId, backendIds } from '../../../src/protocol/words';

describe('the backends of a machine', () => {
  const backend = (id: BackendId): Backend => ({
    ...{ id, provider: id, device: 'a device', version: '1', threads: 1 },
    allowances: { held: (bytes) => bytes, smallestBatch: 1, firstBatch: 4 },
    load: () => Promise.reject(new Error('nothing is to be loaded')),
  });

  it('are made once each, those that auto would try too', async () => {
    const asked: BackendId[] = [];
    const { backends, auto } = await backendsHere(
      {},
      {
        named: (id) => {
          asked.push(id);
          if (id === 'cuda') return Promise.reject(new AnalysisError('invalid-input', 'no card'));
          return Promise.resolve(backend(id));
        },
        faster: async (_, make) => {
          assert.ok(make);
          await assert.rejects(make('cuda'), /no card/);
          return { backends: [await make('webgpu')], refused: [{ id: 'cuda', reason: 'no card' }] };
        },
      },
    );
    assert.deepEqual(asked, [...backendIds]);
    assert.deepEqual(auto, { tries: ['webgpu'], reason: null });
    assert.deepEqual(
      backends.filter(({ present }) => !present).map(({ id, reason }) => [id, reason]),
      [['cuda', 'no card']],
    );
  });

  describe('that auto tries', () => {
    const tried = async (
      options: { device?: number },
      cards: readonly ('cuda' | 'webgpu')[],
      broken: BackendId[] = [],
    ) => {
      const make = (id: BackendId) =>
        broken.includes(id)
          ? Promise.reject(new AnalysisError('invalid-input', `no ${id}`))
          : Promise.resolve(backend(id));
      const has = { cuda: () => cards.includes('cuda'), webgpu: () => cards.includes('webgpu') };
      const { backends, refused } = await fasterBackends(options, make, has);
      return [backends.map(({ id }) => id), refused];
    };

    it('are CUDA and WebGPU where there is a card for them, and what does not work of them is said', async () => {
      assert.deepEqual(await tried({}, ['cuda', 'webgpu']), [['cuda', 'webgpu'], []]);
      assert.deepEqual(await tried({}, ['webgpu']), [['webgpu'], []]);
      assert.deepEqual(await tried({}, []), [[], []]);
      const refused = [{ id: 'cuda', reason: 'no cuda' }];
      assert.deepEqual(await tried({}, ['cuda', 'webgpu'], ['cuda']), [['webgpu'], refused]);
    });

    it('are those whose cards have numbers where one is named, which has to be there', async () => {
      assert.deepEqual(await tried({ device: 1 }, ['cuda', 'webgpu']), [['cuda'], []]);
      await assert.rejects(tried({ device: 1 }, ['webgpu']), NoSuchDevice);
      await assert.rejects(tried({ device: 1 }, ['cuda'], ['cuda']), /no cuda/);
    });
  });
});
