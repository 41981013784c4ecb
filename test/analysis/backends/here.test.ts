import assert from 'node:assert/strict';

import type { Backend } from '../../../src/analysis/backends/backend';
import { backendsHere } from '../../../src/analysis/backends/here';
import { AnalysisError } from '../../../src/analysis/base/errors';
import { type BackendId, backendIds } from '../../../src/protocol/words';

describe('the backends of a machine', () => {
  const backend = (id: BackendId): Backend => ({
    ...{ id, provider: id, device: 'a device', version: '1', threads: 1 },
    allowances: { arenaFactor: 1, smallestBatch: 1, firstBatch: 4 },
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
});
