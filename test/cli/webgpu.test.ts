import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { cli, cliReport } from '../support/cli';
import { temporaryFolder } from '../support/temporaryFolder';

const few = ['evaluate', 'samples/relu/lenet-mnist.onnx', '--images', 'samples/mnist', '--limit', '4'];

/** Shows a graphics card where there is none. */
const aCard = `
const fs = require('node:fs');
const { existsSync, readdirSync } = fs;
fs.existsSync = (place) => place === '/dev/dri' || existsSync(place);
fs.readdirSync = (place, ...rest) => (place === '/dev/dri' ? ['renderD128'] : readdirSync(place, ...rest));`;

describe('the command line on WebGPU', function () {
  this.timeout(240_000);

  it('finds the margins that onnxruntime finds, and says in the report what ran', async () => {
    const [ours, theirs] = [await cliReport(few), await cliReport([...few, '--backend', 'webgpu'])];
    const { backend } = theirs.manifest;
    assert.deepEqual([backend.id, backend.provider, backend.refused], ['webgpu', 'WebGpuExecutionProvider', []]);
    assert.notEqual(backend.device, '');
    assert.equal(
      theirs.manifest.notes.some((note) => note.includes('webgpu is played by the processor')),
      /swiftshader|llvmpipe|lvp/i.test(backend.device),
    );
    assert.ok(!ours.manifest.notes.some((note) => note.includes('played by the processor')));
    const margins = (report: typeof ours) => report.analyses.evaluate?.images?.map(({ margin }) => margin) ?? [];
    assert.equal(margins(theirs).length, 4);
    margins(ours).forEach((margin, i) => {
      assert.ok(Math.abs((margins(theirs)[i] ?? 0) / margin - 1) < 1e-4);
    });
  });
});

describe('what auto took', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();

  it('is listed by backends with what it passed over, and tried anew only once the driver is another', async function () {
    const manifest = process.env['VK_DRIVER_FILES'] ?? '';
    if (process.platform !== 'linux' || manifest === '') this.skip();
    const file = (name: string) => path.join(folder(), name);
    const software = JSON.parse(readFileSync(manifest, 'utf8')) as { ICD: { library_path: string } };
    const library = path.resolve(path.dirname(manifest), software.ICD.library_path);
    const installDriver = () => {
      copyFileSync(library, file('libcard.so'));
    };
    writeFileSync(file('card.cjs'), aCard);
    writeFileSync(
      file('card.json'),
      JSON.stringify({ ...software, ICD: { ...software.ICD, library_path: './libcard.so' } }),
    );
    const env = { VK_DRIVER_FILES: file('card.json'), NODE_OPTIONS: `--require "${file('card.cjs')}"` };
    const options = { env, cache: file('cache') };
    const tries = async () => {
      const { code, stderr } = await cli([...few, '--yes'], options);
      assert.equal(code, 0, stderr);
      return stderr.includes('Trying the backend');
    };
    installDriver();
    assert.deepEqual([await tries(), await tries()], [true, false]);
    installDriver();
    assert.ok(await tries());
    const { stdout } = await cli(['backends'], options);
    assert.match(stdout, /^lenet-mnist\.onnx +(onnxruntime +webgpu|webgpu +onnxruntime): \S/m);
    assert.equal(stdout.match(/^lenet/gm)?.length, 1);
  });
});
