import assert from 'node:assert/strict';

import { executableOf } from '../../../../src/analysis/backends/session';
import { executed } from '../../../../src/analysis/backends/tensorflow/executor';
import { installed } from '../../../../src/analysis/backends/tensorflow/installation';
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
    ({ tf } = loadLibrary(installed('.tensorflow')));
  });

  it('leaves nothing behind: not after a run, not after its end, not after a refusal', async () => {
    const before = tf.memory().numTensors;
    const network = gradientNetwork(residualModel(new NetworkBuilder()), 2);
    const one = executed(tf, network);
    const loaded = tf.memory().numTensors;
    const feeds = {
      x: { shape: [1, 2, 6, 6], data: new Float32Array(72).fill(1) },
      cotangent: { shape: [1, 2, 3], data: new Float32Array(6).fill(1) },
    };
    await executableOf(network, one).run(feeds);
    assert.equal(tf.memory().numTensors, loaded);
    const wrong = { ...feeds, cotangent: { shape: [1, 2, 4], data: new Float32Array(8) } };
    await assert.rejects(
      executableOf(network, one).run(wrong),
      analysisError('unsupported-op', /^TensorFlow cannot run /),
    );
    assert.equal(tf.memory().numTensors, loaded);
    await one.release();
    assert.equal(tf.memory().numTensors, before);
  });

  it('ends in the midst of a run where it is interrupted, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    let operators = 0;
    const slow: Tfjs = {
      ...tf,
      tanh: (x) => {
        operators++;
        const end = performance.now() + 10;
        while (performance.now() < end);
        return tf.tanh(x);
      },
    };
    const one = executed(slow, chain(100));
    const run = one.run({ x: { shape: [1, 1000], data: new Float32Array(1000) } }, {});
    setTimeout(() => one.interrupt?.(), 50);
    await assert.rejects(run, analysisError('cancelled', /let go of/));
    assert.ok(operators < 100, `${operators} operators were computed`);
    await one.release();
    assert.equal(tf.memory().numTensors, before);
  });

  it('computes once what depends on no image, of copies of its weights', async () => {
    const b = new NetworkBuilder();
    const [x, w] = [b.input('x', [-1, 2]), b.input('w', [3, 2])];
    const network = { inputs: { x, w }, outputs: { y: b.matMul(x, b.transpose(w, [1, 0])) } };
    let transposes = 0;
    const counting: Tfjs = {
      ...tf,
      transpose: (...given) => {
        transposes++;
        return tf.transpose(...given);
      },
    };
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const one = executed(counting, network, { w: { data, shape: [3, 2] } });
    // As it is when the memory is given back.
    structuredClone(data, { transfer: [data.buffer] });
    for (const scale of [1, 2]) {
      const feeds = { x: { data: Float32Array.of(scale, 10 * scale), shape: [1, 2] } };
      const { y } = await executableOf(network, one).run(feeds);
      assert.deepEqual([...y], [21 * scale, 43 * scale, 65 * scale]);
    }
    assert.equal(transposes, 1);
    await one.release();
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
    const one = executed(watched, network);
    await executableOf(network, one).run({ x: { shape: [3, 1000], data: new Float32Array(3000) } });
    await one.release();
    assert.equal(peak, 3 * peakBytes(network));
  });

  it('runs an output that is an input, or is given twice', async () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 2]);
    const again = b.reshape(x, [-1, 2, 1]);
    const network = { inputs: { x }, outputs: { x, again, twice: again } };
    const one = executed(tf, network);
    const data = Float32Array.of(1, 2);
    assert.deepEqual(await executableOf(network, one).run({ x: { shape: [1, 2], data } }), {
      x: data,
      again: data,
      twice: data,
    });
    await one.release();
  });
});

describe('TensorFlow.js as it is installed', () => {
  const empty = temporaryFolder();

  it('is missed by name, with the command that puts it there', () => {
    assert.throws(
      () => installed(empty()),
      analysisError(
        'invalid-input',
        /^There is no @tensorflow\/tfjs-node in .*“npm run setup:tensorflow -- .*” puts it there/,
      ),
    );
  });
});
