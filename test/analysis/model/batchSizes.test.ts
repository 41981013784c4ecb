import assert from 'node:assert/strict';

import { AnalysisError } from '../../../src/analysis/base/errors';
import { BatchingClassifier, type BatchingOptions } from '../../../src/analysis/model/batchingClassifier';
import { classifier, held, open, point } from '../../support/batches';

describe('the size of batches', () => {
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
});
