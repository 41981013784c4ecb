import assert from 'node:assert/strict';

import { NetworkBuilder } from '../../../src/analysis/network/builder';
import { gradientNetwork } from '../../../src/analysis/network/differentiate';
import type { Value } from '../../../src/analysis/network/network';
import { peakBytes } from '../../../src/analysis/network/peakMemory';

/** tanh, `depth` times, of 100 numbers. */
function chain(depth: number, branches = false) {
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, 100]);
  let value: Value = x;
  const all: Value[] = [x];
  for (let i = 0; i < depth; i++) all.push((value = b.tanh(value)));
  const logits = branches ? all.reduce((sum, term) => b.plus(sum, term)) : value;
  return { inputs: { x }, outputs: { logits } };
}

describe('the peak of memory of a network', () => {
  it('is two values for a chain, however deep: each is gone when the next is made', () => {
    assert.equal(peakBytes(chain(1)), 800);
    assert.equal(peakBytes(chain(20)), 800);
  });

  it('is a sum and two values for a running sum of a chain', () => {
    assert.equal(peakBytes(chain(6, true)), 3 * 400);
  });

  it('grows with depth for gradients, which need every activation, and hardly with cotangents', () => {
    const peak = (depth: number, cotangents: number): number => peakBytes(gradientNetwork(chain(depth), cotangents));
    assert.ok(peak(20, 1) >= 20 * 400);
    assert.ok(peak(40, 1) > 1.8 * peak(20, 1));
    assert.ok(peak(20, 9) - peak(20, 1) < 8 * 4 * 400);
  });

  it('counts no view of a value twice', () => {
    const b = new NetworkBuilder();
    const x = b.input('x', [-1, 4, 25]);
    assert.equal(peakBytes({ inputs: { x }, outputs: { logits: b.reshape(x, [-1, 100]) } }), 400);
  });
});
