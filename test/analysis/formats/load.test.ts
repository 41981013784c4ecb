import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { strToU8, zipSync } from 'fflate';

import type { LoadedModel } from '../../../src/analysis/formats/format';
import { analysisError } from '../../support/analysisError';
import { interpret, tensor } from '../../support/interpreter';
import { loadedModel } from '../../support/loadedModel';
import { temporaryFolder } from '../../support/temporaryFolder';

/** Of one image of waves. */
function logits({ network, inputShape }: LoadedModel): readonly number[] {
  const count = inputShape.reduce((product, extent) => product * extent, 1);
  const x = tensor(
    [1, ...inputShape],
    Array.from({ length: count }, (_, i) => Math.sin(i)),
  );
  return [...interpret(network, { x })['logits'].data];
}

describe('a model file', () => {
  const folder = temporaryFolder();
  const written = (name: string, content: Uint8Array | string): string => {
    const path = join(folder(), name);
    writeFileSync(path, content);
    return path;
  };
  const zip = (...members: string[]): Uint8Array =>
    zipSync(Object.fromEntries(members.map((member) => [member, strToU8('content')])));

  it('is known by its content, whatever its name', async () => {
    const path = join(folder(), 'model.h5');
    copyFileSync('test/fixtures/torch/lenet.onnx', path);
    assert.equal((await loadedModel(path)).format, 'onnx');
  });

  for (const size of [512, 1024, 8192]) {
    it(`may be HDF5 behind a user block of ${size} bytes`, async () => {
      const bytes = readFileSync('test/fixtures/keras/dense-mini.h5');
      const plain = await loadedModel(written('plain.h5', bytes));
      const block = Buffer.alloc(size, 'What stands here is the user’s own. ');
      const behind = await loadedModel(written('behind.h5', Buffer.concat([block, bytes])));
      assert.deepEqual(logits(behind), logits(plain));
      assert.equal(behind.format, 'keras-h5');
    });
  }

  const foreign: readonly (readonly [name: string, content: () => Uint8Array | string, message: RegExp])[] = [
    ['a torch checkpoint', () => zip('m/data.pkl', 'm/data/0'), /never unpickled[^]*torch\.onnx\.export/],
    ['an old torch checkpoint', () => Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c), /pickle[^]*torch\.onnx\.export/],
    ['TorchScript', () => zip('m/data.pkl', 'm/constants.pkl', 'm/code/a.py'), /TorchScript/],
    ['a zipped SavedModel', () => zip('m/saved_model.pb'), /SavedModel in a zip.*Unpack/],
    ['arrays', () => zip('x.npy', 'y.npy'), /NumPy archive/],
    ['another zip', () => zip('readme.md'), /zip archive without a model/],
    ['TensorFlow Lite', () => Uint8Array.from([28, 0, 0, 0, ...strToU8('TFL3'), 0, 0]), /tf2onnx\.convert --tflite/],
    ['safetensors', () => Uint8Array.from([9, 0, 0, 0, 0, 0, 0, 0, ...strToU8('{"a":[0]}')]), /safetensors/],
    [
      'the graph of a SavedModel, cut off',
      () => Uint8Array.of(8, 1, 0x12, 0xae, 0xb9, 3),
      /no SavedModel, or is cut off/,
    ],
    ['a frozen graph', () => Uint8Array.of(0x0a, 0x20, 0x0a, 1, 0x78), /frozen TensorFlow graph/],
    ['weights of TensorFlow.js alone', () => '{"weightsManifest": []}', /weights without a model: "modelTopology"/],
    ['a Git LFS pointer', () => 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n', /git lfs pull/],
    ['a web page', () => '<!DOCTYPE html><html></html>', /HTML page/],
    ['text', () => 'import torch\n', /text file/],
    ['nothing', () => '', /is empty/],
  ];
  for (const [name, content, message] of foreign) {
    it(`is refused with what to do instead where it is ${name}`, async () => {
      await assert.rejects(loadedModel(written('file.onnx', content())), analysisError('model-unreadable', message));
    });
  }

  it('may be a folder only where that holds a SavedModel or a TensorFlow.js model', async () => {
    const saved = join(folder(), 'saved');
    mkdirSync(saved);
    await assert.rejects(loadedModel(saved), analysisError('invalid-input', /is a folder\. There is no model in it/));
    for (const name of ['net.onnx', 'net.KERAS', 'notes.txt']) writeFileSync(join(saved, name), '');
    await assert.rejects(
      loadedModel(saved),
      analysisError('invalid-input', /one of its models: net\.KERAS, net\.onnx\.$/),
    );
    writeFileSync(join(saved, 'saved_model.pb'), '');
    await assert.rejects(loadedModel(saved), analysisError('model-unreadable', /saved_model\.pb is empty/));
  });

  it('must be there, and not be larger than the limit', async () => {
    await assert.rejects(loadedModel(join(folder(), 'gone.onnx')), analysisError('invalid-input', /gone\.onnx/));
    const path = written('large.onnx', new Uint8Array(100));
    await assert.rejects(
      loadedModel(path, { maxBytes: 99 }),
      analysisError('limit-exceeded', /at most 99 bytes, got 100/),
    );
  });
});
