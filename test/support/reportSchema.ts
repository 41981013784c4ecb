import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { Ajv } from 'ajv';

import type { Report } from '../../src/protocol/report';

const validate = new Ajv({ strict: true, allErrors: true }).compile(
  JSON.parse(readFileSync('schema/report.schema.json', 'utf8')) as object,
);

/** Checks a report as any reader with the shipped JSON Schema would. */
export function assertReport(report: unknown): asserts report is Report {
  if (!validate(report)) assert.fail(validate.errors?.map((e) => `${e.instancePath} ${e.message ?? ''}`).join('\n'));
}

/** A report without what may differ from run to run. */
export function withoutTimes(report: Report): object {
  const { createdAt, durationMs, backend, command, ...manifest } = report.manifest;
  assert.ok(createdAt && durationMs >= 0 && command);
  const { batch, threads, ...rest } = backend;
  assert.ok(batch >= 1 && threads >= 1);
  return { ...report, manifest: { ...manifest, backend: rest } };
}
