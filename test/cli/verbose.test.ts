import assert from 'node:assert/strict';

import type { Report } from '../../src/protocol/report';
import { cli } from '../support/cli';
import { assertReport } from '../support/reportSchema';
import { temporaryFolder } from '../support/temporaryFolder';

const model = 'samples/relu/lenet-mnist.onnx';
const boundary = ['boundary', model, '--images', 'samples/mnist', '--limit', '6', '--threads', '1'];

function parsed(text: string): Report {
  const report: unknown = JSON.parse(text);
  assertReport(report);
  return report;
}

describe('--verbose', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();

  it('tells on stderr what runs on what, the stages, batches and passes; stdout is the report alone', async () => {
    const { code, stdout, stderr } = await cli([...boundary, '--json', '--quiet', '--verbose']);
    assert.equal(code, 0, stderr);
    const { model, preprocessing, backend, cost } = parsed(stdout).manifest;
    const first = (name: string): string => new RegExp(`^${name} +(.*)$`, 'm').exec(stderr)?.[1] ?? '';
    assert.ok(first('Model').includes(model.format), stderr);
    assert.ok(first('Model').includes(`input ${model.inputShape.join(' × ')}`), stderr);
    assert.match(first('Classes'), new RegExp(`^${model.classes.length}: `));
    assert.equal(first('Preprocessing from'), preprocessing.source);
    assert.ok(first('Backend').startsWith(`${backend.id} ${backend.version} (${backend.provider})`), stderr);
    assert.ok(first('Backend').endsWith('1 thread'), stderr);
    assert.equal(first('Cache'), 'off');
    assert.match(stderr, /^Reading the model: [\d.]+ s$/m);
    assert.match(stderr, /^[A-Z].*boundar.*: [\d.]+ s$/m);
    assert.match(stderr, /^Batches of gradients \(\d+\) +size \d+, [\d.]+ % full: \d+ images in \d+ batch(es)?$/m);
    assert.ok(first('Computed').includes(`${cost.forwards.toLocaleString('en')} forward pass`), stderr);
    assert.equal(stderr.match(/^Model /gm)?.length, 1, 'the model is described once');
  });

  it('tells of both models that are compared', async () => {
    const models = [model, 'samples/smooth/lenet-mnist-softplus.keras'];
    const args = ['compare', ...models, '--images', 'samples/mnist', '--limit', '2', '--quiet', '--verbose'];
    const { code, stderr } = await cli(args);
    assert.equal(code, 0, stderr);
    const all = (name: string): string[] =>
      [...stderr.matchAll(new RegExp(`^${name}  +(.*)$`, 'gm'))].map(([, text]) => text);
    assert.deepEqual(all('File'), [...models, ...models], 'once for what they are, once for their batches');
    const [first, second, ...others] = all('Model');
    assert.match(first, /^ONNX.*input 1 × 28 × 28 nchw/i);
    assert.match(second, /^Keras.*input 28 × 28 × 1 nhwc/i);
    assert.deepEqual(others, []);
    for (const name of ['Classes', 'Network', 'Preprocessing', 'Preprocessing from', 'Backend', 'Batches of logits']) {
      assert.equal(all(name).length, 2, `${name}\n${stderr}`);
    }
    assert.equal(all('Cache').length, 1);
  });

  it('says where the cache is, and that nothing ran where all was found there', async () => {
    const options = { cache: folder() };
    const quiet = await cli([...boundary, '--json', '--quiet'], options);
    assert.equal(quiet.stderr, '', 'nothing without --verbose');
    // Without a look at the images before.
    const { stdout, stderr } = await cli([...boundary, '--json', '--quiet', '--verbose', '--yes'], options);
    assert.ok(stderr.includes(`${folder()}\n`), stderr);
    assert.match(stderr, /^Batches +none ran$/m);
    assert.deepEqual(parsed(stdout).analyses, parsed(quiet.stdout).analyses);
  });
});
