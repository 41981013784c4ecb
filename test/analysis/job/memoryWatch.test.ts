import assert from 'node:assert/strict';
import { totalmem } from 'node:os';

import type { AnalysisError } from '../../../src/analysis/base/errors';
import { watchMemory } from '../../../src/analysis/job/memoryWatch';
import { within } from '../../support/processes';

describe('the watch over this process’s memory', () => {
  it('says once, and within a second or so, that the limit was passed and what to do', async () => {
    const heard: AnalysisError[] = [];
    let used = 70;
    const watch = watchMemory(
      100,
      (error) => heard.push(error),
      () => used,
    );
    assert.deepEqual(heard, []);
    used = 130.4;
    await within('the limit to be noticed', () => heard.length > 0);
    watch.dispose();
    assert.deepEqual(
      heard.map(({ code, message }) => [code, message]),
      [
        [
          'limit-exceeded',
          'the memory of this process must stay below 100 MB, got 130 MB, 70 MB of it before it read the model; ' +
            'raise the limit, analyse fewer images, or choose a smaller batch',
        ],
      ],
    );
  });

  it('says at once that a limit is below what the process itself takes', () => {
    let message = '';
    watchMemory(
      64,
      (error) => ({ message } = error),
      () => 71,
    ).dispose();
    assert.match(message, /below 64 MB, got 71 MB, it had as much before it read the model, so that no work fits/);
  });

  it('takes half of the machine’s memory where no limit is given', () => {
    const heard: AnalysisError[] = [];
    const [total, hear] = [totalmem() / 2 ** 20, (error: AnalysisError) => heard.push(error)];
    watchMemory(undefined, hear, () => 0.49 * total).dispose();
    assert.equal(heard.length, 0);
    watchMemory(undefined, hear, () => 0.51 * total).dispose();
    assert.equal(heard.length, 1);
  });
});
