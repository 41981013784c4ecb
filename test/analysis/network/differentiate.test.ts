import assert from 'node:assert/strict';

import { AnalysisError } from '../../../src/analysis/base/errors';
import { NetworkBuilder } from '../../../src/analysis/network/builder';
import { gradientNetwork, networkOf, operatorsWithoutRule } from '../../../src/analysis/network/differentiate';
import { type Network, topologicalOrder, type Value } from '../../../src/analysis/network/network';
import { assertClose } from '../../support/assertClose';
import { centralDifferences, directionalDifference } from '../../support/finiteDifferences';
import { interpret, tensor } from '../../support/interpreter';
import { attentionModel, normal, residualModel } from '../../support/networks';

const tolerance = { rtol: 1e-6, atol: 1e-7 };
const ofImages = { kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1] };

/** A model whose logits are the flattened result of a function of the image. */
function model(image: readonly number[], body: (b: NetworkBuilder, x: Value) => Value): Network {
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, ...image]);
  const result = body(b, x);
  const classes = result.shape.reduce((product, dim) => product * Math.abs(dim), 1);
  return { inputs: { x }, outputs: { logits: b.reshape(result, [-1, classes]) } };
}

/** The gradient of the weighted sum of logits at one image. */
function gradientAt(network: Network, x: readonly number[], weights: readonly number[]): number[] {
  const [, ...image] = network.inputs['x'].shape;
  const inputs = { x: tensor([1, ...image], x), cotangent: tensor([1, 1, weights.length], weights) };
  return [...interpret(gradientNetwork(network, 1), inputs)['gradient'].data].map((entry) => entry + 0);
}

function operators(network: Network): string[] {
  return topologicalOrder(network).map(({ op }) => op);
}

describe('gradients at ties', () => {
  it('are 0 for a ReLU at 0, as in TensorFlow and PyTorch', () => {
    const relu = model([3], (b, x) => b.relu(x));
    assert.deepEqual(gradientAt(relu, [-1, 0, 1], [5, 5, 5]), [0, 0, 5]);
  });

  it('are 0 for a ReLU6 at both kinks', () => {
    const relu6 = model([4], (b, x) => b.add('Clip', [x], { min: 0, max: 6 }));
    assert.deepEqual(gradientAt(relu6, [0, 3, 6, 7], [1, 1, 1, 1]), [0, 1, 0, 0]);
  });

  it('go to the first maximum of a max-pool window in row-major order', () => {
    const pooled = model([1, 2, 4], (b, x) => b.add('MaxPool', [x], ofImages));
    // The windows are (1 1 | 1 1) and (0 2 | 2 2).
    assert.deepEqual(gradientAt(pooled, [1, 1, 0, 2, 1, 1, 2, 2], [3, 5]), [3, 0, 0, 5, 0, 0, 0, 0]);
  });

  it('go to the first maximum of each window where windows overlap, and add up', () => {
    const pooled = model([1, 1, 4], (b, x) => b.add('MaxPool', [x], { ...ofImages, kernel: [1, 2], strides: [1, 1] }));
    assert.deepEqual(gradientAt(pooled, [7, 7, 7, 1], [1, 10, 100]), [1, 10, 100, 0]);
    assert.deepEqual(gradientAt(pooled, [0, 7, 7, 7], [1, 10, 100]), [0, 11, 100, 0]);
  });

  it('never go to the padding, even on a background of zeros', () => {
    const padded = { ...ofImages, kernel: [3, 3], pads: [1, 1, 1, 1] };
    const pooled = model([1, 3, 3], (b, x) => b.add('MaxPool', [b.relu(x)], padded));
    // Its ReLU hides what the pool does at zeros; without it the first pixel of each window gets the gradient.
    const bare = model([1, 3, 3], (b, x) => b.add('MaxPool', [x], padded));
    assert.deepEqual(gradientAt(pooled, Array<number>(9).fill(0), [1, 2, 4, 8]), Array<number>(9).fill(0));
    assert.deepEqual(gradientAt(bare, Array<number>(9).fill(0), [1, 2, 4, 8]), [1, 2, 0, 4, 8, 0, 0, 0, 0]);
  });

  it('go to the first maximum of a pool over the whole image', () => {
    const pooled = model([2, 2, 2], (b, x) => b.add('MaxPool', [x], ofImages));
    assert.deepEqual(gradientAt(pooled, [0, 4, 4, 4, 5, 5, 5, 5], [3, 2]), [0, 3, 0, 0, 2, 0, 0, 0]);
  });

  it('are shared evenly by the maxima of a reduction, and by both inputs of Max and Min', () => {
    const reduced = model([4], (b, x) => b.add('ReduceMax', [x], { axes: [1], keepdims: true }));
    assert.deepEqual(gradientAt(reduced, [2, 1, 2, 2], [6]), [2, 0, 2, 2]);
    for (const op of ['Max', 'Min'] as const) {
      const chosen = model([2], (b, x) => b.add(op, [x, b.scalar(1)], {}));
      assert.deepEqual(gradientAt(chosen, [1, 1], [6, 2]), [3, 1]);
    }
  });
});

