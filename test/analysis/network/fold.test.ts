import assert from 'node:assert/strict';

import { caseModel, operatorCases } from '../../../src/analysis/backends/operatorCases';
import { NetworkBuilder } from '../../../src/analysis/network/builder';
import { type Network, type NodeOf, topologicalOrder, type Value } from '../../../src/analysis/network/network';
import type { Operator } from '../../../src/analysis/network/operators';
import { assertClose } from '../../support/assertClose';
import { interpret, type Tensor } from '../../support/interpreter';
import { normal } from '../../support/networks';

const leftToBackends = ['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool'];

/** The logits of a network whose input is a constant batch of one. */
function logitsOf(network: Network, image: Tensor): Value {
  const b = new NetworkBuilder();
  const made = new Map<Value, Value>();
  const rebuild = <O extends Operator>(op: O, { inputs, attributes }: NodeOf<O>): Value => {
    const shape = 'shape' in attributes ? { shape: attributes.shape.map(Math.abs) } : {};
    return b.add(
      op,
      inputs.map((input) => made.get(input)!),
      { ...attributes, ...shape },
    );
  };
  for (const value of topologicalOrder(network)) {
    if (value.op === 'Input') made.set(value, b.constant([...image.data], image.shape));
    else made.set(value, value.op === 'Constant' ? value : rebuild(value.op, value));
  }
  return made.get(network.outputs['logits'])!;
}

describe('folding', () => {
  for (const [op, cases] of Object.entries(operatorCases)) {
    if (leftToBackends.includes(op)) continue;
    it(`of ${op} gives what its definition says`, () => {
      for (const one of cases) {
        const network = caseModel(new NetworkBuilder(), one);
        const x = normal([1, ...one.image], 'image', op);
        const folded = logitsOf(network, x);
        assert.ok(folded.op === 'Constant', `${one.title} is not folded`);
        assertClose(folded.data, interpret(network, { x })['logits'].data, { rtol: 1e-5, atol: 1e-6 });
      }
    });
  }

  const b = new NetworkBuilder();
  const data = (value: Value): number[] => {
    assert.ok(value.op === 'Constant');
    return [...value.data];
  };

  it('computes the error function to the last place of float32', () => {
    // Abramowitz and Stegun 1964, table 7.1.
    const erf = data(b.erf(b.constant([0, 0.5, -1, 2, 3.5, 7], [6])));
    assert.deepEqual(erf, [0, 0.5204998778, -0.8427007929, 0.995322265, 0.999999256902, 1].map(Math.fround));
  });

  it('computes shapes in integers, dividing towards zero', () => {
    const shape = b.integers([7, -7, 12]);
    assert.deepEqual(data(b.over(shape, b.integers([2]))), [3, -3, 6]);
    assert.deepEqual(data(b.add('Gather', [shape, b.integers([2, 0])], { axis: 0 })), [12, 7]);
    assert.equal(b.over(shape, b.integers([2])).type, 'int64');
  });

  it('casts as ONNX does', () => {
    assert.deepEqual(data(b.cast(b.constant([-1.7, 0, 2.9], [3]), 'int64')), [-1, 0, 2]);
    assert.deepEqual(data(b.cast(b.constant([-1.7, 0, 0.2], [3]), 'bool')), [1, 0, 1]);
  });

  it('moves elements to where their indices say, whatever the extents', () => {
    const shape = [2, 35, 1, 19, 3];
    const strides = [35 * 19 * 3, 19 * 3, 19 * 3, 3, 1];
    const count = 2 * strides[0];
    for (const numbers of [
      Float32Array.from({ length: count }, (_, i) => i),
      Int32Array.from({ length: count }, (_, i) => i),
    ]) {
      const x = b.constant(numbers, shape);
      for (const perm of [
        [0, 3, 2, 1, 4],
        [4, 0, 1, 2, 3],
        [3, 2, 4, 1, 0],
        [1, 0, 2, 3, 4],
      ]) {
        const moved = b.transpose(x, perm);
        const expected = numbers.map((_, at) => {
          const indices = moved.shape.map((_, axis) => {
            const inner = moved.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
            return Math.floor(at / inner) % moved.shape[axis];
          });
          return perm.reduce((place, from, axis) => place + indices[axis] * strides[from], 0);
        });
        assert.deepEqual(data(moved), [...expected]);
      }
      const turned = b.slice(x, [1, 3, 4], [34, 17, 2], [-1, -1, -1], [-2, -3, -1]);
      const expected: number[] = [];
      for (let i = 0; i < 2; i++) {
        for (let j = 34; j > -1; j -= 2) {
          for (let k = 17; k > -1; k -= 3) {
            for (let l = 2; l > -1; l--) expected.push(i * strides[0] + j * strides[1] + k * strides[3] + l);
          }
        }
      }
      assert.deepEqual(data(turned), expected);
    }
  });

  it('rounds once, at the end', () => {
    // 1 + 2⁻²⁴ four times, which float32 sums would lose.
    const small = b.constant([1, ...Array<number>(4).fill(2 ** -24)], [5]);
    assert.deepEqual(data(b.sum(small, [0], false)), [Math.fround(1 + 2 ** -22)]);
  });

  it('leaves what depends on the batch, and convolutions', () => {
    assert.equal(b.expand(b.scalar(1), [-1, 2]).op, 'Expand');
    const window = { kernel: [2, 2], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] };
    assert.equal(b.add('MaxPool', [b.constant(new Float32Array(9), [1, 1, 3, 3])], window).op, 'MaxPool');
  });
});
