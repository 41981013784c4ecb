import assert from 'node:assert/strict';

import { atOnce, inTurns, type Steps } from '../../../src/analysis/base/steps';

/** Steps that each take some time. */
function* slow(count: number, done: number[] = []): Steps<number> {
  for (let i = 0; i < count; i++) {
    const end = performance.now() + 5;
    while (performance.now() < end);
    done.push(i);
    yield;
  }
  return count;
}

describe('steps', () => {
  it('come to the same at once and in turns, between which others have theirs', async () => {
    const turns: string[] = [];
    const others = setInterval(() => turns.push('another’s'), 0);
    assert.equal(atOnce(slow(20)), 20);
    assert.deepEqual(turns, []);
    assert.equal(await inTurns(slow(20)), 20);
    clearInterval(others);
    assert.ok(turns.length > 0);
  });

  it('end where a signal aborts between them', async () => {
    const controller = new AbortController();
    const done: number[] = [];
    setImmediate(() => {
      controller.abort(new Error('cancelled'));
    });
    await assert.rejects(inTurns(slow(100, done), controller.signal), /cancelled/);
    assert.ok(done.length < 100);
  });

  it('pass on what one of them throws', async () => {
    function* failing(): Steps<number> {
      yield;
      throw new Error('no such thing');
    }
    await assert.rejects(inTurns(failing()), /no such thing/);
    assert.throws(() => atOnce(failing()), /no such thing/);
  });
});
