import assert from 'node:assert/strict';

import { cliReport } from '../support/cli';

const few = ['evaluate', 'samples/relu/lenet-mnist.onnx', '--images', 'samples/mnist', '--limit', '4'];

describe('the command line on WebGPU', function () {
  this.timeout(240_000);

  it('finds the margins that onnxruntime finds, and says in the report what ran', async () => {
    const [ours, theirs] = [await cliReport(few), await cliReport([...few, '--backend', 'webgpu'])];
    const { backend } = theirs.manifest;
    assert.deepEqual([backend.id, backend.provider, backend.refused], ['webgpu', 'WebGpuExecutionProvider', []]);
    assert.notEqual(backend.device, '');
    const margins = (report: typeof ours) => report.analyses.evaluate?.images?.map(({ margin }) => margin) ?? [];
    assert.equal(margins(theirs).length, 4);
    margins(ours).forEach((margin, i) => {
      assert.ok(Math.abs((margins(theirs)[i] ?? 0) / margin - 1) < 1e-4);
    });
  });
});
