import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { cli } from '../support/cli';
import { assertReport } from '../support/reportSchema';
import { temporaryFolder } from '../support/temporaryFolder';

const work = ['curvature', 'samples/relu/lenet-mnist.onnx', '--images', 'samples/mnist', '--limit', '12'];

describe('the memory of the command line', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  const file = (name: string): string => path.join(folder(), name);

  it('is kept to: a limit that nothing fits in ends with 2, and says so', async () => {
    const { code, stderr } = await cli([...work, '--memory', '64']);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /must stay below 64 MB, got \d+ MB.*raise the limit.*\[limit-exceeded\]/);
  });

  it('is at most what the machine has', async () => {
    const { code, stderr } = await cli([...work, '--memory', '999999999']);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /--memory must be at most \d+, the MB of this machine, got 999999999 \[invalid-input\]/);
  });

  it('leaves the partial report where it runs out in mid-work', async () => {
    // What the process is told of its memory: little, until the test says otherwise.
    const [flag, preload, out] = [file('full'), file('meter.cjs'), file('report.json')];
    writeFileSync(
      preload,
      `process.memoryUsage.rss = () => (require('node:fs').existsSync(${JSON.stringify(flag)}) ? 500 : 50) * 2 ** 20;`,
    );
    const { code, stderr } = await cli([...work, '--eigenvalues', '100', '--memory', '400', '--out', out], {
      cache: file('cache'),
      env: { NODE_OPTIONS: `--require ${JSON.stringify(preload)}` },
      onStderr: (text) => {
        if (text.includes('Measuring the curvature')) writeFileSync(flag, '');
      },
    });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /What was found is in .*--resume goes on from there/);
    assert.match(stderr, /below 400 MB, got 500 MB, 50 MB of it before.*\[limit-exceeded\]/);
    const report: unknown = JSON.parse(readFileSync(out, 'utf8'));
    assertReport(report);
    assert.equal(report.manifest.state, 'failed');
  });
});
