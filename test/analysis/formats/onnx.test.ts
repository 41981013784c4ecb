import assert from 'node:assert/strict';
import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Tensor } from '../../../src/analysis/backends/backend';
import { onnxruntimeBackend } from '../../../src/analysis/backends/onnxruntime/sessions';
import type { AnalysisError } from '../../../src/analysis/base/errors';
import { bytesInMemory } from '../../../src/analysis/files/bytes';
import { ModelFiles } from '../../../src/analysis/files/modelFiles';
import type { LoadedModel } from '../../../src/analysis/formats/format';
import { readOnnx } from '../../../src/analysis/formats/onnx/onnx';
import { gradientNetwork } from '../../../src/analysis/network/differentiate';
import type { Network } from '../../../src/analysis/network/network';
import { smoothness } from '../../../src/analysis/network/smoothness';
import { TensorType } from '../../../src/analysis/onnx/onnxProto';
import { analysisError } from '../../support/analysisError';
import { assertClose } from '../../support/assertClose';
import { interpret, tensor } from '../../support/interpreter';
import { loadedModel } from '../../support/loadedModel';
import { floats, ints, node, onnxFile, type OnnxParts, raw, tensorInfo } from '../../support/onnxFile';
import { temporaryFolder } from '../../support/temporaryFolder';

const FIXTURES = 'test/fixtures/torch';
const LIMIT = 2 ** 24;

function float32(file: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(join(FIXTURES, file))).buffer);
}

function fixture(file: string): Promise<LoadedModel> {
  return loadedModel(join(FIXTURES, file));
}

async function inMemory(bytes: Uint8Array, path: string): Promise<LoadedModel> {
  const files = new ModelFiles(path, bytesInMemory(bytes), LIMIT);
  try {
    return await readOnnx(files, 'now');
  } finally {
    files.dispose();
  }
}

function read(parts: OnnxParts, path = 'model.onnx'): Promise<LoadedModel> {
  return inMemory(onnxFile(parts), path);
}

/** The logits of a batch of images. */
function logits({ network, inputShape }: LoadedModel, x: Iterable<number>): Float64Array {
  const data = Float64Array.from(x);
  const batch = data.length / inputShape.reduce((count, extent) => count * extent, 1);
  return interpret(network, { x: tensor([batch, ...inputShape], data) })['logits'].data;
}

const counting = (length: number): number[] => Array.from({ length }, (_, i) => Math.sin(i + 1));

