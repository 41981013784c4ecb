import assert from 'node:assert/strict';

import { areFinite } from '../../../src/analysis/math/vector';

describe('whether numbers are finite', () => {
  const largest = Math.fround(3.4028234663852886e38);

  it('is told of the largest that float32 has, millions of them, as of none', () => {
    assert.ok(areFinite(new Float32Array(2 ** 22).fill(-largest)));
    assert.ok(areFinite(Float64Array.of(largest, 0, -0, 1e-45)));
    assert.ok(areFinite(new Float32Array(0)));
  });

  it('is denied wherever one is none', () => {
    for (const wrong of [NaN, Infinity, -Infinity]) {
      for (const place of [0, 500, 999]) {
        const numbers = new Float32Array(1000).fill(largest);
        numbers[place] = wrong;
        assert.ok(!areFinite(numbers), `${wrong} at ${place}`);
        assert.ok(!areFinite(Float64Array.from(numbers)));
      }
    }
  });
});
