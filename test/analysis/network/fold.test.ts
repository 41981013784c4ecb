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