/** Float32 results of all outputs, by the default backend. */
async function run(network: Network, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Float32Array>> {
  const executable = await (await onnxruntimeBackend({ threads: 1 })).load(network);
  const results = await executable.run(feeds);
  await executable.dispose();
  return results;
}

describe('a PyTorch model read from ONNX', () => {
  const images = float32('input.bin');
  const models: readonly (readonly [file: string, logits: string])[] = [
    ['lenet.onnx', 'logits.bin'],
    ['default/model.onnx', 'logits.bin'],
    ['lenet-int8.onnx', 'lenet-int8.logits.bin'],
    ['lenet-fp16.onnx', 'lenet-fp16.logits.bin'],
    ['lenet-softplus.onnx', 'lenet-softplus.logits.bin'],
  ];
  for (const [file, expected] of models) {
    it(`has the logits that its own framework computed: ${file}`, async () => {
      const { network } = await fixture(file);
      const results = await run(network, { x: { data: images, shape: [8, 1, 28, 28] } });
      assertClose(results['logits'], float32(expected), { rtol: 1e-5, atol: 1e-5 });
    });
  }

  it('has the gradient of the margin that PyTorch computed', async () => {
    const { network } = await fixture('lenet.onnx');
    const runnersUp = [6, 4, 3, 5, 9, 6, 0, 9];
    const cotangent = new Float32Array(80);
    runnersUp.forEach((j, k) => {
      cotangent[10 * k + j] += 1;
      cotangent[10 * k + k] -= 1;
    });
    const { gradient } = await run(gradientNetwork(network, 1), {
      x: { data: images, shape: [8, 1, 28, 28] },
      cotangent: { data: cotangent, shape: [8, 1, 10] },
    });
    assertClose(gradient, float32('gradient.bin'), { rtol: 1e-4, atol: 1e-6 });
  });

  it('runs any number of images although its file fixes the batch at 1, and its weights lie beside it', async () => {
    const model = await fixture('default/model.onnx');
    assert.deepEqual(model.network.outputs['logits'].shape, [-1, 10]);
    assert.match(model.notes.join(), /fixes the batch at 1/);
  });

  it('is described by its file: producer, input, parameters and operators', async () => {
    const model = await fixture('lenet.onnx');
    assert.deepEqual(
      [model.format, model.producer, model.inputShape, model.layout, model.parameters],
      ['onnx', 'pytorch 2.15.0', [1, 28, 28], 'nchw', 61706],
    );
    assert.deepEqual(model.operators, { Conv: 2, Flatten: 1, Gemm: 3, MaxPool: 2, Relu: 4 });
    assert.equal((await fixture('lenet-int8.onnx')).parameters, 61706);
  });

  it('is smooth where its file splits softplus into two branches that agree', async () => {
    assert.equal(smoothness((await fixture('lenet-softplus.onnx')).network), 'smooth');
  });
});

describe('shapes in an ONNX file', () => {
  it('follow the batch from Shape through arithmetic to Reshape', async () => {
    const model = await read({
      nodes: [
        node('Shape', ['x'], ['shape']),
        node('Gather', ['shape', 'zero'], ['n'], { axis: 0 }),
        node('Mul', ['n', 'two'], ['2n']),
        node('Div', ['2n', 'two'], ['again']),
        node('Unsqueeze', ['again', 'axis'], ['batch']),
        node('Concat', ['batch', 'rest'], ['target'], { axis: 0 }),
        node('Reshape', ['x', 'target'], ['flat']),
        node('ReduceSum', ['flat', 'last'], ['y'], { keepdims: 0 }),
      ],
      weights: [
        { ...ints('zero', [0]), dims: [] },
        { ...ints('two', [2]), dims: [] },
        ints('axis', [0]),
        ints('rest', [2, -1]),
        ints('last', [2]),
      ],
      shape: ['n', 1, 2, 3],
    });
    assertClose(logits(model, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), [6, 15, 24, 33]);
  });

  it('choose the branch of an If before any image is seen, whose nodes see the tensors around it', async () => {
    const branch = (op: string) => ({ g: { node: [node(op, ['x'], ['z'])], output: [tensorInfo('z', ['n', 2])] } });
    const model = await read({
      nodes: [
        node('Shape', ['x'], ['shape']),
        node('Size', ['shape'], ['rank']),
        node('Equal', ['rank', 'two'], ['flat']),
        node('If', ['flat'], ['y'], { then_branch: branch('Neg'), else_branch: branch('Exp') }),
      ],
      weights: [{ ...ints('two', [2]), dims: [] }],
      shape: ['n', 2],
    });
    assertClose(logits(model, [1, -2]), [-1, 2]);
  });

  it('put the batch back where a file of batch 1 merged it with the heads of attention', async () => {
    // x [1, 2, 4] → [2, 1, 4] → [2, 2, 2], which is two heads of two features for each of two tokens.
    const model = await read({
      nodes: [
        node('Transpose', ['x'], ['tokens'], { perm: [1, 0, 2] }),
        node('Reshape', ['tokens', 'heads'], ['split']),
        node('Transpose', ['split'], ['byHead'], { perm: [1, 0, 2] }),
        node('ReduceSum', ['byHead', 'last'], ['sums'], { keepdims: 0 }),
        node('Reshape', ['sums', 'flat'], ['y']),
      ],
      weights: [ints('heads', [2, 2, 2]), ints('last', [2]), ints('flat', [1, 4])],
      shape: [1, 2, 4],
      result: [1, 4],
    });
    const one = [1, 2, 3, 4, 5, 6, 7, 8];
    assertClose(logits(model, [...one, ...one.map((entry) => 10 * entry)]), [3, 11, 7, 15, 30, 110, 70, 150]);
  });

  it('give every image of a batch the class token of a file of batch 1', async () => {
    const model = await read({
      nodes: [node('Concat', ['token', 'x'], ['all'], { axis: 1 }), node('Reshape', ['all', 'flat'], ['y'])],
      weights: [floats('token', [1, 1, 2], [7, 8]), ints('flat', [1, -1])],
      shape: [1, 1, 2],
      result: [1, 4],
    });
    assertClose(logits(model, [1, 2, 3, 4]), [7, 8, 1, 2, 7, 8, 3, 4]);
  });
});

describe('an ONNX graph', () => {
  it('need not be sorted, and nodes that the logits do not need may be of any kind', async () => {
    const model = await read({
      nodes: [node('Neg', ['z'], ['y']), node('Exp', ['x'], ['z']), node('Unknown', ['x'], ['unused'])],
      shape: ['n', 2],
    });
    assertClose(logits(model, [0, 1]), [-1, -Math.E]);
  });

  it('may call functions of its own with attributes of the caller', async () => {
    const slope = { name: 'alpha', refAttrName: 'slope', type: 1 };
    const model = await read({
      nodes: [node('Leaky', ['x'], ['y'], { slope: 0.5 }, 'own')],
      functions: [
        {
          name: 'Leaky',
          domain: 'own',
          input: ['a'],
          output: ['b'],
          attribute: ['slope'],
          opsetImport: [{ domain: '', version: 17 }],
          node: [{ ...node('LeakyRelu', ['a'], ['b']), attribute: [slope] }],
        },
      ],
      shape: ['n', 2],
    });
    assertClose(logits(model, [-4, 3]), [-2, 3]);
  });

  it('may list its weights among its inputs', async () => {
    const model = await read({
      nodes: [node('Mul', ['x', 'w'], ['y'])],
      weights: [floats('w', [2], [3, 4])],
      inputs: [tensorInfo('w', [2])],
      shape: ['n', 2],
    });
    assertClose(logits(model, [1, 1]), [3, 4]);
  });

  it('takes softmax of opset 12 over all axes from its axis on', async () => {
    const model = await read({
      nodes: [node('Softmax', ['x'], ['p'], { axis: 1 }), node('Flatten', ['p'], ['y'])],
      shape: ['n', 2, 2],
      result: ['n', 4],
      opset: 12,
    });
    assertClose(logits(model, [0, 0, 0, 0]), [0.25, 0.25, 0.25, 0.25]);
  });

  it('is NHWC where its channels come last', async () => {
    const model = await read({
      nodes: [
        node('Transpose', ['x'], ['t'], { perm: [0, 3, 1, 2] }),
        node('ReduceMean', ['t'], ['y'], { axes: [2, 3], keepdims: 0 }),
      ],
      shape: ['n', 4, 4, 3],
      result: ['n', 3],
    });
    assert.deepEqual([model.layout, model.inputShape], ['nhwc', [4, 4, 3]]);
  });

  it('says what arithmetic it begins with', async () => {
    const model = await read({
      nodes: [node('Div', ['x', 'c'], ['s']), node('Sub', ['s', 'm'], ['t']), node('MatMul', ['t', 'w'], ['y'])],
      weights: [floats('c', [], [255]), floats('m', [1], [0.5]), floats('w', [2, 2], [1, 2, 3, 4])],
      shape: ['n', 2],
    });
    assert.match(model.insidePreprocessing ?? '', /begins with \/ 255, then − 0\.5 on its input/);
  });

  it('names its classes and its preprocessing in its metadata', async () => {
    const metadata = (entries: Record<string, string>) =>
      read({
        nodes: [node('Neg', ['x'], ['y'])],
        shape: ['n', 2],
        metadataProps: Object.entries(entries).map(([key, value]) => ({ key, value })),
      });
    const python = await metadata({ names: "{0: 'cat', 1: 'dog\\'s'}", mean: '[0.5]', std: '0.25' });
    assert.deepEqual(python.classes, ['cat', "dog's"]);
    assert.deepEqual(python.preprocessing?.preprocessing, { mean: [0.5], std: 0.25 });
    assert.deepEqual((await metadata({ classes: '["a", "b"]' })).classes, ['a', 'b']);
    const three = await metadata({ classes: '["a", "b", "c"]' });
    assert.equal(three.classes, null);
    assert.match(three.notes.join(), /names 3 classes, but the output has 2/);
  });

  it('has the logits among several outputs where only one is [n, K], or the others are its softmax', async () => {
    const model = await read({
      nodes: [
        node('Neg', ['x'], ['scores']),
        node('Softmax', ['scores'], ['p']),
        node('Unsqueeze', ['x', 'axis'], ['map']),
      ],
      weights: [ints('axis', [1])],
      shape: ['n', 2],
      outputs: [tensorInfo('p', ['n', 2]), tensorInfo('scores', ['n', 2]), tensorInfo('map', ['n', 1, 2])],
    });
    assertClose(logits(model, [1, 2]), [-1, -2]);
    assert.match(model.notes.join(), /"scores" is taken as the logits/);
  });
});

describe('the weights of an ONNX file', () => {
  const product = (weight: Parameters<typeof onnxFile>[0]['weights'], name = 'w') =>
    read({ nodes: [node('Mul', ['x', name], ['y'])], weights: weight ?? [], shape: ['n', 2] });

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
    const model = await read({
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
    return { inside, load: () => read(parts, join(inside, 'model.onnx')) };
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

describe('an ONNX file that is refused', () => {
  const weights = [floats('w', [2], [1, 2])];
  const refused: readonly (readonly [title: string, parts: OnnxParts, code: AnalysisError['code'], message: RegExp])[] =
    [
      [
        'an operator that is not known',
        { nodes: [node('Wavelet', ['x'], ['y'])], shape: ['n', 2] },
        'unsupported-op',
        /Wavelet "Wavelet of y": there is no translation/,
      ],
      [
        'an operator of another domain',
        { nodes: [node('Secret', ['x'], ['y'], {}, 'acme')], shape: ['n', 2] },
        'unsupported-op',
        /domain acme/,
      ],
      [
        'an operator named like a property of every object',
        { nodes: [node('constructor', ['x'], ['y'])], shape: ['n', 2] },
        'unsupported-op',
        /constructor/,
      ],
      [
        'activations rounded by a zero point that depends on the image',
        { nodes: [node('QuantizeLinear', ['x', 'w', 'x'], ['y'])], weights, shape: ['n', 2] },
        'unsupported-op',
        /zero point must be constant/,
      ],
      [
        'a cycle',
        { nodes: [node('Add', ['x', 'b'], ['y']), node('Neg', ['y'], ['b'])], shape: ['n', 2] },
        'model-unreadable',
        /depends on its own result/,
      ],
      [
        'a tensor that no node makes',
        { nodes: [node('Add', ['x', 'ghost'], ['y'])], shape: ['n', 2] },
        'model-unreadable',
        /"ghost".*made by no node/,
      ],
      [
        'a height that is left open',
        { nodes: [node('Neg', ['x'], ['y'])], shape: ['n', 3, 'height', 32] },
        'model-unreadable',
        /\[n, 3, height, 32\] leaves open: height \(axis 2\).*--input-size/,
      ],
      [
        'no dimension for the batch',
        { nodes: [node('Neg', ['x'], ['y'])], shape: [192], result: [2] },
        'model-unreadable',
        /no dimension for the batch/,
      ],
      [
        'two image inputs',
        { nodes: [node('Add', ['x', 'x2'], ['y'])], inputs: [tensorInfo('x2', ['n', 2])], shape: ['n', 2] },
        'model-unreadable',
        /one input, this model has 2: "x", "x2"/,
      ],
      [
        'an old opset',
        { nodes: [node('Neg', ['x'], ['y'])], shape: ['n', 2], opset: 6 },
        'model-unreadable',
        /opset must be at least 7, got 6/,
      ],
      [
        'dropout in training',
        {
          nodes: [node('Dropout', ['x', '', 't'], ['y'])],
          weights: [{ name: 't', dims: [], dataType: TensorType.bool, int32Data: [1] }],
          shape: ['n', 2],
        },
        'model-unreadable',
        /model\.eval\(\)/,
      ],
      [
        'two outputs that could both be the logits',
        {
          nodes: [node('Neg', ['x'], ['a']), node('Exp', ['x'], ['b'])],
          shape: ['n', 2],
          outputs: [tensorInfo('a', ['n', 2]), tensorInfo('b', ['n', 2])],
        },
        'invalid-input',
        /several outputs .*"a" \[n, 2\], "b" \[n, 2\].*--output/,
      ],
      [
        'shapes that do not fit',
        { nodes: [node('MatMul', ['x', 'm'], ['y'])], weights: [floats('m', [3, 2], counting(6))], shape: ['n', 2] },
        'model-unreadable',
        /MatMul "MatMul of y".*inner dimensions differ/,
      ],
    ];
  for (const [title, parts, code, message] of refused) {
    it(`has ${title}`, async () => {
      await assert.rejects(read(parts), analysisError(code, message));
    });
  }

  it('blows up a few bytes into more than memory holds', async () => {
    const parts = {
      nodes: [node('ConstantOfShape', ['huge'], ['c']), node('Add', ['x', 'c'], ['y'])],
      weights: [ints('huge', [100000, 100000])],
      shape: ['n', 2],
    };
    await assert.rejects(read(parts), analysisError('limit-exceeded', /ConstantOfShape.*at most 268435456 elements/));
  });

  it('is cut off', async () => {
    const bytes = readFileSync(join(FIXTURES, 'lenet.onnx'));
    await assert.rejects(
      inMemory(bytes.subarray(0, bytes.length - 100), 'cut.onnx'),
      analysisError('model-unreadable', /cut\.onnx is no ONNX file, or is cut off/),
    );
  });
});

describe('an ONNX file in another form', () => {
  const weights = [floats('w', [12, 3], counting(36)), ints('five', [2]), ints('first', [0])];
  const scores = [node('Flatten', ['x'], ['flat'], { axis: 1 }), node('MatMul', ['flat', 'w'], ['scores'])];

  it('that puts the classes in order gives the scores that it orders', async () => {
    const nodes = [...scores, node('TopK', ['scores', 'five'], ['values', 'places'])];
    const outputs = [tensorInfo('values', ['n', 2]), tensorInfo('places', ['n', 2], TensorType.int64)];
    const ranked = await read({ nodes, weights, outputs, shape: ['n', 3, 2, 2] });
    const plain = await read({
      nodes: scores,
      weights,
      outputs: [tensorInfo('scores', ['n', 3])],
      shape: ['n', 3, 2, 2],
    });
    assert.deepEqual(logits(ranked, counting(24)), logits(plain, counting(24)));
    assert.match(ranked.notes.join(), /in order .*the scores that it orders are taken/);
  });

  it('that gives scores beside their order keeps to the scores', async () => {
    const nodes = [...scores, node('ArgMax', ['scores'], ['best'], { axis: 1 })];
    const outputs = [tensorInfo('scores', ['n', 3]), tensorInfo('best', ['n', 1], TensorType.int64)];
    assert.deepEqual((await read({ nodes, weights, outputs, shape: ['n', 3, 2, 2] })).notes, []);
  });

  it('that takes one image without a batch is run on many', async () => {
    const nodes = [
      node('Div', ['x', 'scale'], ['scaled']),
      node('Unsqueeze', ['scaled', 'first'], ['batch']),
      node('Flatten', ['batch'], ['flat'], { axis: 1 }),
      node('MatMul', ['flat', 'w'], ['scores']),
      node('Squeeze', ['scores', 'first'], ['y']),
    ];
    const scale = floats('scale', [3, 1, 1], [2, 4, 8]);
    const one = await read({ nodes, weights: [...weights, scale], shape: [3, 2, 2], result: [3] });
    assert.deepEqual(one.inputShape, [3, 2, 2]);
    assert.match(one.notes.join(), /takes one image without a batch/);
    const x = counting(24);
    const scaled = x.map((entry, i) => entry / [2, 4, 8][Math.floor(i / 4) % 3]);
    const plain = await read({
      nodes: scores,
      weights,
      outputs: [tensorInfo('scores', ['n', 3])],
      shape: ['n', 3, 2, 2],
    });
    assertClose(logits(one, x), logits(plain, scaled), { rtol: 1e-12 });
  });

  const refused: [title: string, nodes: OnnxParts['nodes'], message: RegExp][] = [
    [
      'laid out by onnxruntime for one processor',
      [node('ReorderInput', ['x'], ['y'], {}, 'com.microsoft.nchwc')],
      /ReorderInput.*save it with a graph optimization level of ORT_ENABLE_EXTENDED at most/,
    ],
    [
      'whose indices reach into the next image',
      [
        ...[
          node('Reshape', ['x', 'all'], ['row']),
          node('Shape', ['x'], ['n1'], { end: 1 }),
          node('Squeeze', ['n1'], ['n']),
        ],
        ...[node('Range', ['zero', 'n', 'one'], ['places']), node('Gather', ['row', 'places'], ['y'])],
      ],
      /picks images out of the batch/,
    ],
    [
      'that deals the numbers of an image out to others',
      [
        node('Concat', ['x', 'x'], ['both'], { axis: 0 }),
        node('Reshape', ['both', 'mixed'], ['separate']),
        node('ReduceMean', ['separate'], ['y'], { axes: [1], keepdims: 0 }),
      ],
      /deals the numbers of \[2n, 3, 2, 2\] out to other images/,
    ],
  ];
  const scalar = (name: string, value: number) => ({ name, dims: [], dataType: TensorType.int64, int64Data: [value] });
  const numbers = [ints('all', [-1]), ints('mixed', [-1, 2, 12]), scalar('zero', 0), scalar('one', 1)];
  for (const [title, nodes, message] of refused) {
    it(`is refused: ${title}`, async () => {
      await assert.rejects(
        read({ nodes, weights: numbers, shape: ['n', 3, 2, 2] }),
        analysisError('unsupported-op', message),
      );
    });
  }
});
