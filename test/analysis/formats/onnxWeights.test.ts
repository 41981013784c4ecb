import assert from 'node:assert/strict';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { TensorType } from '../../../src/analysis/onnx/onnxProto';
import { analysisError } from '../../support/analysisError';
import { assertClose } from '../../support/assertClose';
import { floats, node, type onnxFile, raw } from '../../support/onnxFile';
import { logits, readOnnxParts } from '../../support/onnxModel';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('the weights of an ONNX file', () => {
  const product = (weight: Parameters<typeof onnxFile>[0]['weights'], name = 'w') =>
    readOnnxParts({ nodes: [node('Mul', ['x', name], ['y'])], weights: weight ?? [], shape: ['n', 2] });

  it('may be of any float type', async () => {
    const doubles = Buffer.alloc(16);
    doubles.writeDoubleLE(1.5, 0);
    doubles.writeDoubleLE(-2, 8);
    const half = Uint8Array.of(0x00, 0x3e, 0x00, 0xc0);
    const brain = Uint8Array.of(0xc0, 0x3f, 0x00, 0xc0);
    for (const weight of [
      raw('w', TensorType.double, [2], doubles),
      raw('w', TensorType.float16, [2], half),
      raw('w', TensorType.bfloat16, [2], brain),
      { name: 'w', dims: [2], dataType: TensorType.double, doubleData: [1.5, -2] },
      { name: 'w', dims: [2], dataType: TensorType.float16, int32Data: [0x3e00, 0xc000] },
    ]) {
      assertClose(logits(await product([weight]), [1, 1]), [1.5, -2]);
    }
  });

  it('may be integers with a scale and a zero point for each channel', async () => {
    const model = await readOnnxParts({
      nodes: [node('DequantizeLinear', ['q', 's', 'z'], ['w'], { axis: 0 }), node('Mul', ['x', 'w'], ['y'])],
      weights: [
        raw('q', TensorType.int8, [2], Uint8Array.of(0xff, 10)),
        floats('s', [2], [0.5, 0.1]),
        raw('z', TensorType.int8, [2], Uint8Array.of(1, 0)),
      ],
      shape: ['n', 2],
    });
    assertClose(logits(model, [1, 1]), [-1, 1]);
  });

  it('must be finite', async () => {
    await assert.rejects(
      product([floats('w', [2], [1, NaN])]),
      analysisError('model-unreadable', /"w".*finite.*NaN at position 1/),
    );
  });

  it('must have as many bytes as type and shape say, before anything is allocated', async () => {
    const short = raw('w', TensorType.float, [2], new Uint8Array(4));
    await assert.rejects(product([short]), analysisError('model-unreadable', /"w".*takes 8 bytes, the file has 4/));
    const huge = raw('w', TensorType.float, [2 ** 31, 2 ** 31, 2 ** 31], new Uint8Array(4));
    await assert.rejects(product([huge]), analysisError('model-unreadable', /"w".*shape/));
    const negative = raw('w', TensorType.float, [-2, -1], new Uint8Array(8));
    await assert.rejects(product([negative]), analysisError('model-unreadable', /"w".*shape/));
  });
});

describe('external data of an ONNX file', () => {
  const folder = temporaryFolder();
  const withData = (fields: Record<string, string>, name = 'inside') => {
    const inside = join(folder(), name);
    mkdirSync(inside, { recursive: true });
    writeFileSync(join(folder(), 'secret.bin'), new Uint8Array(8));
    writeFileSync(join(inside, 'weights.bin'), Buffer.from(Float32Array.of(9, 2, 3).buffer));
    const weight = {
      name: 'w',
      dims: [2],
      dataType: TensorType.float,
      dataLocation: 1,
      externalData: Object.entries(fields).map(([key, value]) => ({ key, value })),
    };
    const parts = { nodes: [node('Mul', ['x', 'w'], ['y'])], weights: [weight], shape: ['n', 2] };
    return { inside, load: () => readOnnxParts(parts, join(inside, 'model.onnx')) };
  };

  it('is read at its offset from a file beside the model', async () => {
    const model = await withData({ location: 'weights.bin', offset: '4', length: '8' }).load();
    assertClose(logits(model, [1, 1]), [2, 3]);
  });

  it('must lie inside the folder of the model', async () => {
    for (const location of [
      '../secret.bin',
      '/etc/passwd',
      'C:\\secret.bin',
      'file:///etc/passwd',
      '',
      'a\0b',
      'a/../../secret.bin',
    ]) {
      await assert.rejects(
        withData({ location }).load(),
        analysisError('model-unreadable', /inside the model's folder/),
      );
    }
  });

  it('must not be a link that leads out of that folder', async () => {
    const soft = withData({ location: 'soft.bin' }, 'soft');
    symlinkSync(join(folder(), 'secret.bin'), join(soft.inside, 'soft.bin'));
    await assert.rejects(soft.load(), analysisError('model-unreadable', /link that leads out/));
    const hard = withData({ location: 'hard.bin' }, 'hard');
    linkSync(join(folder(), 'secret.bin'), join(hard.inside, 'hard.bin'));
    await assert.rejects(hard.load(), analysisError('model-unreadable', /hard links/));
  });

  it('must be there and long enough', async () => {
    await assert.rejects(
      withData({ location: 'gone.bin' }).load(),
      analysisError('model-unreadable', /gone\.bin is missing/),
    );
    const beyond = withData({ location: 'weights.bin', offset: '8', length: '8' });
    await assert.rejects(beyond.load(), analysisError('model-unreadable', /beyond the end/));
    const odd = withData({ location: 'weights.bin', offset: '-4' });
    await assert.rejects(odd.load(), analysisError('model-unreadable', /numbers of bytes/));
  });
});
