import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { operatorsDocument } from '../support/operatorsDocument';

/** Without the spaces and dashes that only align its tables. */
const bare = (text: string): string => text.replaceAll(/-{3,}/g, '---').replaceAll(/\s+/g, ' ');

describe('docs/operators.md', () => {
  it('says what the tables in the code say (npm run operators writes it)', () => {
    assert.equal(bare(readFileSync('docs/operators.md', 'utf8')), bare(operatorsDocument()));
  });
});
