import assert from 'node:assert/strict';

import { pixelScaleInside } from '../../../src/analysis/formats/inside';
import { NetworkBuilder } from '../../../src/analysis/network/builder';
import type { Value } from '../../../src/analysis/network/network';

/** Whether a network that does this to its input first is taken for one of pixels 0–255. */
function takesPixels(first: (b: NetworkBuilder, x: Value) => Value): boolean {
  const b = new NetworkBuilder();
  const x = b.input('x', [-1, 2, 2, 3]);
  return pixelScaleInside({ inputs: { x }, outputs: { logits: b.relu(first(b, x)) } });
}

describe('a network that prepares its images itself', () => {
  const perChannel = (b: NetworkBuilder, means: readonly number[]) => b.constant(means, [means.length]);

  it('takes pixels where it divides by what only they need, or subtracts a mean that only they have', () => {
    assert.ok(takesPixels((b, x) => b.over(x, b.scalar(255))));
    assert.ok(takesPixels((b, x) => b.times(x, b.scalar(1 / 127.5))));
    assert.ok(takesPixels((b, x) => b.minus(x, b.scalar(77.8))));
    assert.ok(takesPixels((b, x) => b.minus(x, perChannel(b, [123.7, 116.3, 103.5]))));
    assert.ok(takesPixels((b, x) => b.plus(x, b.scalar(-33.3))));
  });

  it('may take fractions where its means and scales are theirs, or does something else first', () => {
    assert.ok(!takesPixels((b, x) => b.minus(x, perChannel(b, [0.485, 0.456, 0.406]))));
    assert.ok(!takesPixels((b, x) => b.over(x, b.scalar(0.3))));
    assert.ok(!takesPixels((b, x) => b.minus(b.scalar(255), x)));
    assert.ok(!takesPixels((b, x) => b.over(b.scalar(255), x)));
    assert.ok(!takesPixels((b, x) => b.plus(x, x)));
    assert.ok(!takesPixels((b, x) => b.minus(b.relu(x), b.scalar(77.8))));
  });

  it('leaves it open where the means are Caffe’s, whose networks see blue first', () => {
    assert.ok(!takesPixels((b, x) => b.minus(x, perChannel(b, [103.939, 116.779, 123.68]))));
  });
});
