import assert from 'node:assert/strict';
import { join } from 'node:path';

import { judged } from '../../support/mutants/judgement';
import { mutant, mutantFormats } from '../../support/mutants/mutant';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('a damaged model file', () => {
  const folder = temporaryFolder();
  const count = 300;

  for (const format of mutantFormats) {
    it(`is read or refused with a reason, soon and without much memory: ${count} of ${format}`, async function () {
      this.timeout(120_000);
      const faults: string[] = [];
      for (let n = 0; n < count; n++) {
        const { fault } = await judged(join(folder(), format), mutant(format, n, 0), [
          n % 2 === 0 ? 'read' : 'inspected',
        ]);
        if (fault !== undefined) faults.push(`${format}:${n} ${fault}`);
      }
      assert.deepEqual(faults, []);
    });
  }
});
