import { existsSync } from 'node:fs';
import path from 'node:path';

import type { Request } from '../../protocol/job';
import type { Doubt, Preflight } from '../../protocol/preflight';
import type { Report } from '../../protocol/report';
import { smallerInWords } from '../../reading/expected';
import { doubtsInWords } from '../../reading/preflight';
import { AnalysisError } from '../base/errors';
import { Job } from '../job/job';
import { watchMemory } from '../job/memoryWatch';
import { doubtsThatStop } from '../job/preflight';
import { encodeCsv } from '../reports/csv';
import { encodeJson, readReport, writeWhole } from '../reports/files';
import { encodeHtml } from '../reports/html';
import { encodeNpz } from '../reports/npz';
import { npzArrays } from '../reports/resultArrays';
import { ArtefactStore } from '../study/artefacts';
import { artefactOptions } from '../study/cacheFolder';
import { ProgressBar } from './progressBar';
import { parseRequirement } from './require';
import type { RunOptions } from './runOptions';
import { summaryText } from './summary';
import { Verbose } from './verbose';

/** What the process ends with; see the README. */
export const exitCode = { done: 0, fault: 1, badInput: 2, someFailed: 3, requirementFailed: 4, cancelled: 130 };

/** The built webview, beside the bundle. */
const assets = __dirname;
const extensions = ['.json', '.csv', '.html', '.npz'];

/** How often the partial report is saved while a job runs, ms. */
const saveInterval = 5000;

/** Runs a request, prints and writes what the options ask for, and returns the exit code. */
export async function runRequest(request: Request, options: RunOptions): Promise<number> {
  const requirements = options.require.map(parseRequirement);
  for (const file of options.out) checkExtension(file);
  const previous = options.resume ? await previousReport(options.out) : undefined;
  const controller = new AbortController();
  const bar = new ProgressBar(process.stderr);
  const artefacts = artefactOptions();
  const job = new Job(request, {
    store: new ArtefactStore(artefacts),
    signal: controller.signal,
    ...(previous && { previous }),
    stopsAt: options.yes ? [] : stoppingDoubts(request, process.stdin.isTTY),
    looked: (preflight) => {
      if (!options.quiet && !options.yes) warn(preflight);
    },
    expected: (expected) => {
      const { preset } = request;
      const images = Math.max(...expected.map((one) => one.images));
      if (options.quiet || preset === undefined) return;
      bar.end();
      process.stderr.write(`${smallerInWords(expected, preset, images)}\n`);
    },
    progress: (progress) => {
      verbose?.update(progress);
      if (!options.quiet) bar.update(progress);
    },
  });
  const verbose = options.verbose
    ? new Verbose(job, artefacts.folder, (text) => {
        bar.end();
        process.stderr.write(text);
      })
    : undefined;
  const abort = (): void => {
    controller.abort();
  };
  process.once('SIGINT', abort).once('SIGTERM', abort);
  let exceeded: AnalysisError | undefined;
  const memory = watchMemory(request.memory, (error) => {
    exceeded = error;
    abort();
  });
  let saving = Promise.resolve();
  const save = setInterval(() => {
    const report = job.report();
    if (report) saving = saving.then(() => writeJson(options.out, report)).catch(() => undefined);
  }, saveInterval);
  try {
    controller.signal.throwIfAborted();
    const report = await job.run();
    bar.end();
    verbose?.end();
    clearInterval(save);
    await saving;
    await writeOutputs(options.out, report, job);
    print(report, options);
    return codeOf(report, requirements, options);
  } catch (thrown) {
    bar.end();
    verbose?.end();
    clearInterval(save);
    await saving;
    const error: unknown = exceeded ?? thrown;
    const cancelled = error instanceof AnalysisError && error.code === 'cancelled';
    const partial = job.report(cancelled ? 'cancelled' : 'failed');
    if (partial) await writeOutputs(options.out, partial, job);
    const files = options.out.filter((file) => file.endsWith('.json')).join(', ');
    const then =
      artefacts.folder === null ? 'without a cache folder --resume begins anew' : '--resume goes on from there';
    const kept = partial && files ? `What was found is in ${files}; ${then}.\n` : '';
    const isLost = error instanceof AnalysisError && error.code === 'device-lost';
    if (exceeded || isLost) process.stderr.write(kept);
    if (!cancelled) throw error;
    if (partial && options.json) process.stdout.write(encodeJson(partial));
    process.stderr.write(kept ? `Cancelled. ${kept}` : 'Cancelled.\n');
    return exitCode.cancelled;
  } finally {
    memory.dispose();
    clearInterval(save);
    process.removeListener('SIGINT', abort).removeListener('SIGTERM', abort);
  }
}

