import assert from 'node:assert/strict';

import type { Backend } from '../../../../src/analysis/backends/backend';
import { randomConstant } from '../../../../src/analysis/backends/operatorCases';
import { tensorflowBackend } from '../../../../src/analysis/backends/tensorflow/backend';
import { NetworkBuilder } from '../../../../src/analysis/network/builder';
import type { Value } from '../../../../src/analysis/network/network';
import { turnsDuring } from '../../../support/turns';

describe('the thread of TensorFlow', () => {
  let backend: Backend;
  before(async () => {
    backend = await tensorflowBackend({ tensorflow: '.tensorflow' });
  });

  it('leaves the thread that asks free while it computes', async () => {
    const [width, images] = [1024, 1024];
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, width]);
    const weight = randomConstant(b, [width, width]);
    const y = b.matMul(b.matMul(x, weight), weight);
    const executable = await backend.load({ inputs: { x }, outputs: { y } });
    const feeds = { x: { data: new Float32Array(images * width).fill(1), shape: [images, width] } };
    const turns = await turnsDuring(() => executable.run(feeds));
    await executable.dispose();
    assert.ok(turns > 50, `${turns} turns`);
  });

  it('is sent networks however deep', async () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 1]);
    let y: Value = x;
    for (let i = 0; i < 10_000; i++) y = b.sigmoid(y);
    const executable = await backend.load({ inputs: { x }, outputs: { y } });
    const found = await executable.run({ x: { data: Float32Array.of(3), shape: [1, 1] } });
    await executable.dispose();
    // The fixed point of the logistic function.
    assert.ok(Math.abs(found['y'][0] - 0.659046) < 1e-5, `${found['y'][0]}`);
  });
});
