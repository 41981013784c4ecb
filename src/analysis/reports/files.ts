import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { Value } from '@sinclair/typebox/value';

import { Report, schemaVersion } from '../../protocol/report';
import { AnalysisError } from '../base/errors';

/**
 * Writes a file whole or not at all: beside its place first, then moved there.
 *
 * @throws AnalysisError 'invalid-input' where it cannot be written.
 */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const draft = `${file}.${randomUUID()}.draft`;
  try {
    await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    await writeFile(draft, content);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw new AnalysisError('invalid-input', `${file} cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The report as a file holds it. */
export function encodeJson(report: Report): string {
  return `${JSON.stringify(report, null, 1)}\n`;
}

/**
 * Reads a saved report.
 *
 * @throws AnalysisError 'invalid-input' if it is not a report, or of a newer version than this program knows.
 */
export async function readReport(file: string): Promise<Report> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new AnalysisError('invalid-input', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    // Its message quotes the file, which may be anything.
    throw new AnalysisError('invalid-input', `${file} is not a Boundary Lens report: it is no JSON`, { cause });
  }
  const head = content as { schema?: unknown; schemaVersion?: unknown } | null;
  if (head?.schema !== 'boundary-lens/report') {
    throw new AnalysisError(
      'invalid-input',
      `${file} is not a Boundary Lens report: its "schema" is not "boundary-lens/report"`,
    );
  }
  if (typeof head.schemaVersion === 'number' && head.schemaVersion > schemaVersion) {
    throw new AnalysisError(
      'invalid-input',
      `${file} has schemaVersion ${head.schemaVersion}, newer than the ${schemaVersion} that this version reads; update Boundary Lens`,
    );
  }
  if (!Value.Check(Report, content)) {
    const first = Value.Errors(Report, content).First();
    throw new AnalysisError(
      'invalid-input',
      `${file} is damaged: ${first ? `${first.path} ${first.message}` : 'not a report'}`,
    );
  }
  return content;
}
