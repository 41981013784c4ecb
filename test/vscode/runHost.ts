import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';

import { launchBrowser } from '../support/panelPage';
import { installedServer } from './install';
import { Server } from './server';

interface Outcome {
  readonly type: 'pass' | 'fail' | 'end';
  readonly title?: string;
  readonly message?: string;
}

/** What VS Code needs to run the tests in its extension host. */
interface Suite {
  readonly extension: string;
  readonly tests: string;
  readonly folder: string;
  readonly environment: { readonly BOUNDARY_LENS_OUTCOMES: string; readonly BOUNDARY_LENS_CACHE: string };
}

const timeLimit = 15 * 60_000;

/** The desktop's VS Code, where there is a desktop and it can be downloaded. */
async function desktop(): Promise<string | undefined> {
  if (process.platform === 'linux' && process.env['DISPLAY'] === undefined) return undefined;
  return downloadAndUnzipVSCode({ version: 'stable', timeout: 15_000 }).catch(() => undefined);
}

async function onDesktop(
  vscodeExecutablePath: string,
  { extension, tests, folder, environment }: Suite,
): Promise<void> {
  await runTests({
    ...{ vscodeExecutablePath, extensionDevelopmentPath: extension, extensionTestsPath: tests },
    ...{ launchArgs: [folder, '--disable-extensions', '--disable-workspace-trust'], extensionTestsEnv: environment },
  });
}

/** VS Code's server build, its window in a browser; over when the outcomes have their end. */
async function onServer({ extension, tests, folder, environment }: Suite): Promise<void> {
  const browser = await launchBrowser();
  const server = await Server.start(installedServer(), { driver: true, environment });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    // The workbench tells of its tests by these, where they are there before its scripts run.
    for (const name of ['codeAutomationLog', 'codeAutomationExit']) await page.exposeFunction(name, () => undefined);
    const address = server.url(folder, { extensionDevelopmentPath: extension, extensionTestsPath: tests });
    await page.goto(address, { timeout: 120_000 });
    const end = Date.now() + timeLimit;
    while (Date.now() < end && !outcomesIn(environment.BOUNDARY_LENS_OUTCOMES).some(({ type }) => type === 'end')) {
      await sleep(500);
    }
  } finally {
    await browser.close();
    await server.stop();
  }
}

function outcomesIn(file: string): Outcome[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  return lines.map((line) => JSON.parse(line) as Outcome);
}

/** Prints the outcomes as mocha does; without their end, the extension host died or hung. */
function report(outcomes: readonly Outcome[]): void {
  const lines: string[] = [];
  for (const { type, title, message } of outcomes) {
    if (type === 'pass') lines.push(`    ✔ ${title ?? ''}`);
    if (type === 'fail') lines.push(`    ✖ ${title ?? ''}\n${message ?? ''}`);
  }
  const count = (wanted: Outcome['type']): number => outcomes.filter(({ type }) => type === wanted).length;
  const ended = count('end') === 1;
  if (!ended) lines.push('the suite did not come to its end');
  const failing = count('fail') + (ended ? 0 : 1);
  lines.push('', `  ${count('pass')} passing`, ...(failing > 0 ? [`  ${failing} failing`] : []), '');
  process.stdout.write(lines.join('\n'));
  process.exitCode = failing > 0 ? 1 : 0;
}

async function main(): Promise<void> {
  const home = mkdtempSync(path.join(tmpdir(), 'boundary-lens-host-'));
  const folder = path.join(home, 'workspace');
  cpSync('samples/relu', folder, { recursive: true });
  for (const digit of ['3', '7']) {
    cpSync(`samples/mnist/${digit}`, path.join(folder, 'digits', digit), { recursive: true });
  }
  const outcomes = path.join(home, 'outcomes.jsonl');
  const suite = {
    ...{ extension: path.resolve('.'), tests: path.resolve('out/test/vscode/host/index.js'), folder },
    environment: { BOUNDARY_LENS_OUTCOMES: outcomes, BOUNDARY_LENS_CACHE: path.join(home, 'artefacts') },
  };
  try {
    const executable = await desktop();
    await (executable === undefined ? onServer(suite) : onDesktop(executable, suite));
  } catch (error) {
    process.stdout.write(`${String(error)}\n`);
  }
  report(outcomesIn(outcomes));
  rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

void main();
