import assert from 'node:assert/strict';

import { NetworkBuilder } from '../../../src/analysis/network/builder';
import { topologicalOrder } from '../../../src/analysis/network/network';
import { analysisError } from '../../support/analysisError';

describe('a network builder', () => {
  it('returns the same object for the same node', () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 3]);
    assert.equal(b.exp(x), b.exp(x));
    assert.equal(b.plus(x, b.scalar(2)), b.plus(x, b.scalar(2)));
    assert.notEqual(b.plus(x, b.scalar(2)), b.plus(x, b.scalar(3)));
    const clip = (max: number) => b.add('Clip', [x], { min: null, max });
    assert.equal(clip(1), b.add('Clip', [x], { max: 1, min: null }));
    assert.notEqual(clip(Infinity), clip(-Infinity));
  });

  it('knows small constants by content and large ones by identity', () => {
    const b = new NetworkBuilder();
    assert.equal(b.constant([1, 2], [2]), b.constant([1, 2], [2]));
    assert.notEqual(b.constant([1, 2], [2]), b.constant([1, 2], [1, 2]));
    assert.notEqual(b.scalar(0), b.scalar(-0));
    assert.equal(b.scalar(NaN), b.scalar(NaN));
    assert.notEqual(b.integers([1]), b.constant([1], [1]));
    const large = new Float32Array(5000);
    assert.equal(b.constant(large, [5000]), b.constant(large, [5000]));
    assert.notEqual(b.constant(large, [5000]), b.constant(large.slice(), [5000]));
  });

  it('finds the values of a network it continues', () => {
    const first = new NetworkBuilder();
    const x = first.input('x', [-1, 3]);
    const logits = first.sigmoid(first.times(x, first.scalar(2)));
    const second = new NetworkBuilder({ inputs: { x }, outputs: { logits } });
    assert.equal(second.input('x', [-1, 3]), x);
    assert.equal(second.sigmoid(second.times(x, second.scalar(2))), logits);
  });

  it('leaves out what does nothing', () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 2, 3]);
    const condition = b.greater(x, b.scalar(0));
    for (const same of [
      b.plus(x, b.scalar(0)),
      b.plus(b.scalar(0), x),
      b.minus(x, b.constant([0, 0, 0], [3])),
      b.times(b.scalar(1), x),
      b.over(x, b.scalar(1)),
      b.power(x, b.scalar(1)),
      b.neg(b.neg(x)),
      b.reshape(x, [-1, 2, 3]),
      b.reshape(b.reshape(x, [-6]), [-1, 2, 3]),
      b.transpose(b.transpose(x, [1, 2, 0]), [2, 0, 1]),
      b.concat([x], 1),
      b.slice(x, [1, 2], [0, 0], [2, 3]),
      b.pad(x, [0, 0, 0, 0, 0, 0]),
      b.expand(x, [2, 3]),
      b.cast(x, 'float32'),
      b.add('Clip', [x], { min: null, max: null }),
      b.where(b.constant(Uint8Array.of(1), []), x, b.neg(x)),
      b.where(b.constant(Uint8Array.of(0), []), b.neg(x), x),
      b.reshape(b.sum(b.reshape(x, [-1, 1, 2, 3]), [1], false), [-1, 2, 3]),
    ]) {
      assert.equal(same, x);
    }
    assert.equal(b.add('Not', [b.add('Not', [condition], {})], {}), condition);
    assert.equal(b.relu(b.relu(x)), b.relu(x));
  });

  it('keeps what broadcasts, reverses or has another neutral element', () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 1, 3]);
    for (const [op, value] of [
      ['Add', b.plus(x, b.constant([0, 0], [2, 1]))],
      ['Sub', b.minus(b.scalar(0), x)],
      ['Div', b.over(b.scalar(1), x)],
      ['Pow', b.power(b.scalar(1), x)],
      ['Slice', b.slice(x, [2], [2], [-1], [-1])],
    ] as const) {
      assert.equal(value.op, op);
    }
  });

  it('spells products with vectors as products of matrices', () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 4, 3]);
    const product = b.matMul(x, b.constant([1, 2, 3], [3]));
    assert.deepEqual(product.shape, [-1, 4]);
    const products = topologicalOrder({ inputs: { x }, outputs: { product } }).filter(({ op }) => op === 'MatMul');
    assert.deepEqual(
      products.map(({ shape }) => shape),
      [[-1, 4, 1]],
    );
  });

  it('says which node does not fit, with its inputs', () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 3]);
    assert.throws(
      () => b.add('Add', [x, b.constant([1, 2], [2])], {}, 'block/add'),
      analysisError('model-unreadable', /^Add "block\/add": .*do not broadcast.* float32 \[n, 3\], float32 \[2\]\.$/),
    );
    assert.throws(() => b.constant([1, 2, 3], [2], 'w'), analysisError('model-unreadable', /"w" must have 2 elements/));
    assert.throws(() => b.input('x', [-1, 4]), analysisError('model-unreadable', /Input "x" is float32 \[n, 3\]/));
  });

  it('has the transpose of a large matrix once, and the matrix itself as the transpose of that', () => {
    const [rows, columns] = [512, 513];
    const matrix = Float32Array.from({ length: rows * columns }, (_, i) => i);
    const b = new NetworkBuilder();
    const weight = b.constant(matrix, [rows, columns]);
    const turned = b.transpose(weight, [1, 0]);
    assert.ok(turned.op === 'Constant');
    assert.deepEqual(turned.shape, [columns, rows]);
    assert.ok(turned.data.every((entry, i) => entry === (i % rows) * columns + Math.floor(i / rows)));
    assert.equal(b.transpose(turned, [1, 0]), weight);
    const other = new NetworkBuilder();
    assert.equal(other.transpose(other.constant(matrix, [rows, columns]), [1, 0]), turned);
  });

  it('puts a large kernel in order once for all networks that continue one', () => {
    const b = new NetworkBuilder();
    const kernel = b.constant(
      Float32Array.from({ length: 2 ** 19 }, (_, i) => i),
      [2, 2 ** 17, 2],
    );
    const network = { inputs: {}, outputs: { kernel } };
    const turned = () => {
      const continuing = new NetworkBuilder(network);
      return continuing.slice(continuing.transpose(kernel, [1, 0, 2]), [2], [1], [-1], [-1]);
    };
    const first = turned();
    assert.equal(turned(), first);
    assert.ok(first.op === 'Constant');
    assert.deepEqual([...first.data.subarray(0, 6)], [1, 0, 2 ** 18 + 1, 2 ** 18, 3, 2]);
  });
});
