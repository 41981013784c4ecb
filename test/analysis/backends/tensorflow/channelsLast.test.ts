import assert from 'node:assert/strict';

import { randomConstant } from '../../../../src/analysis/backends/operatorCases';
import { channelsLast } from '../../../../src/analysis/backends/tensorflow/channelsLast';
import { NetworkBuilder } from '../../../../src/analysis/network/builder';
import { gradientNetwork } from '../../../../src/analysis/network/differentiate';
import { type Network, topologicalOrder, type Value } from '../../../../src/analysis/network/network';
import { attentionModel, residualModel } from '../../../support/networks';

/** The shapes of what is put into another order while the network runs. */
function moved(network: Network): (readonly number[])[] {
  const order = topologicalOrder(channelsLast(network));
  return order.filter(({ op }) => op === 'Transpose').map(({ shape }) => shape);
}

const square = { strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], group: 1 };

/** A network with three logits, of a body that makes `features` numbers of an image. */
function model(image: readonly number[], features: number, body: (b: NetworkBuilder, x: Value) => Value): Network {
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, ...image]);
  const logits = b.matMul(b.reshape(body(b, x), [-1, features]), randomConstant(b, [features, 3]));
  return { inputs: { x }, outputs: { logits } };
}

const conv = (b: NetworkBuilder, x: Value, channels: number): Value =>
  b.add('Conv', [x, randomConstant(b, [channels, x.shape[1], 3, 3])], square);

describe('the order of axes that TensorFlow’s convolutions want', () => {
  it('is that of the image on the way in, and goes through a residual network to its logits', () => {
    assert.deepEqual(moved(residualModel(new NetworkBuilder())), [[-1, 6, 6, 2]]);
  });

  it('costs nine gradients the image, the cotangents on their way in, what max-pools scatter, and the gradients', () => {
    const network = gradientNetwork(residualModel(new NetworkBuilder()), 9);
    assert.deepEqual(moved(network), [
      [-1, 6, 6, 2],
      [-1, 9, 2, 2, 6],
      [-1, 9, 3, 3, 4, 9],
      [-1, 9, 2, 6, 6],
    ]);
  });

  it('costs nothing where the image has one channel or its channels last', () => {
    const pooled = (b: NetworkBuilder, x: Value): Value => b.mean(b.relu(conv(b, x, 4)), [2, 3], false);
    const grey = model([1, 6, 6], 4, pooled);
    const keras = model([6, 6, 3], 4, (b, x) => pooled(b, b.transpose(x, [0, 3, 1, 2])));
    for (const network of [grey, keras, gradientNetwork(grey, 1), gradientNetwork(keras, 1)]) {
      assert.deepEqual(moved(network), []);
    }
  });

  it('is put back once for all that need the network’s own', () => {
    const network = model([1, 4, 4], 32, (b, x) => {
      const image = conv(b, x, 2);
      const rows = b.matMul(image, randomConstant(b, [4, 4]));
      return b.plus(rows, b.matMul(image, b.neg(randomConstant(b, [4, 4]))));
    });
    assert.deepEqual(moved(network), [[-1, 2, 4, 4]]);
  });

  it('changes nothing in a network without convolutions and pools', () => {
    const network = attentionModel(new NetworkBuilder());
    const named = (one: Network): string[] => topologicalOrder(one).map(({ op, shape }) => `${op} ${shape.join()}`);
    assert.deepEqual(named(channelsLast(network)), named(network));
  });
});
