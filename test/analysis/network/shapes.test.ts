import assert from 'node:assert/strict';

import { NetworkBuilder } from '../../../src/analysis/network/builder';
import type { Shape, Value } from '../../../src/analysis/network/network';
import { broadcastShape, elementCount, formatShape } from '../../../src/analysis/network/shapes';
import { analysisError } from '../../support/analysisError';

const window = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] };

describe('shapes', () => {
  it('are read as people write them', () => {
    assert.equal(formatShape([-1, 3, 32]), '[n, 3, 32]');
    assert.equal(formatShape([-8, 64]), '[8n, 64]');
  });

  it('broadcast as in NumPy, the batch included', () => {
    assert.deepEqual(broadcastShape([-1, 1, 3], [4, 1]), [-1, 4, 3]);
    assert.deepEqual(broadcastShape([1, 5], [-2, 1]), [-2, 5]);
    assert.deepEqual(broadcastShape([], [0]), [0]);
  });

  it('count elements in multiples of the batch', () => {
    assert.equal(elementCount([-2, 3, 4]), -24);
    assert.equal(elementCount([]), 1);
  });

  const b = new NetworkBuilder();
  const image = b.input('image', [-1, 4, 7, 9]);
  const weight = (shape: readonly number[]) => b.constant(new Float32Array(elementCount(shape)).fill(1), shape);

  const inferred: [string, () => Value, Shape][] = [
    [
      'a strided, padded, dilated convolution has ⌊(in + pads − d(k − 1) − 1)/s⌋ + 1 cells',
      () =>
        b.add('Conv', [image, weight([6, 4, 3, 2])], {
          strides: [2, 3],
          pads: [1, 0, 2, 1],
          dilations: [2, 3],
          group: 1,
        }),
      [-1, 6, 3, 3],
    ],
    [
      'a grouped transposed convolution has (in − 1)s + d(k − 1) + 1 + outputPadding − pads cells',
      () =>
        b.add('ConvTranspose', [image, weight([4, 3, 3, 3])], {
          strides: [2, 2],
          pads: [1, 1, 1, 0],
          dilations: [1, 1],
          group: 2,
          outputPadding: [1, 0],
        }),
      [-1, 6, 14, 18],
    ],
    ['a pool keeps channels', () => b.add('MaxPool', [image], { kernel: [3, 3], ...window }), [-1, 4, 5, 7]],
    ['matrices multiply in stacks', () => b.matMul(image, weight([4, 9, 2])), [-1, 4, 7, 2]],
    ['a reshape may move extents into the batch', () => b.reshape(image, [-28, 9]), [-28, 9]],
    ['a transpose permutes', () => b.transpose(image, [2, 0, 1, 3]), [7, -1, 4, 9]],
    ['a backward slice counts from its start down', () => b.slice(image, [3], [8], [-1], [-3]), [-1, 4, 7, 3]],
    ['an empty slice is empty', () => b.slice(image, [3], [5], [5]), [-1, 4, 7, 0]],
    [
      'a gather puts the indices in the place of the axis',
      () => b.add('Gather', [image, b.integers([0, 0])], { axis: 1 }),
      [-1, 2, 7, 9],
    ],
    [
      'a gather of one index takes the axis away',
      () => b.add('Gather', [image, b.constant(Int32Array.of(3), [])], { axis: 1 }),
      [-1, 7, 9],
    ],
    ['a reduction keeps its axes as 1', () => b.sum(image, [1, 3], true), [-1, 1, 7, 1]],
    ['a reduction drops its axes', () => b.mean(image, [3, 1], false), [-1, 7]],
    ['a concatenation adds extents', () => b.concat([image, image], 3), [-1, 4, 7, 18]],
    ['a pad adds on both sides', () => b.pad(image, [0, 1, 0, 0, 0, 0, 2, 0]), [-1, 5, 9, 9]],
    ['a constant expands over the batch', () => b.expand(weight([1, 9]), [-1, 1, 9]), [-1, 1, 9]],
  ];
  for (const [title, make, shape] of inferred) {
    it(title, () => {
      assert.deepEqual(make().shape, shape);
    });
  }

  it('of comparisons are of bool', () => {
    assert.equal(b.greater(image, b.scalar(0)).type, 'bool');
    assert.equal(b.where(b.greater(image, b.scalar(0)), image, b.scalar(0)).type, 'float32');
  });

  const refused: [string, () => unknown, RegExp][] = [
    ['sum over the images of a batch', () => b.sum(image, [0], true), /images of the batch/],
    ['softmax over the images of a batch', () => b.add('Softmax', [image], { axis: 0 }), /images of the batch/],
    ['pick images out of a batch', () => b.slice(image, [0], [0], [1]), /images of the batch/],
    ['join batches', () => b.concat([image, image], 0), /images of a batch must not be mixed/],
    [
      'contract the batch',
      () => b.matMul(b.reshape(image, [252, -1]), b.reshape(image, [-1, 252])),
      /images of the batch/,
    ],
    ['add floats to integers', () => b.plus(image, b.integers([1])), /one type/],
    ['reshape to another number of elements', () => b.reshape(image, [-1, 10]), /another number of elements/],
    [
      'convolve other channels',
      () => b.add('Conv', [image, weight([6, 3, 3, 3])], { ...window, group: 1 }),
      /expects 3 channels/,
    ],
    [
      'convolve with a weight that is not constant',
      () => b.add('Conv', [image, b.input('w', [6, 4, 3, 3])], { ...window, group: 1 }),
      /must be constant/,
    ],
    [
      'pool by a window larger than the image',
      () => b.add('MaxPool', [image], { kernel: [8, 8], ...window }),
      /larger than the padded image/,
    ],
    ['gather beyond the end', () => b.add('Gather', [image, b.integers([4])], { axis: 1 }), /indices must be in 0…3/],
    ['slice beyond the end', () => b.slice(image, [1], [0], [5]), /out of range/],
    ['transpose by what is no permutation', () => b.transpose(image, [0, 1, 1, 2]), /permutation/],
    ['pad by a negative number', () => b.pad(image, [0, 0, 0, 0, 0, 0, 0, -1]), /not negative/],
  ];
  for (const [title, make, message] of refused) {
    it(`refuse to ${title}`, () => {
      assert.throws(make, analysisError('model-unreadable', message));
    });
  }
});
