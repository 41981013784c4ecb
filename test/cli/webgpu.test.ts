import assert from 'node:assert/strict';

import { cli, cliReport } from '../support/cli';

const few = ['samples/relu/lenet-mnist.onnx', '--images', 'samples/mnist', '--limit', '4'];

describe('the command line on WebGPU', function () {
  this.timeout(240_000);

  it('finds the distances that onnxruntime finds, and says in the report what ran', async () => {
    const [ours, theirs] = [
      await cliReport(['boundary', ...few]),
      await cliReport(['boundary', ...few, '--backend', 'webgpu']),
    ];
    const { backend } = theirs.manifest;
    assert.deepEqual([backend.id, backend.provider, backend.refused], ['webgpu', 'WebGpuExecutionProvider', []]);
    assert.notEqual(backend.device, '');
    const distances = (report: typeof ours) => report.analyses.boundary?.images?.map(({ distance }) => distance) ?? [];
    assert.equal(distances(theirs).length, 4);
    distances(ours).forEach((distance, i) => {
      assert.ok(Math.abs((distances(theirs)[i] ?? 0) / (distance ?? 0) - 1) < 1e-3);
    });
  });
});
