import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

import type { AfterItsEnd } from '../../../support/endedThread';

const script = path.join(__dirname, '..', '..', '..', 'support', 'endedThread.js');

describe('the thread of sessions', () => {
  let ended: SpawnSyncReturns<string>;
  before(function () {
    this.timeout(120_000);
    ended = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  });
  const found = () => JSON.parse(ended.stdout) as AfterItsEnd;

  it('rejects what is pending when it fails, and what its sessions are asked later', () => {
    const { pending, later } = found();
    assert.equal(pending[0], null);
    assert.match(pending[1] ?? '', /Cannot read properties of null/);
    assert.equal(later, pending[1]);
  });

  it('takes the weights that it was lent with it, and that is said', () => {
    const { pending, weights } = found();
    assert.equal(weights, pending[1]);
  });

  it('is followed by one other, not by one for each sign of its end', () => {
    assert.equal(found().threads, 2);
  });

  it('answers what was asked of a session before it was released, however often', () => {
    const [kept, released] = found().results;
    assert.equal(released, kept);
    assert.notEqual(kept, 0);
  });

  it('lets the process end while it computes, without a crash', () => {
    assert.deepEqual([ended.status, ended.signal, ended.stderr], [0, null, '']);
  });
});
