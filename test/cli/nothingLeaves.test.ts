import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from '../support/temporaryFolder';

const analysis = ['dist/cli.js', 'analyze', 'samples/relu/lenet-mnist.onnx', '--images', 'samples/mnist'];
const few = ['--preset', 'quick', '--limit', '2', '--quiet'];

describe('a run in an empty home', function () {
  const folder = temporaryFolder();
  let root: string;
  let cache: string;
  let trace: string | null;

  before(() => {
    root = join(folder(), 'root');
    [cache, trace] = [join(root, 'cache'), join(folder(), 'connections')];
    const places = { HOME: 'home', XDG_CACHE_HOME: 'cache', XDG_CONFIG_HOME: 'config', XDG_DATA_HOME: 'data' };
    const env: NodeJS.ProcessEnv = { PATH: process.env['PATH'] };
    for (const [name, place] of Object.entries({ ...places, XDG_STATE_HOME: 'state', TMPDIR: 'tmp' })) {
      env[name] = join(root, place);
      mkdirSync(env[name], { recursive: true });
    }
    const traced = ['-f', '-e', 'trace=connect,sendto,sendmsg', '-o', trace];
    if (spawnSync('strace', [...traced, 'true']).status !== 0) trace = null;
    const [program, first] = trace === null ? [process.execPath, []] : ['strace', [...traced, process.execPath]];
    const { status, stderr } = spawnSync(program, [...first, ...analysis, ...few], { env, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });

  it('leaves no file but those of our own folder in the cache', () => {
    const files = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name));
    assert.ok(files.length > 0, 'stored results');
    assert.deepEqual(
      files.filter((file) => !file.startsWith(join(cache, 'boundary-lens'))),
      [],
    );
  });

  it('speaks to nobody, as far as the system lets that be watched', () => {
    const calls = trace === null ? '' : readFileSync(trace, 'utf8');
    assert.doesNotMatch(calls, /AF_INET/);
  });
});
