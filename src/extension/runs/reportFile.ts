import { readFile, stat } from 'node:fs/promises';

import type { Report } from '../../protocol/report';
import { reportIn } from '../../protocol/reportText';
import { JobFailure } from '../engine/jobFailure';

/** Bytes: a report is read as a whole. */
const largest = 256 * 2 ** 20;

/**
 * A report from a file, as the command line writes them.
 *
 * @throws JobFailure 'invalid-input' where it is none, is damaged or of a newer version; 'limit-exceeded' where it is too large
 */
export async function readReport(file: string): Promise<Report> {
  const unreadable = (error: unknown): never => {
    const message = `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new JobFailure({ code: 'invalid-input', message });
  };
  const { size } = await stat(file).catch(unreadable);
  if (size > largest) {
    const message = `${file} must be at most 256 MiB to be shown, got ${size} bytes; analyse fewer images`;
    throw new JobFailure({ code: 'limit-exceeded', message });
  }
  const read = reportIn(await readFile(file, 'utf8').catch(unreadable));
  if ('report' in read) return read.report;
  throw new JobFailure({ code: 'invalid-input', message: `${file} ${read.refusal}` });
}
