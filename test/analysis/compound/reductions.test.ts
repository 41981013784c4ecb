import assert from 'node:assert/strict';

import {
  cumulativeSum,
  logSumExp,
  multipliedAlong,
  type Summing,
  triangle,
} from '../../../src/analysis/compound/reductions';
import { assertClose } from '../../support/assertClose';
import { computed } from '../../support/compound';

describe('a reduction made of canonical operators', () => {
  const shape = [2, 2, 3];
  const data = [1, -2, 3, 0.5, 4, -1, 2, 2, -3, 5, 1, 0.25];
  const rows = [0, 3, 6, 9].map((at) => data.slice(at, at + 3));

  it('multiplies along an axis', () => {
    const products = rows.map((row) => row.reduce((p, q) => p * q));
    assertClose(
      computed((b, x) => multipliedAlong(b, x, 2), shape, data),
      products,
    );
  });

  it('takes log Σ e^x, also where e^x is beyond all numbers', () => {
    const closed = rows.map((row) => Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)));
    for (const keepdims of [true, false]) {
      assertClose(
        computed((b, x) => logSumExp(b, x, [2], keepdims), shape, data),
        closed,
        { rtol: 1e-12 },
      );
    }
    const large = computed((b, x) => logSumExp(b, x, [1], false), [1, 2], [1000, 1000]);
    assertClose(large, [1000 + Math.LN2], { rtol: 1e-12 });
  });

  const sums: readonly (readonly [Summing, (row: readonly number[], i: number) => readonly number[]])[] = [
    [{}, (row, i) => row.slice(0, i + 1)],
    [{ exclusive: true }, (row, i) => row.slice(0, i)],
    [{ reverse: true }, (row, i) => row.slice(i)],
    [{ exclusive: true, reverse: true }, (row, i) => row.slice(i + 1)],
  ];
  for (const [how, summed] of sums) {
    it(`adds up along an axis, ${JSON.stringify(how)}`, () => {
      const expected = rows.flatMap((row) => row.map((_, i) => summed(row, i).reduce((sum, x) => sum + x, 0)));
      assertClose(
        computed((b, x) => cumulativeSum(b, x, 2, how), shape, data),
        expected,
      );
    });
  }

  it('keeps one side of a diagonal', () => {
    for (const diagonal of [-1, 0, 1]) {
      for (const side of ['lower', 'upper'] as const) {
        const expected = data.map((x, at) => {
          const beyond = (at % 3) - (Math.floor(at / 3) % 2) - diagonal;
          return (side === 'upper' ? beyond >= 0 : beyond <= 0) ? x : 0;
        });
        assert.deepEqual(
          computed((b, x) => triangle(b, x, diagonal, side), shape, data),
          expected,
        );
      }
    }
  });
});
