import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';

import { concurrently } from '../../../src/analysis/base/concurrently';
import { mutantFormats } from '../../support/mutants/mutant';
import { type Fared, faredMutants } from '../../support/mutants/run';

describe('a damaged model file', function () {
  this.timeout(600_000);
  const count = 1000;
  const fared = new Map<string, Fared>();

  // In processes of their own, as many at once as there are processors.
  before(async () => {
    await concurrently(mutantFormats, availableParallelism(), async (format) => {
      fared.set(format, await faredMutants({ format, from: 0, count, seed: 0, thoroughly: false }));
    });
  });

  for (const format of mutantFormats) {
    it(`is read or refused with a reason, soon and without much memory: ${count} of ${format}`, () => {
      const { read, refused, faults } = fared.get(format) ?? { read: 0, refused: 0, faults: ['was not tried'] };
      assert.deepEqual(faults, []);
      assert.equal(read + refused, count);
      // Mutants that all fail, or none, would say little.
      assert.ok(read > 0 && refused > 0, `${read} read, ${refused} refused`);
    });
  }
});
