import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';

import type { Report } from '../../src/protocol/report';
import { assertReport } from './reportSchema';

/** What a command left behind. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface CliOptions {
  /** Where artefacts are kept; nowhere by default. */
  readonly cache?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called with everything that was printed on stderr so far. */
  readonly onStderr?: (text: string, child: ChildProcess) => void;
}

const bundle = `${process.cwd()}/dist/cli.js`;

/** Runs the built command line to its end. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<Finished> {
  const env = { ...process.env, BOUNDARY_LENS_CACHE: options.cache ?? 'off', ...options.env };
  const child = spawn(process.execPath, [bundle, ...args], { env, stdio: 'pipe', cwd: options.cwd });
  child.stdin.end();
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    options.onStderr?.(stderr, child);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

/** Runs the command line with --json, and returns its report. */
export async function cliReport(
  args: readonly string[],
  options: CliOptions & { code?: number } = {},
): Promise<Report> {
  const { code, stdout, stderr } = await cli([...args, '--json'], options);
  assert.equal(code, options.code ?? 0, stderr);
  const report: unknown = JSON.parse(stdout);
  assertReport(report);
  return report;
}
