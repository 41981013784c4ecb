import assert from 'node:assert/strict';

import { analyses, type AnalysisName, type Section } from '../../src/protocol/analyses';
import type { Report } from '../../src/protocol/report';

/** A section of a report that must be complete: its items and its closing fields. */
export function section<K extends AnalysisName>(report: Report, name: K): Required<Section<K>> {
  const found = report.analyses[name];
  assert.ok(found, `the report has no ${name}`);
  assert.ok(analyses[name].items in found, `the report has no items of ${name}`);
  return found as Required<Section<K>>;
}
