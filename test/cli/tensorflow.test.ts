import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { BackendHere } from '../../src/protocol/backends';
import { cli, cliReport } from '../support/cli';
import { temporaryFolder } from '../support/temporaryFolder';

const few = ['samples/relu/lenet-mnist.onnx', '--images', 'samples/mnist', '--limit', '4'];

describe('the command line on TensorFlow', function () {
  this.timeout(240_000);
  const empty = temporaryFolder();

  it('finds the distances that onnxruntime finds, and says in the report what ran', async () => {
    const [ours, theirs] = [
      await cliReport(['boundary', ...few]),
      await cliReport(['boundary', ...few, '--backend', 'tensorflow', '--threads', '2']),
    ];
    const { backend } = theirs.manifest;
    assert.equal(backend.id, 'tensorflow');
    assert.match(backend.provider, /^TensorFlow 2\.\d+/);
    assert.match(backend.version, /^4\.\d+\.\d+$/);
    assert.notEqual(backend.device, '');
    const distances = (report: typeof ours) => report.analyses.boundary?.images?.map(({ distance }) => distance) ?? [];
    assert.equal(distances(theirs).length, 4);
    distances(ours).forEach((distance, i) => {
      assert.ok(Math.abs((distances(theirs)[i] ?? 0) / (distance ?? 0) - 1) < 1e-3);
    });
  });

  it('finds every operator right', async () => {
    // WebGPU has a test of its own.
    const { code, stdout, stderr } = await cli(['backends', '--check'], { env: { VK_DRIVER_FILES: '' } });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /tensorflow agrees with onnxruntime in every operator and its gradients/);
    assert.equal(stderr, '');
  });

  it('takes no library from the working directory, and says why a broken one that is named does not load', async () => {
    const broken = path.join(empty(), 'node_modules', '@tensorflow', 'tfjs-node');
    mkdirSync(broken, { recursive: true });
    writeFileSync(path.join(broken, 'package.json'), '{ "version": "0.0.0" }');
    writeFileSync(path.join(broken, 'index.js'), 'throw new Error("broken on purpose");');
    const here = await cli(['backends'], { cwd: empty() });
    assert.match(here.stdout, /^tensorflow +ready /m);
    const named = await cli(['backends', '--tensorflow', empty()]);
    assert.match(
      named.stdout.replace(/\s+/g, ' '),
      /does not load: broken on purpose\. Run “npm run setup:tensorflow -- /,
    );
    rmSync(path.join(empty(), 'node_modules'), { recursive: true });
  });

  it('takes tfjs-node-gpu where it is installed, and says on what it computes', async () => {
    const [real, fake] = [
      path.resolve('.tensorflow/node_modules/@tensorflow/tfjs-node'),
      path.join(empty(), 'node_modules'),
    ];
    const packageFolder = path.join(fake, '@tensorflow', 'tfjs-node-gpu');
    mkdirSync(packageFolder, { recursive: true });
    writeFileSync(path.join(packageFolder, 'package.json'), '{ "version": "4.22.1" }');
    const asOnCard = `const tf = require(${JSON.stringify(real)}); tf.backend().isUsingGpuDevice = true; module.exports = tf;`;
    writeFileSync(path.join(packageFolder, 'index.js'), asOnCard);
    const { code, stdout } = await cli(['backends', '--json', '--tensorflow', empty()]);
    assert.equal(code, 0);
    const found = (JSON.parse(stdout) as readonly BackendHere[]).find(({ id }) => id === 'tensorflow');
    assert.match(found?.provider ?? '', /^TensorFlow 2\.\d+\.\d+, CUDA$/);
    assert.equal(found?.version, '4.22.1');
    rmSync(fake, { recursive: true });
  });

  it('ends with what mends it where TensorFlow is not there', async () => {
    const { code, stderr } = await cli(['evaluate', ...few, '--backend', 'tensorflow', '--tensorflow', empty()]);
    assert.equal(code, 2);
    assert.match(stderr, /There is no @tensorflow\/tfjs-node in .*npm run setup:tensorflow -- .*\[invalid-input\]/);
  });
});
