import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { Executable } from '../../../src/analysis/backends/backend';
import { AnalysisError } from '../../../src/analysis/base/errors';
import { BatchingClassifier, type BatchingOptions } from '../../../src/analysis/model/batchingClassifier';
import { CountingClassifier } from '../../../src/analysis/model/countingClassifier';

/** f(x) = (x₀, x₁): logits and gradients can be read off; every run's batch size is recorded, and seen while it runs. */
function open(batches: number[], seen: (images: number) => void = () => undefined): BatchingOptions['open'] {
  const run: Executable['run'] = (feeds) => {
    const { data, shape } = feeds['x'];
    batches.push(shape[0]);
    seen(shape[0]);
    const logits = Float32Array.from(data);
    const cotangent = 'cotangent' in feeds ? feeds['cotangent'].data : [];
    if ('direction' in feeds) return Promise.resolve({ product: Float32Array.from(data) });
    return Promise.resolve({ logits, gradient: Float32Array.from(cotangent) });
  };
  const executable = Promise.resolve({ run, dispose: () => Promise.resolve() });
  return () => executable;
}

function classifier(batches: number[], batch?: number, memory = 1024): BatchingClassifier {
  return new BatchingClassifier({
    open: open(batches),
    image: [2],
    classes: 2,
    smoothness: 'smooth',
    batch,
    memoryLimit: () => Promise.resolve(memory),
    bytesOfImage: () => Promise.resolve(1),
  });
}

const point = (i: number): Float64Array => Float64Array.of(i, -i);

/** Logits like those above of a backend that answers, or fails with an error, only when it is told to, run by run. */
function held(batch: number) {
  const answers: ((failure?: Error) => void)[] = [];
  const given: number[] = [];
  const run: Executable['run'] = ({ x: { data, shape } }) => {
    given.push(shape[0]);
    const logits = data.slice();
    return new Promise((resolve, reject) => {
      answers.push((failure) => {
        if (failure) reject(failure);
        else resolve({ logits });
      });
    });
  };
  const executable = Promise.resolve({ run, dispose: () => Promise.resolve() });
  const shared = new BatchingClassifier({
    ...{ open: () => executable, image: [2], classes: 2, smoothness: 'smooth', batch },
    memoryLimit: () => Promise.resolve(1024),
    bytesOfImage: () => Promise.resolve(1),
  });
  const turns = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  return { shared, given, answers, turns };
}

