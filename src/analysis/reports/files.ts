import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Report } from '../../protocol/report';
import { reportIn } from '../../protocol/reportText';
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
  const read = reportIn(text);
  if ('refusal' in read) throw new AnalysisError('invalid-input', `${file} ${read.refusal}`);
  return read.report;
}
