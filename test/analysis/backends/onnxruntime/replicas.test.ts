import assert from 'node:assert/strict';

import { replicaCount, replicated } from '../../../../src/analysis/backends/onnxruntime/replicas';
import type { Session } from '../../../../src/analysis/backends/onnxruntime/session';
import { AnalysisError } from '../../../../src/analysis/base/errors';
import { NetworkBuilder } from '../../../../src/analysis/network/builder';
import type { Network } from '../../../../src/analysis/network/network';
import { analysisError } from '../../../support/analysisError';

/** Two outputs of different widths, from two inputs. */
const names = { x: 3, direction: 1 };

/** Doubles x, sums it with the direction, and notes how many images it is given at a time. */
class Doubling implements Session {
  readonly given: number[] = [];
  released = 0;

  constructor(private readonly failure?: Error) {}

  run: Session['run'] = ({ x, direction }, shapes) => {
    if (this.failure) return Promise.reject(this.failure);
    const [images] = x.shape;
    this.given.push(images);
    assert.deepEqual(shapes, { twice: [images, 3], sum: [images, 1] });
    const sum = direction.data.map((entry, i) => entry + x.data[3 * i]);
    return Promise.resolve({ twice: x.data.map((entry) => 2 * entry), sum });
  };

  release = (): Promise<void> => {
    this.released++;
    return Promise.resolve();
  };
}

function batch(images: number): Parameters<Session['run']> {
  const feeds = Object.entries(names).map(([name, width], k) => {
    const data = Float32Array.from({ length: images * width }, (_, i) => i + 100 * k);
    return [name, { data, shape: [images, width] }] as const;
  });
  return [Object.fromEntries(feeds), { twice: [images, 3], sum: [images, 1] }];
}

/** A session with so many replicas, after the work that makes it open them. */
async function opened(
  count: number,
  first = new Doubling(),
  replicas = Array.from({ length: count }, () => new Doubling()),
) {
  const session = replicated(first, { count, worthwhile: 0, open: () => replicas.map((one) => Promise.resolve(one)) });
  await session.run(...batch(count));
  await new Promise((resolve) => setImmediate(resolve));
  return { session, first, replicas };
}

describe('the replicas of a session', () => {
  it('share the images of a batch, in order', async () => {
    const { session, first, replicas } = await opened(3);
    const expected = await new Doubling().run(...batch(8));
    assert.deepEqual(await session.run(...batch(8)), expected);
    assert.deepEqual(first.given, [3]);
    assert.deepEqual(
      replicas.map(({ given }) => given),
      [[2], [3], [3]],
    );
  });

  it('leave a batch of less than half of them, and a single image, to the first session', async () => {
    const four = await opened(4);
    for (const images of [1, 2, 3]) await four.session.run(...batch(images));
    assert.deepEqual(four.first.given, [4, 1]);
    assert.deepEqual(
      four.replicas.map(({ given }) => given),
      [[1, 1], [1, 1], [1], []],
    );
    const six = await opened(6);
    await six.session.run(...batch(2));
    assert.deepEqual(six.first.given, [6, 2]);
  });

  it('are made once the first session has worked as long as they are worth, by batches that they would share', async () => {
    let makes = 0;
    const open = () => {
      makes++;
      return [];
    };
    const idle = replicated(new Doubling(), { count: 2, worthwhile: 1e9, open });
    await idle.run(...batch(4));
    const alone = replicated(new Doubling(), { count: 2, worthwhile: 0, open });
    await alone.run(...batch(1));
    assert.equal(makes, 0);
    await alone.run(...batch(4));
    await alone.run(...batch(4));
    assert.equal(makes, 1);
  });

  it('are let go of where not all can be made, and with the session', async () => {
    const kept = new Doubling();
    const session = replicated(new Doubling(), {
      count: 2,
      worthwhile: 0,
      open: () => [Promise.resolve(kept), Promise.reject(new AnalysisError('limit-exceeded', 'no memory'))],
    });
    await session.run(...batch(2));
    await session.run(...batch(2));
    assert.deepEqual([kept.given, kept.released], [[], 1]);
    const whole = await opened(2);
    await whole.session.release();
    assert.deepEqual(
      [whole.first, ...whole.replicas].map(({ released }) => released),
      [1, 1, 1],
    );
  });

  it('fail a batch as the session would', async () => {
    const failing = new Doubling(new AnalysisError('limit-exceeded', 'no memory'));
    const { session } = await opened(2, new Doubling(), [new Doubling(), failing]);
    await assert.rejects(session.run(...batch(4)), analysisError('limit-exceeded', /no memory/));
  });

  it('are as many as there are threads, fewer with heavy weights', () => {
    const weighing = (bytes: number): Network => {
      const b = new NetworkBuilder();
      const x = b.input('x', [-1, 1]);
      return { inputs: { x }, outputs: { y: b.matMul(x, b.constant(new Float32Array(bytes / 4), [1, bytes / 4])) } };
    };
    assert.deepEqual(
      [2 ** 10, 2 ** 26, 2 ** 27 - 4, 2 ** 27].map((bytes) => replicaCount(weighing(bytes), 8)),
      [8, 4, 2, 1],
    );
  });
});
