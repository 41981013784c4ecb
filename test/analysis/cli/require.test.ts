import assert from 'node:assert/strict';

import { parseRequirement } from '../../../src/analysis/cli/require';
import { table } from '../../../src/analysis/cli/table';
import type { Report } from '../../../src/protocol/report';
import { analysisError } from '../../support/analysisError';
import { sampleReport } from '../../support/sampleReport';

function reportWith(median: number | null): Report {
  const report = sampleReport();
  const summary = { n: 1, median, mean: 1, q05: 1, q25: 1, q75: 1, q95: 1, converged: 1 };
  return { ...report, analyses: { ...report.analyses, boundary: { images: [], summary } } };
}

describe('a requirement', () => {
  for (const [comparison, below, equal, above] of [
    ['>=', false, true, true],
    ['<=', true, true, false],
    ['>', false, false, true],
    ['<', true, false, false],
    ['==', false, true, false],
    ['!=', true, false, true],
  ] as const) {
    it(`compares by ${comparison}`, () => {
      const { test } = parseRequirement(`boundary.summary.median ${comparison} 0.5`);
      assert.deepEqual(
        [0.4, 0.5, 0.6].map((median) => test(reportWith(median)).holds),
        [below, equal, above],
      );
    });
  }

  it('fails where the report has no such number', () => {
    const { test } = parseRequirement('boundary.summary.median>=0.5');
    assert.deepEqual(test(reportWith(null)), { holds: false, value: undefined });
  });

  it('may ask for an entry of a list', () => {
    assert.equal(parseRequirement('calibration.scores.combined.auc.0>=0').test(sampleReport()).holds, true);
  });

  it('that no report can have is refused, naming what there is instead', () => {
    for (const [text, expected] of [
      ['nowhere.at.all<1', /a report has no nowhere; it has evaluate, boundary/],
      ['boundary.sumary.median<1', /boundary has no sumary; it has images, summary/],
      ['boundary.summary.median.x<1', /boundary.summary.median has no x; it is no object/],
      ['boundary.summary<1', /boundary.summary is no number/],
    ] as const) {
      assert.throws(() => parseRequirement(text), analysisError('invalid-input', expected));
    }
  });

  it('that does not read as one is refused', () => {
    for (const text of ['median', 'a=>1', 'a>=', 'a>=b', '']) {
      assert.throws(() => parseRequirement(text), analysisError('invalid-input', /--require must read like/));
    }
  });
});

describe('a table', () => {
  it('aligns numbers to the right and words to the left', () => {
    const text = table([
      ['image', 'distance'],
      ['a.png', 1.23456],
      ['longer.png', 10],
    ]);
    assert.equal(text, 'image       distance\n──────────  ────────\na.png           1.23\nlonger.png        10\n');
  });
});
