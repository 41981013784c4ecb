import assert from 'node:assert/strict';
import path from 'node:path';

import { cli } from '../support/cli';
import { temporaryFolder } from '../support/temporaryFolder';

const few = ['samples/relu/lenet-mnist.onnx', '--images', 'samples/mnist', '--limit', '4'];

describe('the backends of a machine without a graphics card', function () {
  this.timeout(120_000);
  const empty = temporaryFolder();
  const without = () => ({ env: { VK_DRIVER_FILES: path.join(empty(), 'none.json') } });

  before(function () {
    if (process.platform !== 'linux' || process.arch !== 'x64') this.skip();
  });

  it('are told with what mends them, in lines that fit a terminal, and nothing on stderr', async () => {
    const { code, stdout, stderr } = await cli(['backends'], without());
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^onnxruntime +ready +The processor/m);
    assert.match(stdout, /^webgpu +missing +There is no Vulkan driver here\./m);
    assert.match(stdout, /apt-get install libvulkan1/);
    assert.match(stdout, /Not in this version: cuda, directml, coreml\./);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 120, line);
  });

  it('end a run that names the missing one, with what mends it', async () => {
    const { code, stderr } = await cli(['evaluate', ...few, '--backend', 'webgpu'], without());
    assert.equal(code, 2);
    assert.match(stderr, /There is no Vulkan driver here\..*apt-get install .*\[invalid-input\]/);
  });
});
