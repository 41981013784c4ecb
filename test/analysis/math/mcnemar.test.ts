import assert from 'node:assert/strict';

import { mcnemarExact } from '../../../src/analysis/math/mcnemar';
import { assertClose } from '../../support/assertClose';

describe('McNemar’s exact test', () => {
  it('is the two-sided binomial test of fair coins', () => {
    // 2 · (C(12, 0) + C(12, 1) + C(12, 2)) / 2¹², and 2 / 2⁶.
    const found = [mcnemarExact(10, 2), mcnemarExact(0, 6), mcnemarExact(6, 0)];
    assertClose(found, [(2 * 79) / 4096, 1 / 32, 1 / 32], { rtol: 1e-12, atol: 0 });
  });

  it('is 1 where neither leads, or nothing differs', () => {
    assert.deepEqual([mcnemarExact(0, 0), mcnemarExact(3, 3), mcnemarExact(1, 0)], [1, 1, 1]);
  });

  it('falls with the lead', () => {
    const leads = [1, 5, 20, 60].map((lead) => mcnemarExact(60 + lead, 60));
    assert.deepEqual(
      leads,
      [...leads].sort((a, b) => b - a),
    );
  });
});
