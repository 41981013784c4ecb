import { randomConstant } from '../../src/analysis/backends/operatorCases';
import { gaussianVector, seededRandom } from '../../src/analysis/math/random';
import type { NetworkBuilder } from '../../src/analysis/network/builder';
import type { Network, Value } from '../../src/analysis/network/network';
import { type Tensor, tensor } from './interpreter';

/** Standard normal numbers that belong to a key. */
export function normal(shape: readonly number[], ...key: readonly (string | number)[]): Tensor {
  const length = shape.reduce((product, extent) => product * extent, 1);
  return tensor(shape, gaussianVector(length, seededRandom(...key)));
}

/** A small residual network: convolutions, normalisation as Mul and Add, ReLU, max-pool, squeeze-excite; 3 logits. */
export function residualModel(b: NetworkBuilder): Network {
  const x = b.input('x', [-1, 2, 6, 6]);
  const conv = (value: Value, weight: readonly number[], stride: number): Value => {
    const pad = (weight[2] - 1) / 2;
    const attributes = { strides: [stride, stride], pads: [pad, pad, pad, pad], dilations: [1, 1], group: 1 };
    const result = b.add('Conv', [value, randomConstant(b, weight)], attributes);
    return b.plus(b.times(result, randomConstant(b, [weight[0], 1, 1])), randomConstant(b, [1, weight[0], 1, 1]));
  };
  const stem = b.relu(conv(x, [4, 2, 3, 3], 1));
  const windows = { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1] };
  const pooled = b.add('MaxPool', [stem], windows);
  const block = conv(b.relu(conv(pooled, [6, 4, 3, 3], 2)), [6, 6, 3, 3], 1);
  const excitation = b.sigmoid(b.matMul(b.mean(block, [2, 3], false), randomConstant(b, [6, 6])));
  const excited = b.times(block, b.reshape(excitation, [-1, 6, 1, 1]));
  const features = b.mean(b.relu(b.plus(excited, conv(pooled, [6, 4, 1, 1], 2))), [2, 3], false);
  return { inputs: { x }, outputs: { logits: b.plus(b.matMul(features, randomConstant(b, [6, 3])), b.scalar(0.5)) } };
}

/** A small transformer block on the pixels of an image: layer norm, two heads of attention, GELU; 3 logits. */
export function attentionModel(b: NetworkBuilder): Network {
  const [tokens, width, heads] = [5, 4, 2];
  const x = b.input('x', [-1, width, tokens]);
  const normalised = (value: Value): Value => {
    const centred = b.minus(value, b.mean(value, [2], true));
    const variance = b.mean(b.power(centred, b.scalar(2)), [2], true);
    return b.over(centred, b.sqrt(b.plus(variance, b.scalar(1e-3))));
  };
  const project = (value: Value): Value =>
    b.transpose(b.reshape(value, [-1, tokens, heads, width / heads]), [0, 2, 1, 3]);

  const input = b.transpose(x, [0, 2, 1]);
  const qkv = b.matMul(normalised(input), randomConstant(b, [width, 3 * width]));
  const [q, k, v] = [0, 1, 2].map((i) => project(b.slice(qkv, [2], [i * width], [(i + 1) * width])));
  const scores = b.times(b.matMul(q, b.transpose(k, [0, 1, 3, 2])), b.scalar(Math.SQRT1_2));
  const mixed = b.matMul(b.add('Softmax', [scores], { axis: 3 }), v);
  const attended = b.plus(input, b.reshape(b.transpose(mixed, [0, 2, 1, 3]), [-1, tokens, width]));

  const hidden = b.matMul(normalised(attended), randomConstant(b, [width, 8]));
  const gate = b.plus(b.scalar(1), b.erf(b.times(hidden, b.scalar(Math.SQRT1_2))));
  const gelu = b.times(b.times(b.scalar(0.5), hidden), gate);
  const output = b.plus(attended, b.matMul(gelu, randomConstant(b, [8, width])));
  return { inputs: { x }, outputs: { logits: b.matMul(b.mean(output, [1], false), randomConstant(b, [width, 3])) } };
}