describe('gradients where a slope is infinite', () => {
  const squaredNorm = (b: NetworkBuilder, x: Value): Value => b.sum(b.times(x, x), [1], true);
  const norm = (b: NetworkBuilder, x: Value): Value => b.sqrt(squaredNorm(b, x));
  /** x/max(‖x‖, ε), as PyTorch normalises. */
  const normalised = (b: NetworkBuilder, x: Value): Value =>
    b.over(x, b.add('Clip', [norm(b, x)], { min: 0.5, max: null }));

  it('are 0 for a norm at the origin, as in PyTorch, also where it is a power of ½', () => {
    const power = (b: NetworkBuilder, x: Value): Value => b.power(squaredNorm(b, x), b.scalar(0.5));
    for (const length of [norm, power]) {
      assert.deepEqual(gradientAt(model([3], length), [0, 0, 0], [1]), [0, 0, 0]);
      assertClose(gradientAt(model([3], length), [0, 3, 4], [1]), [0, 0.6, 0.8], tolerance);
    }
  });

  it('are those of x/ε for a normalised vector at the origin, where its Hessian is 0', () => {
    const network = model([2], normalised);
    assert.deepEqual(gradientAt(network, [0, 0], [1, 3]), [2, 6]);
    const inputs = { x: tensor([1, 2], [0, 0]), cotangent: tensor([1, 2], [1, 3]), direction: tensor([1, 2], [1, 1]) };
    const { product } = interpret(networkOf(network, 'hessianProduct', 1), inputs);
    assert.deepEqual(
      [...product.data].map((entry) => entry + 0),
      [0, 0],
    );
  });

  it('are 0 for a power of 0 at 0', () => {
    const constant = model([2], (b, x) => b.plus(b.power(x, b.scalar(0)), x));
    assert.deepEqual(gradientAt(constant, [0, 2], [1, 1]), [1, 1]);
  });
});

