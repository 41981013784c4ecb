import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { AnalysisError } from '../../../src/analysis/base/errors';
import { BatchingClassifier } from '../../../src/analysis/model/batchingClassifier';
import { CountingClassifier } from '../../../src/analysis/model/countingClassifier';
import { classifier, held, open, point } from '../../support/batches';

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
