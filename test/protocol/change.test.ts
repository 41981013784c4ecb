import assert from 'node:assert/strict';

import { Value } from '@sinclair/typebox/value';

import { changed, difference, ReportChange } from '../../src/protocol/change';
import type { Report } from '../../src/protocol/report';
import { sampleReport } from '../support/sampleReport';

const whole = sampleReport({ images: 30 });
/** The report when every n-th image's result was there. */
const partial = (keep: (i: number) => boolean): Report => ({
  ...whole,
  manifest: { ...whole.manifest, state: 'running', durationMs: 3 },
  analyses: { boundary: { images: whole.analyses.boundary?.images?.filter((_, i) => keep(i)) ?? [] } },
  failures: [],
  thumbnails: {},
});
const stages = [partial((i) => i % 3 === 0), partial((i) => i % 3 < 2), partial(() => true), whole];

describe('what becomes of a report', () => {
  it('gives the report again, item by item in whatever order they came', () => {
    let known: Report | undefined;
    let before: Report | undefined;
    for (const stage of stages) {
      const change: ReportChange = structuredClone(difference(before, stage));
      assert.deepEqual([...Value.Errors(ReportChange, change)], []);
      assert.equal('whole' in change, before === undefined);
      known = changed(known, change);
      assert.deepEqual(known, stage);
      before = stage;
    }
  });

  it('crosses once: what did not change is left out', () => {
    const [first, second] = stages;
    const change = difference(first, second);
    assert.ok('sections' in change);
    assert.equal(change.sections.boundary?.added.length, 10);
    assert.deepEqual(change.manifest, {});
    const again = difference(second, { ...second });
    assert.deepEqual(again, { manifest: {}, sections: {}, thumbnails: {} });
  });

  it('is the whole report where something was taken away', () => {
    assert.deepEqual(difference(stages[1], stages[0]), { whole: stages[0] });
    assert.deepEqual(difference(whole, stages[2]), { whole: stages[2] });
  });

  it('is refused where it does not follow', () => {
    const change = difference(stages[1], stages[2]);
    assert.throws(() => changed(undefined, change), RangeError);
    const far = {
      manifest: {},
      thumbnails: {},
      sections: { boundary: { added: [{ at: 31, item: {} }], closing: {} } },
    };
    assert.throws(() => changed(stages[0], far), RangeError);
  });
});
