import assert from 'node:assert/strict';

import { executable } from '../../../../src/analysis/backends/tensorflow/executor';
import type { Tfjs } from '../../../../src/analysis/backends/tensorflow/kernel';
import { loadLibrary } from '../../../../src/analysis/backends/tensorflow/library';
import { NetworkBuilder } from '../../../../src/analysis/network/builder';
import { gradientNetwork } from '../../../../src/analysis/network/differentiate';
import type { Network, Value } from '../../../../src/analysis/network/network';
import { peakBytes } from '../../../../src/analysis/network/peakMemory';
import { analysisError } from '../../../support/analysisError';
import { residualModel } from '../../../support/networks';
import { temporaryFolder } from '../../../support/temporaryFolder';

/** tanh, `depth` times, of a thousand numbers. */
function chain(depth: number): Network {
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, 1000]);
  let value: Value = x;
  for (let i = 0; i < depth; i++) value = b.tanh(value);
  return { inputs: { x }, outputs: { logits: value } };
}

describe('the executor of TensorFlow.js', () => {
  let tf: Tfjs;
  before(() => {
    ({ tf } = loadLibrary('.tensorflow', 1));
  });

  /** With a tanh that takes 10 ms and is counted. */
  const slow = (count: () => void): Tfjs => ({
    ...tf,
    tanh: (x) => {
      count();
      const end = performance.now() + 10;
      while (performance.now() < end);
      return tf.tanh(x);
    },
  });

  it('leaves nothing behind: not after a run, not after its end, not after a refusal', async () => {
    const before = tf.memory().numTensors;
    const network = gradientNetwork(residualModel(new NetworkBuilder()), 2);
    const one = executable(tf, network);
    const loaded = tf.memory().numTensors;
    const feeds = {
      x: { shape: [1, 2, 6, 6], data: new Float32Array(72).fill(1) },
      cotangent: { shape: [1, 2, 3], data: new Float32Array(6).fill(1) },
    };
    await one.run(feeds);
    assert.equal(tf.memory().numTensors, loaded);
    const wrong = { ...feeds, cotangent: { shape: [1, 2, 4], data: new Float32Array(8) } };
    await assert.rejects(one.run(wrong), analysisError('unsupported-op', /^TensorFlow cannot run /));
    assert.equal(tf.memory().numTensors, loaded);
    await one.dispose();
    assert.equal(tf.memory().numTensors, before);
  });

  it('lets others have their turns between operators, and runs one after the other', async () => {
    const network = chain(30);
    let running = 0;
    const one = executable(
      slow(() => running++),
      network,
    );
    const feeds = { x: { shape: [1, 1000], data: new Float32Array(1000) } };
    const seen: number[] = [];
    const turn = setInterval(() => seen.push(running), 1);
    const first = one.run(feeds).then(() => running);
    const second = one.run(feeds).then(() => running);
    // The second run had not begun to compute, but for what it did before others had their turn.
    assert.ok((await first) < 35, 'the first run ends before the second does much');
    assert.equal(await second, 60);
    clearInterval(turn);
    // In one go it would be none.
    assert.ok(new Set(seen).size > 5, `${new Set(seen).size} turns of others`);
    await one.dispose();
  });

  it('ends in the midst of a run where it is disposed of, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    let operators = 0;
    const one = executable(
      slow(() => operators++),
      chain(100),
    );
    const run = one.run({ x: { shape: [1, 1000], data: new Float32Array(1000) } });
    const next = one.run({ x: { shape: [1, 1000], data: new Float32Array(1000) } });
    setTimeout(() => void one.dispose(), 50);
    await assert.rejects(run, analysisError('cancelled', /let go of/));
    await assert.rejects(next, analysisError('cancelled', /let go of/));
    assert.ok(operators < 100, `${operators} operators were computed`);
    assert.equal(tf.memory().numTensors, before);
  });

  it('holds no more at a time than is counted for batches', async () => {
    const network = chain(30);
    const before = tf.memory().numBytes;
    let peak = 0;
    const watched: Tfjs = {
      ...tf,
      tanh: (x) => {
        const y = tf.tanh(x);
        peak = Math.max(peak, tf.memory().numBytes - before);
        return y;
      },
    };
    const one = executable(watched, network);
    await one.run({ x: { shape: [3, 1000], data: new Float32Array(3000) } });
    await one.dispose();
    assert.equal(peak, 3 * peakBytes(network));
  });

  it('runs an output that is an input, or is given twice', async () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 2]);
    const again = b.reshape(x, [-1, 2, 1]);
    const one = executable(tf, { inputs: { x }, outputs: { x, again, twice: again } });
    const data = Float32Array.of(1, 2);
    assert.deepEqual(await one.run({ x: { shape: [1, 2], data } }), { x: data, again: data, twice: data });
    await one.dispose();
  });
});

describe('the library of TensorFlow.js', () => {
  const empty = temporaryFolder();

  it('is missed by name, with the command that puts it there', () => {
    assert.throws(
      () => loadLibrary(empty(), 1),
      analysisError(
        'invalid-input',
        /^There is no @tensorflow\/tfjs-node in .*“npm run setup:tensorflow -- .*” puts it there/,
      ),
    );
  });
});
