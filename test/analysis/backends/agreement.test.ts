import assert from 'node:assert/strict';

import { relativeError } from '../../../src/analysis/backends/agreement';

describe('the relative error of an answer', () => {
  it('is the largest difference, relative to the largest entry of the other answer', () => {
    assert.equal(relativeError([[1, -3], [0.5]], [[1, -4], [2]]), 1.5 / 4);
    assert.equal(relativeError([[0]], [[0]]), 0);
    assert.equal(relativeError([[1]], [[0]]), Infinity);
  });

  it('takes equal infinities for the same, and what else is no finite number for no agreement', () => {
    assert.equal(relativeError([[-Infinity, 3]], [[-Infinity, 2]]), 0.5);
    const others: [number, number][] = [
      [NaN, 1],
      [1, NaN],
      [NaN, NaN],
      [Infinity, 1],
      [1, Infinity],
      [Infinity, -Infinity],
    ];
    for (const [actual, expected] of others) {
      assert.equal(relativeError([[2, actual]], [[2, expected]]), Infinity, `${actual} for ${expected}`);
    }
    assert.equal(relativeError([[]], [[1]]), Infinity);
  });
});
