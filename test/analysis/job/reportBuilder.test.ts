import assert from 'node:assert/strict';

import { ReportBuilder } from '../../../src/analysis/job/reportBuilder';
import { sampleReport } from '../../support/sampleReport';

describe('a report in the making', () => {
  it('lists failures by name, whichever came first, and each once', () => {
    const builder = new ReportBuilder();
    for (const name of ['b.png', 'a.png', 'b.png']) builder.fail({ name, code: 'invalid-input', message: 'damaged' });
    const { failures } = builder.report(sampleReport().manifest);
    assert.deepEqual(
      failures.map(({ name }) => name),
      ['a.png', 'b.png'],
    );
  });
});