/**
 * At which doubts a command stops unless it is told --yes. Where nobody sits at a terminal, a preprocessing that nobody states
 * stops nothing as long as it does well. What `evaluate` finds is what one would look for; labels of images that are to be
 * checked say nothing, since they may be perturbed, and a calibration was made with the preprocessing that it is used with.
 */
export function stoppingDoubts({ preset, analyses }: Request, isAsking: boolean): readonly Doubt[] {
  const stopping: readonly Doubt[] = [...doubtsThatStop.always, ...(isAsking ? doubtsThatStop.asking : [])];
  const [only, ...others] = Object.keys(analyses);
  if (preset !== undefined || others.length > 0) return stopping;
  if (only === 'evaluate' || analyses.detect?.calibration !== undefined) return [];
  return only === 'detect' ? stopping.filter((doubt) => doubt !== 'chance' && doubt !== 'better') : stopping;
}

function warn(preflight: Preflight): void {
  if (preflight.doubts.length === 0) return;
  const warnings = doubtsInWords(preflight).map((sentence) => `Warning: ${sentence}\n`);
  process.stderr.write(warnings.join(''));
}

/**
 * Writes a report to a file in the format that its extension names.
 *
 * @throws AnalysisError 'invalid-input' where the extension names no format, the file cannot be written, or arrays are
 *   asked for without the job that made them.
 */
export async function writeReport(file: string, report: Report, job?: Job): Promise<void> {
  switch (checkExtension(file)) {
    case '.json':
      return writeWhole(file, encodeJson(report));
    case '.csv':
      return writeWhole(file, encodeCsv(report));
    case '.html':
      return writeWhole(file, await encodeHtml(report, assets));
    default:
      if (!job) {
        throw new AnalysisError('invalid-input', `${file}: a saved report has no arrays; run the analysis with --out`);
      }
      return writeWhole(file, encodeNpz(npzArrays(report, job.arrays())));
  }
}

async function writeOutputs(files: readonly string[], report: Report, job: Job): Promise<void> {
  for (const file of files) await writeReport(file, report, job);
}

async function writeJson(files: readonly string[], report: Report): Promise<void> {
  for (const file of files) if (file.toLowerCase().endsWith('.json')) await writeReport(file, report);
}

function checkExtension(file: string): string {
  const extension = path.extname(file).toLowerCase();
  if (extensions.includes(extension)) return extension;
  throw new AnalysisError('invalid-input', `--out must end with ${extensions.join(', ')}, got ${file}`);
}

/** The partial report that `--resume` goes on from, or undefined where the job had not begun. */
async function previousReport(files: readonly string[]): Promise<Report | undefined> {
  const file = files.find((name) => name.toLowerCase().endsWith('.json'));
  if (!file) {
    throw new AnalysisError('invalid-input', '--resume needs --out FILE.json, the partial report to go on from');
  }
  return existsSync(file) ? readReport(file) : undefined;
}

function print(report: Report, options: RunOptions): void {
  if (options.json) {
    process.stdout.write(encodeJson(report));
    return;
  }
  process.stdout.write(summaryText(report, !options.quiet));
  if (options.quiet) return;
  for (const file of options.out) process.stderr.write(`Wrote ${file}\n`);
}

function codeOf(report: Report, requirements: ReturnType<typeof parseRequirement>[], options: RunOptions): number {
  for (const { name, code, message } of report.failures) {
    const subject = name ?? 'the job';
    process.stderr.write(`${message.startsWith(subject) ? '' : `${subject}: `}${message} [${code}]\n`);
  }
  const unmet = requirements.flatMap(({ text, test }) => {
    const { holds, value } = test(report);
    return holds ? [] : [`Required ${text}, but it is ${value ?? 'not in the report'}\n`];
  });
  if (!options.quiet || unmet.length > 0) process.stderr.write(unmet.join(''));
  if (unmet.length > 0) return exitCode.requirementFailed;
  return report.failures.length > 0 ? exitCode.someFailed : exitCode.done;
}