describe('the gradient network', () => {
  for (const [name, make] of Object.entries({ residualModel, attentionModel })) {
    it(`agrees with central differences on a ${name === 'residualModel' ? 'residual network' : 'transformer block'}`, () => {
      const network = make(new NetworkBuilder());
      const x = normal([2, ...network.inputs['x'].shape.slice(1)], 'image');
      const cotangent = normal([2, 3], 'cotangent');
      const feeds = { x, cotangent: tensor([2, 1, 3], cotangent.data) };
      const first = gradientNetwork(network, 1);
      const { gradient, logits } = interpret(first, feeds);
      assert.deepEqual(logits.data, interpret(network, { x })['logits'].data);
      assertClose(gradient.data, centralDifferences(network, { x }, 'logits', cotangent).data, tolerance);

      const direction = normal(x.shape, 'direction');
      const { product } = interpret(networkOf(network, 'hessianProduct', 1), { x, cotangent, direction });
      assertClose(product.data, directionalDifference(first, feeds, 'gradient', direction).data, tolerance);
    });
  }

  it('has a symmetric Hessian', () => {
    const network = attentionModel(new NetworkBuilder());
    const hessian = networkOf(network, 'hessianProduct', 1);
    const x = normal([1, ...network.inputs['x'].shape.slice(1)], 'image');
    const [u, v] = [normal(x.shape, 'u'), normal(x.shape, 'v')];
    const cotangent = normal([1, 3], 'cotangent');
    const along = (direction: typeof u, other: typeof u): number =>
      interpret(hessian, { x, cotangent, direction })['product'].data.reduce((sum, e, i) => sum + e * other.data[i], 0);
    assertClose([along(u, v)], [along(v, u)], { rtol: 1e-6, atol: 1e-9 });
  });

  it('computes the forward pass and its masks once for all cotangents of an image', () => {
    const network = residualModel(new NetworkBuilder());
    const derived = topologicalOrder(gradientNetwork(network, 9));
    const shared = derived.filter(({ op }) => ['Relu', 'MaxPool', 'Sigmoid', 'Greater', 'Equal', 'Cast'].includes(op));
    assert.ok(shared.length > 10);
    for (const { shape } of shared) assert.equal(shape[0], -1);
    // Convolutions of cotangents work on all of them at once.
    const convolutions = (cotangents: number): number =>
      operators(gradientNetwork(network, cotangents)).filter((op) => op.startsWith('Conv')).length;
    assert.equal(convolutions(9), convolutions(1));
  });

  it('inserts no axis for a single cotangent and multiplies by no ones', () => {
    const network = model([4], (b, x) => b.plus(b.times(x, b.scalar(2)), b.relu(x)));
    const added = operators(gradientNetwork(network, 1)).filter((op) => op === 'Reshape' || op === 'Mul');
    // In the forward pass 2x, in the backward pass 2c and c·relu′; the cotangent loses its axis and the gradient gets it.
    assert.deepEqual(added.sort(), ['Mul', 'Mul', 'Mul', 'Reshape', 'Reshape']);
  });

  it('has a Hessian of zeros where the network is piecewise linear', () => {
    const network = model([1, 4, 4], (b, x) => b.add('MaxPool', [b.relu(x)], ofImages));
    const x = normal([2, 1, 4, 4], 'image');
    const inputs = { x, cotangent: normal([2, 4], 'cotangent'), direction: normal(x.shape, 'direction') };
    assert.ok(interpret(networkOf(network, 'hessianProduct', 1), inputs)['product'].data.every((entry) => entry === 0));
  });

  it('is refused where only steps lead from the image to the logits, and says which', () => {
    const network = model([4], (b, x) => b.add('Floor', [b.neg(x)], {}, 'quantize'));
    for (const differentiate of [() => gradientNetwork(network, 1), () => networkOf(network, 'hessianProduct', 1)]) {
      assert.throws(differentiate, (error: unknown) => {
        assert.ok(error instanceof AnalysisError);
        assert.equal(error.code, 'unsupported-op');
        assert.match(error.message, /Floor "quantize" is a step function/);
        return true;
      });
    }
    assert.throws(
      () =>
        gradientNetwork(
          model([2], (b, x) => b.times(b.scalar(0), b.cast(b.greater(x, x), 'float32'))),
          1,
        ),
      {
        code: 'unsupported-op',
      },
    );
  });

  it('is refused for several cotangents where a Reshape mixes the images of a batch, and names it', () => {
    const network = model([3], (b, x) => {
      const mixed = b.add('Reshape', [b.transpose(x, [1, 0])], { shape: [-1, 3] }, 'flatten');
      return b.times(mixed, mixed);
    });
    assert.throws(() => gradientNetwork(network, 2), { code: 'unsupported-op', message: /^Reshape "flatten" puts/ });
  });

  it('names the steps that no gradient passes, but not comparisons that choose between branches', () => {
    const network = model([4], (b, x) => {
      const rounded = b.add('Floor', [b.times(x, b.scalar(255))], {}, 'round');
      return b.plus(rounded, b.where(b.greater(x, b.scalar(0)), x, b.neg(x)));
    });
    assert.deepEqual(operatorsWithoutRule(network), [{ op: 'Floor', label: 'round' }]);
    assert.deepEqual(operatorsWithoutRule(residualModel(new NetworkBuilder())), []);
  });
});
