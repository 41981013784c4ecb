import { gaussianVector, seededRandom } from '../../src/analysis/math/random';
import { NetworkBuilder } from '../../src/analysis/network/builder';
import type { Network, Value } from '../../src/analysis/network/network';

/** A convolution with a 3 × 3 kernel of seeded weights, keeping the extent (stride 1) or halving it. */
function convolution(builder: NetworkBuilder, x: Value, channels: number, stride: number, seed: number): Value {
  const from = x.shape[1] ?? 1;
  const weights = gaussianVector(channels * from * 9, seededRandom(seed, from, channels));
  const deviation = Math.sqrt(2 / (9 * from));
  const kernel = builder.constant(
    Float32Array.from(weights, (w) => w * deviation),
    [channels, from, 3, 3],
  );
  return builder.add('Conv', [x, kernel], {
    strides: [stride, stride],
    pads: [1, 1, 1, 1],
    dilations: [1, 1],
    group: 1,
  });
}

/** A small convolutional network on images of `side` × `side` × 3, of ten classes: what time depends on is D alone. */
export function convolutionalNetwork(side: number, activation: 'relu' | 'softplus', width = 8): Network {
  const builder = new NetworkBuilder();
  const x = builder.input('x', [-1, 3, side, side]);
  const bend = (value: Value): Value => (activation === 'relu' ? builder.relu(value) : builder.softplus(value));
  let value = bend(convolution(builder, x, width, 1, 1));
  value = bend(convolution(builder, value, 2 * width, 2, 2));
  value = bend(convolution(builder, value, 4 * width, 2, 3));
  const pooled = builder.mean(value, [2, 3], false);
  const head = gaussianVector(40 * width, seededRandom(4));
  const logits = builder.matMul(pooled, builder.constant(Float32Array.from(head), [4 * width, 10]));
  return { inputs: { x }, outputs: { logits } };
}
