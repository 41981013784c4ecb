import assert from 'node:assert/strict';

import { cli, cliReport } from '../support/cli';

const analysis = ['analyze', 'samples/relu/lenet-mnist.onnx', '--images', 'samples/mnist', '--limit', '3'];

describe('a preset on the command line', function () {
  this.timeout(120_000);

  it('that takes long says first how long and with how much memory, and what takes less', async () => {
    let sent = false;
    const { code, stderr } = await cli([...analysis, '--preset', 'paper'], {
      onStderr: (text, child) => {
        if (sent || !text.includes('Less: ')) return;
        sent = true;
        child.kill('SIGINT');
      },
    });
    assert.equal(code, 130);
    assert.match(
      stderr,
      /3 images at this preset take about \d+ (seconds|minutes|hours), [\d.]+ [MG]B of memory on this machine\. Less: --preset distances about .*, --preset quick about .*, --preset standard about /,
    );
  });

  it('called distances finds what is right and how far the boundary is, and nothing else', async () => {
    const { analyses } = await cliReport([...analysis, '--preset', 'distances']);
    assert.deepEqual(Object.keys(analyses).sort(), ['boundary', 'evaluate']);
  });
});
