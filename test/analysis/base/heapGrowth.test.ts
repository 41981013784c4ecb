import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

const script = path.join(__dirname, '..', '..', 'support', 'grownHeap.js');

describe('the heap', () => {
  it('may grow to as many times of what lives as is said', () => {
    const flags = ['--expose-gc', '--trace-gc', '--trace-gc-verbose'];
    const { stdout, stderr } = spawnSync(process.execPath, [...flags, script], { encoding: 'utf8' });
    assert.equal(stderr, '');
    assert.match(stdout, /new limit: \d+ KB \(8\.0\)/);
  });
});
