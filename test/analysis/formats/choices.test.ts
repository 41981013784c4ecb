import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { AnalysisError } from '../../../src/analysis/base/errors';
import type { Choices, LoadedModel } from '../../../src/analysis/formats/format';
import { loadModel, openModelFiles } from '../../../src/analysis/formats/load';
import { inspect } from '../../../src/analysis/model/inspect';
import { OpenSizeError } from '../../../src/analysis/model/read';
import { analysisError } from '../../support/analysisError';
import { assertClose } from '../../support/assertClose';
import { interpret, tensor } from '../../support/interpreter';
import { archive, denseWeights, type KerasLayer } from '../../support/kerasArchive';
import { floats, node, onnxFile, type OnnxParts, tensorInfo } from '../../support/onnxFile';
import { temporaryFolder } from '../../support/temporaryFolder';

const counting = (length: number): number[] => Array.from({ length }, (_, i) => Math.sin(i + 1));
const asked = (height: number, width: number): Choices => ({
  inputSize: { size: [height, width], source: '--input-size' },
});
const stated = (height: number, width: number): Choices => ({
  statedSize: { size: [height, width], source: 'a file' },
});

describe('what a model’s file leaves open', () => {
  const folder = temporaryFolder();
  let files = 0;

  function written(bytes: Uint8Array, extension = 'onnx'): string {
    const path = join(folder(), `model${files++}.${extension}`);
    writeFileSync(path, bytes);
    return path;
  }

  async function loaded(path: string, choices: Choices = {}): Promise<LoadedModel> {
    const opened = await openModelFiles(path);
    try {
      return await loadModel(opened, 'now', choices);
    } finally {
      opened.dispose();
    }
  }

  /** A convolution of three channels and the mean over the image: any size will do. */
  const convolution = (...shape: readonly (number | string)[]): OnnxParts => ({
    nodes: [
      node('Conv', ['x', 'w'], ['c'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
      node('GlobalAveragePool', ['c'], ['p']),
      node('Flatten', ['p'], ['y']),
    ],
    weights: [floats('w', [2, 3, 3, 3], counting(54))],
    shape: ['n', ...shape],
  });
  const open = () => written(onnxFile(convolution('channels', 'height', 'width')));

  /** The logits of one image of 3 channels. */
  const logits = ({ network }: LoadedModel, height: number, width: number) =>
    interpret(network, { x: tensor([1, 3, height, width], Float64Array.from(counting(3 * height * width))) })['logits']
      .data;

  it('is read for the size that the user gives, as a file of that size is', async () => {
    const model = await loaded(open(), { ...asked(4, 6), ...stated(5, 5) });
    assert.deepEqual(model.inputShape, [3, 4, 6]);
    assert.deepEqual(model.settled, { inputSize: [4, 6] });
    assert.match(model.notes.join(), /open; it is read for 4 × 6, as --input-size says/);
    const fixed = await loaded(written(onnxFile(convolution(3, 4, 6))));
    assert.deepEqual(fixed.settled, {});
    assertClose(logits(model, 4, 6), logits(fixed, 4, 6), { rtol: 0, atol: 0 });
  });

  it('is read for the size that a file beside it says, but not against what its own says', async () => {
    assert.deepEqual((await loaded(open(), stated(5, 7))).inputShape, [3, 5, 7]);
    assert.deepEqual((await loaded(written(onnxFile(convolution(3, 4, 6))), stated(5, 7))).inputShape, [3, 4, 6]);
    const half = written(onnxFile(convolution(3, 4, 'width')));
    assert.deepEqual((await loaded(half, stated(4, 7))).inputShape, [3, 4, 7]);
    await assert.rejects(loaded(half, stated(5, 7)), analysisError('model-unreadable', /open: width \(axis 3\)/));
  });

  it('is named where nobody says it', async () => {
    await assert.rejects(loaded(open()), (error) => {
      assert.ok(error instanceof OpenSizeError);
      assert.match(
        error.message,
        /"x" \[n, channels, height, width\] leaves open: height \(axis 2\), width \(axis 3\)/,
      );
      assert.match(error.message, /--input-size HxW.*"inputSize": \[H, W\] in boundary-lens\.json/);
      return true;
    });
    // Nothing but the weights says the channels, and here they are of another operator.
    const pooled = { nodes: [node('GlobalAveragePool', ['x'], ['p']), node('Flatten', ['p'], ['y'])] };
    const path = written(onnxFile({ ...pooled, shape: ['n', 'c', 'h', 'w'] }));
    await assert.rejects(
      loaded(path, asked(4, 4)),
      analysisError('model-unreadable', /open: channels \(axis 1\)\. Export/),
    );
    assert.deepEqual((await loaded(path, { ...asked(4, 4), statedChannels: 3 })).inputShape, [3, 4, 4]);
  });

  it('is no reason to change what is fixed', async () => {
    const fixed = written(onnxFile(convolution(3, 4, 6)));
    assert.deepEqual((await loaded(fixed, asked(4, 6))).settled, {});
    const refusal = analysisError('invalid-input', /^--input-size says 6 × 4, but .* a size of its own/);
    await assert.rejects(loaded(fixed, asked(6, 4)), refusal);
    await assert.rejects(loaded(written(onnxFile(convolution(3, 4, 'w'))), asked(6, 4)), refusal);
    const flat = written(onnxFile({ nodes: [node('Neg', ['x'], ['y'])], shape: ['n', 2] }));
    await assert.rejects(loaded(flat, asked(1, 2)), analysisError('invalid-input', /has no height and width/));
  });

  it('may be the size of a Keras model', async () => {
    const dense: KerasLayer = { class_name: 'Dense', config: { units: 2, use_bias: false } };
    const input = (shape: (number | null)[]): KerasLayer => {
      return { class_name: 'InputLayer', config: { batch_shape: [null, ...shape], name: 'image' } };
    };
    const model = async (shape: (number | null)[]) => {
      const layers = [input(shape), { class_name: 'GlobalAveragePooling2D', config: {} }, dense];
      const named = layers.map(({ class_name, config }, i) => {
        return { class_name, module: 'keras.layers', registered_name: null, config: { name: `layer${i}`, ...config } };
      });
      const config = { class_name: 'Sequential', module: 'keras', config: { name: 'model', layers: named } };
      return written(archive(config, await denseWeights(Float32Array.from(counting(6)), [3, 2])), 'keras');
    };
    await assert.rejects(
      loaded(await model([null, null, 3])),
      analysisError('model-unreadable', /open: height \(axis 1\)/),
    );
    const found = await loaded(await model([null, null, 3]), asked(2, 4));
    assert.deepEqual(found.inputShape, [2, 4, 3]);
    assert.deepEqual(found.settled, { inputSize: [2, 4] });
    const fixed = await loaded(await model([2, 4, 3]));
    const x = tensor([1, 2, 4, 3], Float64Array.from(counting(24)));
    assert.deepEqual(interpret(found.network, { x }), interpret(fixed.network, { x }));
  });

  it('may stand in the side file, and an inspection shows what was decided', async () => {
    const path = open();
    writeFileSync(join(folder(), 'boundary-lens.json'), '{"inputSize": [4, 6], "classes": ["a", "b"]}');
    const found = await inspect(path, 'deferred');
    writeFileSync(join(folder(), 'boundary-lens.json'), '{}');
    assert.deepEqual(found.inputShape, [3, 4, 6]);
    assert.match(found.notes.join(), /"inputSize" in the side file/);
    assert.equal(found.classesSource, 'the side file');
    assert.deepEqual((await inspect(path, 'deferred', { inputSize: [2, 2] })).inputShape, [3, 2, 2]);
  });

  /** Outputs of two values each: of the names given, minus the image times the place. */
  const outputs = (...names: readonly string[]) =>
    written(
      onnxFile({
        nodes: names.map((name, i) => node('Mul', ['x', `f${i}`], [name])),
        weights: names.map((_, i) => floats(`f${i}`, [], [-1 - i])),
        shape: ['n', 2],
        outputs: names.map((name) => tensorInfo(name, ['n', 2])),
      }),
    );
  const factor = ({ network }: LoadedModel) =>
    -interpret(network, { x: tensor([1, 2], Float64Array.of(1, 0)) })['logits'].data[0];

  it('may be which of several outputs are the logits: the one whose name says so', async () => {
    const chosen: readonly (readonly [readonly string[], number])[] = [
      [['features', 'logits', 'aux_logits'], 2],
      [['embedding', 'class_logits'], 2],
      [['probs', 'hidden'], 1],
      [['output', 'last_hidden_state', 'pooled_output'], 1],
      [['boxes', 'scores'], 2],
    ];
    for (const [names, place] of chosen) {
      const model = await loaded(outputs(...names));
      assert.equal(factor(model), place, names.join());
      assert.equal(model.settled.output, names[place - 1]);
      assert.match(model.notes.join(), /is taken as the logits by its name; --output takes another/);
    }
  });

  it('may be which of several outputs are the logits: the user says it where no name does', async () => {
    const path = outputs('a', 'b', 'main_logits', 'side_logits');
    await assert.rejects(loaded(path), (error) => {
      assert.ok(error instanceof AnalysisError);
      assert.match(
        error.message,
        /"a" \[n, 2\], "b" \[n, 2\], "main_logits" \[n, 2\], "side_logits" \[n, 2\].*--output NAME/,
      );
      return error.code === 'invalid-input';
    });
    const model = await loaded(path, { output: 'b' });
    assert.equal(factor(model), 2);
    assert.deepEqual(model.settled, { output: 'b' });
    await assert.rejects(
      loaded(path, { output: 'c' }),
      analysisError('invalid-input', /"c" must be an output .* such are "a"/),
    );
    assert.equal(factor(await loaded(outputs('features', 'logits'), { output: 'features' })), 1);
  });
});
