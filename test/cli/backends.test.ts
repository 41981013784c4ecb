import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import type { KeptChoice } from '../../src/analysis/model/chosenBackend';
import { ArtefactStore } from '../../src/analysis/study/artefacts';
import { artefactOptions } from '../../src/analysis/study/cacheFolder';
import type { Report } from '../../src/protocol/report';
import { cli } from '../support/cli';
import { temporaryFolder } from '../support/temporaryFolder';

const few = ['samples/relu/lenet-mnist.onnx', '--images', 'samples/mnist', '--limit', '4'];

/** Ends each thread of sessions when it is asked more than so often. */
const mortal = `
const { isMainThread, parentPort } = require('node:worker_threads');
let asked = 0;
if (!isMainThread) parentPort?.on('message', () => ++asked > Number(process.env.MOST_QUESTIONS) && process.exit(1));`;

describe('a thread of sessions that ends', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const evaluate = (most: number, out: string) => {
    const preload = path.join(folder(), 'mortal.cjs');
    writeFileSync(preload, mortal);
    const env = { NODE_OPTIONS: `--require "${preload}"`, MOST_QUESTIONS: String(most) };
    return cli(['evaluate', ...few, '--backend', 'onnxruntime', '--yes', '--out', path.join(folder(), out)], { env });
  };
  const report = (name: string) => JSON.parse(readFileSync(path.join(folder(), name), 'utf8')) as Report;

  it('is followed by another, and the numbers are the same', async () => {
    const [whole, mended] = [await evaluate(1e9, 'whole.json'), await evaluate(3, 'mended.json')];
    assert.deepEqual([whole.code, mended.code], [0, 0]);
    assert.deepEqual(report('mended.json').analyses, report('whole.json').analyses);
  });

  it('ends the run with exit code 1 where none lives, with the reason and what was found', async () => {
    const { code, stderr } = await evaluate(0, 'lost.json');
    assert.equal(code, 1);
    assert.match(stderr, /the backend onnxruntime .* is of no use any more: the thread .* \[device-lost\]/);
    assert.match(stderr, /What was found is in .*lost\.json; without a cache folder --resume begins anew\./);
    assert.equal(report('lost.json').manifest.state, 'failed');
  });
});

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
    assert.match(stdout, /^cuda +missing +There is no graphics card of NVIDIA’s here/m);
    assert.match(stdout, /^directml +missing +DirectML is a part of Windows/m);
    assert.match(stdout, /^coreml +missing +CoreML is a part of macOS/m);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 120, line);
  });

  it('end a run that names the missing one, with what mends it', async () => {
    const { code, stderr } = await cli(['evaluate', ...few, '--backend', 'webgpu'], without());
    assert.equal(code, 2);
    assert.match(stderr, /There is no Vulkan driver here\..*apt-get install .*\[invalid-input\]/);
    // And with what is here instead.
    assert.match(stderr, /^onnxruntime +ready/m);
  });

  it('are listed to who names one that is none, with why the rest is not here', async () => {
    const { code, stderr } = await cli(['evaluate', ...few, '--backend', 'cudaa'], without());
    assert.equal(code, 2);
    assert.match(stderr, /'cudaa' is invalid\. Allowed choices are auto, onnxruntime, webgpu, cuda/);
    assert.match(stderr, /^onnxruntime +ready/m);
    assert.match(stderr, /^webgpu +missing +There is no Vulkan driver/m);
  });

  it('end a run that asks for no threads, or for a card where there is none to choose', async () => {
    const threads = await cli(['evaluate', ...few, '--threads', '0'], without());
    assert.equal(threads.code, 2);
    assert.match(
      threads.stderr,
      /'--threads <n>' argument '0' is invalid\. It must be a whole number of at least 1 and/,
    );
    const many = await cli(['evaluate', ...few, '--threads', '5000'], without());
    assert.equal(many.code, 2);
    assert.match(many.stderr, /'--threads <n>' argument '5000' is invalid\. It must be .* of at most 1024\./);
    const card = await cli(['evaluate', ...few, '--backend', 'onnxruntime', '--device', '1'], without());
    assert.equal(card.code, 2);
    assert.match(card.stderr, /--device chooses a card for cuda and directml, and not for onnxruntime/);
    const missing =
      /^There is no card 7 for auto: --device counts CUDA’s cards, and CUDA is not ready here\. Leave --device\sout/m;
    const auto = await cli(['evaluate', ...few, '--device', '7'], without());
    assert.equal(auto.code, 2);
    assert.match(auto.stderr, missing);
    const { stdout } = await cli(['backends', '--device', '7'], without());
    assert.match(stdout, missing);
    assert.doesNotMatch(stdout, /if in doubt/);
    // Which card there is not is no matter of which backends there are.
    assert.doesNotMatch(card.stderr, /^onnxruntime +ready/m);
  });

  it('have a card of NVIDIA’s with what is missing for it, and which cards there are', async () => {
    const bin = path.join(empty(), 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(path.join(bin, 'nvidia-smi'), '#!/bin/sh\necho "0, GPU-1, NVIDIA H200, 570.1, 1000"\n', {
      mode: 0o755,
    });
    const env = { ...without().env, PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}`, HOME: empty() };
    const { stdout } = await cli(['backends', '--json'], { env });
    const cuda = (JSON.parse(stdout) as { id: string; reason: string }[]).find(({ id }) => id === 'cuda');
    assert.match(cuda?.reason ?? '', /“npm run setup:cuda|does not work with what is here \(NVIDIA H200/);
    const second = await cli(['evaluate', ...few, '--backend', 'cuda', '--device', '1'], { env });
    assert.equal(second.code, 2);
    assert.match(second.stderr, /--device must be one of CUDA’s cards, 0 \(NVIDIA H200\), got 1/);
    const hidden = await cli(['evaluate', ...few, '--backend', 'cuda'], { env: { ...env, CUDA_VISIBLE_DEVICES: '5' } });
    assert.match(hidden.stderr, /CUDA_VISIBLE_DEVICES=5 leaves no card/);
  });
});

describe('what auto took for models so far', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const reason =
    'its gradients are 3e-2 of the largest entry off, first in ConvTranspose, and its logits 1e-2 of theirs';
  const listed = async (name: string, models: readonly string[], ...args: string[]) => {
    const cache = path.join(folder(), name);
    const store = new ArtefactStore(artefactOptions({ BOUNDARY_LENS_CACHE: cache }));
    for (const [i, model] of models.entries()) {
      const refused = [{ id: 'webgpu', reason }] as const;
      const kept: KeptChoice = {
        model,
        sha256: (i % 16).toString(16).repeat(64),
        ids: ['onnxruntime', 'cuda'],
        refused,
      };
      await store.choices.keep([i], kept);
      // With the driver of before.
      await store.choices.keep([i, 'before'], kept);
    }
    return (await cli(['backends', ...args], { cache })).stdout;
  };

  it('is listed by model, with why not another, in lines that fit a terminal', async () => {
    const stdout = await listed('few', ['lenet.onnx', 'model.json', 'model.json', `${'long'.repeat(30)}.onnx`]);
    assert.match(stdout, /^lenet\.onnx +onnxruntime +webgpu: its gradients are 3e-2/m);
    // Of one name, told apart.
    assert.match(stdout, /^model\.json 11111111 +onnxruntime/m);
    assert.match(stdout, /^model\.json 22222222 +onnxruntime/m);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 120, line);
  });

  it('is cut to ten models, and whole in JSON', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `model${i}.onnx`);
    const stdout = await listed('many', names);
    assert.equal(stdout.match(/^model\d+\.onnx/gm)?.length, 10);
    assert.match(stdout, /^And 2 models more: --json has all\.$/m);
    const entries = JSON.parse(await listed('many', [], '--json')) as { id: string; chosen?: { model: string }[] }[];
    const { chosen = [] } = entries.find(({ id }) => id === 'auto') ?? {};
    assert.deepEqual(chosen.map(({ model }) => model).sort(), names.sort());
    const first = chosen.find(({ model }) => model === 'model0.onnx');
    const refused = [{ id: 'webgpu', reason }];
    assert.deepEqual(first, { model: 'model0.onnx', sha256: '0'.repeat(64), backend: 'onnxruntime', refused });
  });

  it('is not spoken of where it took nothing yet, or a file is damaged', async () => {
    assert.doesNotMatch(await listed('none', []), /auto took/);
    mkdirSync(path.join(folder(), 'damaged', 'choices'), { recursive: true });
    writeFileSync(path.join(folder(), 'damaged', 'choices', '0.artefact'), 'not one');
    assert.doesNotMatch(await listed('damaged', []), /auto took/);
  });
});
