import assert from 'node:assert/strict';

import { replicated, Room } from '../../../../src/analysis/backends/onnxruntime/replicas';
import { mapped, type Session } from '../../../../src/analysis/backends/session';
import { AnalysisError } from '../../../../src/analysis/base/errors';
import { analysisError } from '../../../support/analysisError';

/** Two outputs of different widths, from two inputs. */
const names = { x: 3, direction: 1 };

/** Doubles x, sums it with the direction, and notes how many images it is given at a time. */
class Doubling implements Session {
  readonly given: number[] = [];
  released = 0;

  constructor(private readonly failure?: Error) {}

  run: Session['run'] = ({ x, direction }, results) => {
    if (this.failure) return Promise.reject(this.failure);
    const [images] = x.shape;
    this.given.push(images);
    assert.deepEqual(
      mapped(results, ({ shape }) => shape),
      { twice: [images, 3], sum: [images, 1] },
    );
    results['twice'].data.set(x.data.map((entry) => 2 * entry));
    results['sum'].data.set(direction.data.map((entry, i) => entry + x.data[3 * i]));
    return Promise.resolve();
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
  const result = (width: number) => ({ data: new Float32Array(images * width).fill(NaN), shape: [images, width] });
  return [Object.fromEntries(feeds), { twice: result(3), sum: result(1) }];
}

/** Two replicas that are always worth making. */
const alike = { wanted: 2, bytes: 1, room: new Room(100), worthwhile: 0 };

/** A session with so many replicas, after the work that makes it open them. */
async function opened(
  count: number,
  first = new Doubling(),
  replicas = Array.from({ length: count }, () => new Doubling()),
) {
  const session = replicated(first, {
    ...alike,
    wanted: count,
    open: () => replicas.map((one) => Promise.resolve(one)),
  });
  await session.run(...batch(count));
  await new Promise((resolve) => setImmediate(resolve));
  return { session, first, replicas };
}

describe('the replicas of a session', () => {
  it('share the images of a batch, in order', async () => {
    const { session, first, replicas } = await opened(3);
    const [feeds, expected] = batch(8);
    await new Doubling().run(feeds, expected);
    const [, actual] = batch(8);
    await session.run(feeds, actual);
    assert.deepEqual(actual, expected);
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
    const idle = replicated(new Doubling(), { ...alike, worthwhile: 1e9, open });
    await idle.run(...batch(4));
    const alone = replicated(new Doubling(), { ...alike, open });
    await alone.run(...batch(1));
    assert.equal(makes, 0);
    await alone.run(...batch(4));
    await alone.run(...batch(4));
    assert.equal(makes, 1);
  });

  it('are let go of where not all can be made, and with the session', async () => {
    const kept = new Doubling();
    const session = replicated(new Doubling(), {
      ...alike,
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

  it('are not made for a batch that ends after the session was let go of', async () => {
    let makes = 0;
    const open = () => {
      makes++;
      return [];
    };
    const session = replicated(new Doubling(), { ...alike, open });
    const late = session.run(...batch(4));
    await session.release();
    await late;
    assert.equal(makes, 0);
  });

  it('fail a batch as the session would', async () => {
    const failing = new Doubling(new AnalysisError('limit-exceeded', 'no memory'));
    const { session } = await opened(2, new Doubling(), [new Doubling(), failing]);
    await assert.rejects(session.run(...batch(4)), analysisError('limit-exceeded', /no memory/));
  });

  it('are as many as are wanted, fewer where each holds much, none where not two have room, until others are let go of', async () => {
    const room = new Room(100);
    const granted = async (bytes: number): Promise<readonly [number[], Session]> => {
      const counts: number[] = [];
      const open = (count: number) => {
        counts.push(count);
        return Array.from({ length: count }, () => Promise.resolve(new Doubling()));
      };
      const session = replicated(new Doubling(), { wanted: 4, bytes, room, worthwhile: 0, open });
      await session.run(...batch(8));
      return [counts, session];
    };
    const [heavy, first] = await granted(33);
    const [light, second] = await granted(0.1);
    const [late, third] = await granted(25);
    const [none] = await granted(Infinity);
    assert.deepEqual([heavy, light, late, none], [[3], [4], [], []]);
    await Promise.all([first.release(), first.release(), second.release()]);
    await third.run(...batch(8));
    assert.deepEqual(late, [4]);
  });
});