describe('the batching classifier', () => {
  it('answers the calls of all waiting tasks in one batch', async () => {
    const batches: number[] = [];
    const shared = classifier(batches, 64);
    const answers = await Promise.all([1, 2, 3, 4].map((i) => shared.logits(point(i))));
    assert.deepEqual(batches, [4]);
    assert.deepEqual(
      answers.map(([first]) => first),
      [1, 2, 3, 4],
    );
  });

  it('waits until every task has asked: tasks of unequal pace still fill batches', async () => {
    const batches: number[] = [];
    const shared = classifier(batches, 64);
    const task = async (steps: number): Promise<void> => {
      for (let i = 0; i < steps; i++) await shared.logits(point(i));
    };
    await Promise.all([task(3), task(3), task(1)]);
    assert.deepEqual(batches, [3, 2, 2]);
  });

  it('splits what exceeds the batch size, and keeps the order of the answers', async () => {
    const batches: number[] = [];
    const shared = classifier(batches, 3);
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => shared.logits(point(i))));
    assert.deepEqual(batches, [3, 3, 2]);
    assert.deepEqual(
      answers.map(([first]) => first),
      [0, 1, 2, 3, 4, 5, 6, 7],
    );
  });

  it('gives the backend a second full batch while it runs the first, and no third', async () => {
    const { shared, given, answers, turns } = held(3);
    const all = Promise.all(Array.from({ length: 11 }, (_, i) => shared.logits(point(i))));
    await turns();
    assert.deepEqual(given, [3, 3]);
    answers[0]();
    await turns();
    assert.deepEqual(given, [3, 3, 3]);
    // The last two are no full batch: who is answered may have more for it.
    answers[1]();
    await turns();
    assert.deepEqual(given, [3, 3, 3]);
    answers[2]();
    await turns();
    assert.deepEqual(given, [3, 3, 3, 2]);
    answers[3]();
    assert.deepEqual(
      (await all).map(([first]) => first),
      Array.from({ length: 11 }, (_, i) => i),
    );
  });

  it('fills batches up to the size of those before where other sizes cost the backend a preparation', async () => {
    const batches: number[] = [];
    const prepared = (images: number): void => {
      const end = performance.now() + (images === batches.at(-2) ? 0 : 100);
      while (performance.now() < end);
    };
    const shared = new BatchingClassifier({
      ...{ open: open(batches, prepared), image: [2], classes: 2, smoothness: 'smooth', batch: 6, keepsSize: true },
      memoryLimit: () => Promise.resolve(1024),
      bytesOfImage: () => Promise.resolve(1),
    });
    for (const images of [4, 6, 1, 3]) {
      const points = Array.from({ length: images }, (_, i) => point(10 * images + i));
      const asked = points.map((x) => shared.gradients(x, [x]));
      assert.deepEqual(
        (await Promise.all(asked)).map(({ logits, gradients }) => [logits, gradients]),
        points.map((x) => [x, [x]]),
      );
    }
    assert.deepEqual(batches, [4, 6, 6, 6]);
    const [{ images, fill }] = shared.statistics().batches;
    assert.deepEqual([images, fill], [14, 14 / 24]);
  });

  it('fills batches up no further where they take too long, or memory does not suffice', async () => {
    const given: number[] = [];
    // One batch after the other, as on a device.
    let turn: Promise<unknown> = Promise.resolve();
    const shared = new BatchingClassifier({
      ...{ image: [2], classes: 2, smoothness: 'smooth', batch: 8, keepsSize: true },
      open: () =>
        Promise.resolve({
          run: ({ x: { data, shape } }) => {
            const isPrepared = shape[0] === given.at(-1);
            given.push(shape[0]);
            if (shape[0] === 4) return Promise.reject(new AnalysisError('limit-exceeded', 'no memory'));
            // To prepare for a size takes long of every size, and to run it of one.
            const time = !isPrepared || shape[0] === 8 ? 1100 : 0;
            turn = turn.then(() => new Promise((resolve) => setTimeout(resolve, time)));
            return turn.then(() => ({ logits: data.slice() }));
          },
          dispose: () => Promise.resolve(),
        }),
      memoryLimit: () => Promise.resolve(1024),
      bytesOfImage: () => Promise.resolve(1),
    });
    const ask = (images: number) => Promise.all(Array.from({ length: images }, (_, i) => shared.logits(point(i))));
    await ask(8);
    await ask(8);
    await ask(3);
    await ask(3);
    await ask(4);
    await ask(1);
    assert.deepEqual(given, [8, 8, 3, 3, 4, 2, 2, 2]);
  });

  it('rejects what the backend still computes when it is stopped', async () => {
    const { shared, given, answers, turns } = held(3);
    const asked = Array.from({ length: 8 }, (_, i) => shared.logits(point(i)));
    await turns();
    assert.deepEqual(given, [3, 3]);
    const reason = new AnalysisError('cancelled', 'stopped');
    shared.stop(reason);
    for (const one of asked) await assert.rejects(one, reason);
    // Answers that come too late change nothing, and there is nothing more to run.
    answers[0](new AnalysisError('limit-exceeded', 'no memory'));
    answers[1]();
    await turns();
    assert.deepEqual(given, [3, 3]);
    await assert.rejects(shared.logits(point(0)), reason);
  });

  it('answers the other batch where one of two fails, and what is asked after', async () => {
    const { shared, given, answers, turns } = held(2);
    const asked = Array.from({ length: 4 }, (_, i) => shared.logits(point(i)));
    const outcomes = Promise.allSettled(asked);
    await turns();
    answers[1](new Error('device lost'));
    await turns();
    answers[0]();
    const statuses = (await outcomes).map(({ status }) => status);
    assert.deepEqual(statuses, ['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    await turns();
    const later = shared.logits(point(5));
    await turns();
    assert.deepEqual(given, [2, 2, 1]);
    answers[2]();
    assert.deepEqual(await later, point(5));
  });

  it('halves the batch once where there is no memory for either of two, and counts each by its own size', async () => {
    const { shared, given, answers, turns } = held(8);
    const scarce = new AnalysisError('limit-exceeded', 'no memory');
    const points = Array.from({ length: 24 }, (_, i) => point(i));
    const all = Promise.all(points.map((x) => shared.logits(x)));
    await turns();
    answers[0](scarce);
    answers[1](scarce);
    await turns();
    assert.deepEqual(given, [8, 8, 4, 4]);
    for (let i = 2; i < 8; i++) {
      answers[i]();
      await turns();
    }
    assert.deepEqual(await all, points);
    const [{ limit, runs, fill }] = shared.statistics().batches;
    assert.deepEqual([limit, runs, fill], [4, 6, 1]);
  });

  for (const [smallestBatch, expected] of [
    [undefined, [8, 4, 4, 2, 2, 1, 1, 1, 1]],
    [2, [8, 4, 4, 2, 2, 2, 2]],
  ] as const) {
    it(`halves the batch while one takes long, to no less than ${smallestBatch ?? 'an image'}`, async () => {
      const batches: number[] = [];
      const shared = new BatchingClassifier({
        ...{
          open: open(batches),
          image: [2],
          classes: 2,
          smoothness: 'smooth',
          batch: 8,
          ...(smallestBatch && { smallestBatch }),
        },
        memoryLimit: () => Promise.resolve(1024),
        bytesOfImage: () => Promise.resolve(1),
      });
      const now = performance.now.bind(performance);
      let clock = 0;
      performance.now = () => (clock += 10_000);
      try {
        for (let i = 0; i < 3; i++) await Promise.all(Array.from({ length: 8 }, (_, i) => shared.logits(point(i))));
      } finally {
        performance.now = now;
      }
      assert.deepEqual(batches, expected);
    });
  }

  for (const [each, largest] of [
    [0.03, 64],
    [1, 8],
  ] as const) {
    it(`makes batches no larger than ${largest} where larger ones are no faster, at ${each} ms an image`, async () => {
      const batches: number[] = [];
      let clock = 0;
      const timed = open(batches, (images) => (clock += each * images));
      const shared = new BatchingClassifier({
        ...{ open: timed, image: [2], classes: 2, smoothness: 'smooth' },
        memoryLimit: () => Promise.resolve(1024),
        bytesOfImage: () => Promise.resolve(1),
      });
      const now = performance.now.bind(performance);
      performance.now = () => clock;
      try {
        await Promise.all(Array.from({ length: 1024 }, (_, i) => shared.logits(point(i))));
      } finally {
        performance.now = now;
      }
      assert.equal(Math.max(...batches), largest);
    });
  }

  it('has no batch that is more than full, though the one before it had no memory', async () => {
    const { shared, answers, turns } = held(8);
    const all = Promise.all(Array.from({ length: 16 }, (_, i) => shared.logits(point(i))));
    await turns();
    answers[0](new AnalysisError('limit-exceeded', 'no memory'));
    await turns();
    for (let i = 1; i < 4; i++) {
      answers[i]();
      await turns();
    }
    await all;
    assert.equal(shared.statistics().batches[0].fill, 1);
  });

  it('lets go of what it has answered, though its queue never runs empty', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const shared = classifier([], 1);
    const points: WeakRef<Float64Array>[] = [];
    const task = async (): Promise<void> => {
      for (let i = 0; i < 50; i++) {
        const x = point(i);
        points.push(new WeakRef(x));
        await shared.logits(x);
      }
    };
    const tasks = Promise.all([task(), task(), task()]);
    while (points.length < 120) await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    assert.equal(points[0].deref(), undefined);
    await tasks;
  });

  it('never makes a batch larger than memory allows', async () => {
    const batches: number[] = [];
    const shared = classifier(batches, undefined, 5);
    for (let round = 0; round < 6; round++) {
      await Promise.all(Array.from({ length: 40 }, (_, i) => shared.logits(point(i))));
    }
    assert.ok(Math.max(...batches) <= 5, `a batch of ${Math.max(...batches)}`);
  });

  it('goes on with half the batch where the backend has no memory for it, down to a single image', async () => {
    const batches: number[] = [];
    const halved: number[] = [];
    const scarce = (most: number): BatchingClassifier => {
      const options: BatchingOptions = {
        ...{
          image: [2],
          classes: 2,
          smoothness: 'smooth',
          batch: 16,
          memoryLimit: () => Promise.resolve(1024),
          bytesOfImage: () => Promise.resolve(1),
        },
        halved: (images) => halved.push(images),
        open: async (...kind) => {
          const executable = await open(batches)(...kind);
          const refused = new AnalysisError('limit-exceeded', 'no memory');
          return {
            ...executable,
            run: (feeds) => (feeds['x'].shape[0] > most ? Promise.reject(refused) : executable.run(feeds)),
          };
        },
      };
      return new BatchingClassifier(options);
    };
    const points = Array.from({ length: 20 }, (_, i) => point(i));
    const little = scarce(3);
    const answers = await Promise.all(points.map((x) => little.logits(x)));
    assert.deepEqual(answers, points);
    assert.ok(Math.max(...batches) <= 3);
    // Twice where two were under way.
    assert.deepEqual([...new Set(halved)], [16, 8, 4]);
    const nothing = scarce(0);
    const outcomes = await Promise.allSettled(points.map((x) => nothing.logits(x)));
    for (const outcome of outcomes) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof AnalysisError);
    }
  });

  it('writes gradients where it is told to, also through what counts them, in parts too', async () => {
    const shared = new BatchingClassifier({
      ...{ open: open([]), image: [2], classes: 2, smoothness: 'smooth', cotangentLimit: () => Promise.resolve(2) },
      memoryLimit: () => Promise.resolve(1024),
      bytesOfImage: () => Promise.resolve(1),
    });
    const cotangents = [point(1), point(2), point(3)];
    const into = [new Float64Array(2), new Float64Array(2)];
    const { gradients } = await new CountingClassifier(shared).gradients(point(0), cotangents, into);
    assert.deepEqual(gradients, cotangents);
    assert.ok(gradients[0] === into[0] && gradients[1] === into[1]);
  });

  it('returns a gradient for each cotangent', async () => {
    const shared = classifier([], 4);
    const cotangents = [Float64Array.of(1, 0), Float64Array.of(0, 1)];
    const { logits, gradients } = await shared.gradients(point(3), cotangents);
    assert.deepEqual([...logits], [3, -3]);
    assert.deepEqual(
      gradients.map((gradient) => [...gradient]),
      [
        [1, 0],
        [0, 1],
      ],
    );
  });

  it('returns a product of the Hessian with a direction', async () => {
    const product = await classifier([], 4).hessianProduct(point(2), Float64Array.of(1, 0), Float64Array.of(1, 1));
    assert.deepEqual([...product], [2, -2]);
  });

  it('rejects what waits when it is stopped, and all that is asked after', async () => {
    const shared = classifier([], 4);
    const waiting = shared.logits(point(1));
    shared.stop(new AnalysisError('cancelled', 'stopped by the test'));
    await assert.rejects(waiting, { code: 'cancelled' });
    await assert.rejects(shared.logits(point(1)), { code: 'cancelled' });
  });

  it('refuses logits that are not finite, for that point alone', async () => {
    const shared = classifier([], 4);
    const [bad, good] = await Promise.allSettled([shared.logits(Float64Array.of(NaN, 0)), shared.logits(point(1))]);
    assert.equal(bad.status === 'rejected' && (bad.reason as AnalysisError).code, 'invalid-input');
    assert.equal(good.status, 'fulfilled');
  });

  it('refuses gradients and Hessian products that are not finite, for that point alone', async () => {
    const shared = classifier([], 4);
    const [bad, good] = await Promise.allSettled([
      shared.gradients(point(1), [Float64Array.of(Infinity, 0)]),
      shared.gradients(point(1), [Float64Array.of(1, 0)]),
    ]);
    assert.equal(bad.status === 'rejected' && (bad.reason as AnalysisError).code, 'invalid-input');
    assert.match(bad.status === 'rejected' ? (bad.reason as AnalysisError).message : '', /gradients must be finite/);
    assert.equal(good.status, 'fulfilled');
    const product = shared.hessianProduct(Float64Array.of(NaN, 0), Float64Array.of(1, 0), Float64Array.of(1, 0));
    await assert.rejects(product, { code: 'invalid-input', message: /second derivatives must be finite/ });
  });

  it('says how full its batches were', async () => {
    const shared = classifier([], 4);
    await Promise.all(Array.from({ length: 6 }, (_, i) => shared.logits(point(i))));
    const [batch] = shared.statistics().batches;
    assert.deepEqual([batch.runs, batch.images, batch.fill], [2, 6, 0.75]);
  });

  it('answers a stop while a kind of call is made ready, and makes no session of it', async () => {
    let [asked, opened] = [0, 0];
    let ready: ((limit: number) => void) | undefined;
    const shared = new BatchingClassifier({
      ...{ image: [2], classes: 2, smoothness: 'smooth' },
      open: () => Promise.reject(new Error(`session ${++opened}`)),
      memoryLimit: () => {
        asked++;
        return new Promise((resolve) => {
          ready = resolve;
        });
      },
      bytesOfImage: () => Promise.resolve(1),
    });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const call = shared.gradients(point(1), [point(1)]);
    for (let i = 0; i < 10; i++) await turn();
    assert.equal(asked, 1);
    shared.stop(new Error('cancelled'));
    await assert.rejects(call, /cancelled/);
    assert.ok(ready);
    ready(8);
    for (let i = 0; i < 10; i++) await turn();
    assert.equal(opened, 0);
  });

  it('passes on why a kind of call cannot be made ready', async () => {
    const shared = new BatchingClassifier({
      ...{ image: [2], classes: 2, smoothness: 'smooth', open: open([]) },
      memoryLimit: (kind) => (kind === 'logits' ? Promise.resolve(8) : Promise.reject(new Error('no gradient'))),
      bytesOfImage: () => Promise.resolve(1),
    });
    const both = [shared.gradients(point(1), [point(1)]), shared.gradients(point(2), [point(1)])];
    for (const call of both) await assert.rejects(call, /no gradient/);
    assert.equal((await shared.logits(point(3)))[0], 3);
  });
});
