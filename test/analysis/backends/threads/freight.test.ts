import assert from 'node:assert/strict';

import { onnxruntimeBackend } from '../../../../src/analysis/backends/onnxruntime/sessions';
import { buffersOf, type Freight, loaded } from '../../../../src/analysis/backends/threads/freight';
import { NetworkBuilder } from '../../../../src/analysis/network/builder';

const of = (...entries: number[]) => ({ data: Float32Array.from(entries), shape: [entries.length] });

/** What comes back: other arrays, in the same buffers. */
const returned = (freight: Freight): Freight => structuredClone(freight, { transfer: buffersOf(freight) });

describe('the freight of a run', () => {
  it('is a copy of its feeds, and leaves them where they are', () => {
    const feeds = { x: of(1, 2, 3) };
    const going = loaded(feeds, { y: of(0, 0) });
    assert.deepEqual([...returned(going).feeds['x'].data], [1, 2, 3]);
    assert.equal(going.feeds['x'].data.length, 0);
    assert.deepEqual([...feeds.x.data], [1, 2, 3]);
  });

  it('takes buffers that came back where they are large enough, and no more of them than it needs', () => {
    const back = returned(loaded({ x: of(1, 2, 3, 4) }, { y: of(0, 0, 0) }));
    const fewer = loaded({ x: of(5, 6) }, { y: of(0, 0) }, back);
    assert.deepEqual(
      buffersOf(fewer).map(({ byteLength }) => byteLength),
      [16, 12],
    );
    assert.deepEqual([[...fewer.feeds['x'].data], fewer.results['y'].data.length], [[5, 6], 2]);
    const more = loaded({ x: of(1, 2, 3, 4, 5) }, { y: of(0, 0, 0) }, returned(fewer));
    assert.deepEqual(
      buffersOf(more).map(({ byteLength }) => byteLength),
      [20, 12],
    );
  });

  it('keeps runs apart that overlap, of other sizes than those before', async () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 2]);
    const backend = await onnxruntimeBackend({ threads: 1 });
    const executable = await backend.load({ inputs: { x }, outputs: { y: b.times(x, b.scalar(2)) } });
    const doubled = async (first: number, images: number): Promise<void> => {
      const data = Float32Array.from({ length: 2 * images }, (_, i) => first + i);
      const { y } = await executable.run({ x: { data, shape: [images, 2] } });
      assert.deepEqual(
        y,
        data.map((entry) => 2 * entry),
      );
    };
    await doubled(1, 4);
    await Promise.all([doubled(10, 2), doubled(20, 3), doubled(30, 5)]);
    await Promise.all([doubled(40, 1), doubled(50, 6), doubled(60, 2)]);
    await executable.dispose();
  });
});
