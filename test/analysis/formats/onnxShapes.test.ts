import assert from 'node:assert/strict';

import { TensorType } from '../../../src/analysis/onnx/onnxProto';
import { analysisError } from '../../support/analysisError';
import { assertClose } from '../../support/assertClose';
import { floats, ints, node, type OnnxParts, tensorInfo } from '../../support/onnxFile';
import { counting, logits, readOnnxParts } from '../../support/onnxModel';

describe('shapes in an ONNX file', () => {
  it('follow the batch from Shape through arithmetic to Reshape', async () => {
    const model = await readOnnxParts({
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
    const model = await readOnnxParts({
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
    const model = await readOnnxParts({
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
    const model = await readOnnxParts({
      nodes: [node('Concat', ['token', 'x'], ['all'], { axis: 1 }), node('Reshape', ['all', 'flat'], ['y'])],
      weights: [floats('token', [1, 1, 2], [7, 8]), ints('flat', [1, -1])],
      shape: [1, 1, 2],
      result: [1, 4],
    });
    assertClose(logits(model, [1, 2, 3, 4]), [7, 8, 1, 2, 7, 8, 3, 4]);
  });

  describe('take once what a file of batch 2 holds for each of its two images', () => {
    const read = (place: number[]) =>
      readOnnxParts({
        nodes: [
          node('Add', ['place', 'x'], ['placed']),
          node('Concat', ['token', 'placed'], ['all'], { axis: 1 }),
          node('Reshape', ['all', 'flat'], ['y']),
        ],
        weights: [floats('place', [2, 1, 2], place), floats('token', [2, 1, 2], [7, 8, 7, 8]), ints('flat', [2, -1])],
        shape: [2, 1, 2],
        result: [2, 4],
      });

    it('a class token and a place in the image', async () => {
      const model = await read([10, 20, 10, 20]);
      assertClose(logits(model, [1, 2, 3, 4, 5, 6]), [7, 8, 11, 22, 7, 8, 13, 24, 7, 8, 15, 26]);
    });

    it('and nothing that differs from image to image', async () => {
      await assert.rejects(read([10, 20, 10, 21]), analysisError('model-unreadable', /do not broadcast/));
    });
  });
});

describe('an ONNX file in another form', () => {
  const weights = [floats('w', [12, 3], counting(36)), ints('five', [2]), ints('first', [0])];
  const scores = [node('Flatten', ['x'], ['flat'], { axis: 1 }), node('MatMul', ['flat', 'w'], ['scores'])];

  it('that puts the classes in order gives the scores that it orders', async () => {
    const nodes = [...scores, node('TopK', ['scores', 'five'], ['values', 'places'])];
    const outputs = [tensorInfo('values', ['n', 2]), tensorInfo('places', ['n', 2], TensorType.int64)];
    const ranked = await readOnnxParts({ nodes, weights, outputs, shape: ['n', 3, 2, 2] });
    const plain = await readOnnxParts({
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
    assert.deepEqual((await readOnnxParts({ nodes, weights, outputs, shape: ['n', 3, 2, 2] })).notes, []);
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
    const one = await readOnnxParts({ nodes, weights: [...weights, scale], shape: [3, 2, 2], result: [3] });
    assert.deepEqual(one.inputShape, [3, 2, 2]);
    assert.match(one.notes.join(), /takes one image without a batch/);
    const x = counting(24);
    const scaled = x.map((entry, i) => entry / [2, 4, 8][Math.floor(i / 4) % 3]);
    const plain = await readOnnxParts({
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
        readOnnxParts({ nodes, weights: numbers, shape: ['n', 3, 2, 2] }),
        analysisError('unsupported-op', message),
      );
    });
  }
});
