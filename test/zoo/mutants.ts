import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { table } from '../../src/analysis/cli/table';
import { judged, type Judgement } from '../support/mutants/judgement';
import { mutant, mutantFormats, writtenMutant } from '../support/mutants/mutant';

// Reads damaged models of all formats in a process of its own, which may crash, hang or eat memory:
//
//   npm run mutants -- [--count 100000] [--format REGEX] [--seed 0] [--from 0]     all formats together
//   npm run mutants -- --only FORMAT:N [--seed 0] [--keep DIR]                     one again; its files stay in DIR

const SLOWEST = 5000;
const MEBIBYTE = 2 ** 20;
/** A process that has grown to this is replaced, so that the next peak is seen. */
const RETIREMENT = 768 * MEBIBYTE;
const BATCH = 5000;

interface Row {
  mutants: number;
  read: number;
  refused: number;
  slowest: readonly [milliseconds: number, n: number];
  largest: readonly [bytes: number, n: number];
  readonly faults: string[];
}

type Message = Judgement & { readonly n: number };

async function child([format, from, to, seed]: readonly string[]): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'mutants-'));
  try {
    for (let n = Number(from); n < Number(to); n++) {
      const judgement = await judged(path.join(folder, 'mutant'), mutant(format, n, Number(seed)), [
        'inspected',
        'asked',
      ]);
      process.send?.({ ...judgement, n } satisfies Message);
      if (process.resourceUsage().maxRSS * 1024 > RETIREMENT) break;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    process.disconnect();
  }
}

/** The mutants of a format from number `from` on; whichever kills its process is a fault, and the rest goes on without it. */
async function run(format: string, from: number, count: number, seed: number): Promise<Row> {
  const row: Row = { mutants: count, read: 0, refused: 0, slowest: [0, 0], largest: [0, 0], faults: [] };
  let next = from;
  const fault = (n: number, what: string): void => {
    row.faults.push(`${format}:${n} ${what}`);
    console.log(row.faults.at(-1));
  };
  const took = ({ n, outcome, fault: found, milliseconds, bytes }: Message): void => {
    next = n + 1;
    if (milliseconds > row.slowest[0]) row.slowest = [milliseconds, n];
    if (bytes > row.largest[0]) row.largest = [bytes, n];
    if (found !== undefined) fault(n, found);
    else row[outcome]++;
  };
  while (next < from + count) {
    const worker = fork(process.argv[1], [
      'child',
      format,
      String(next),
      String(Math.min(next + BATCH, from + count)),
      String(seed),
    ]);
    const end = await watched(worker, took);
    if (end !== undefined) {
      // An empty end is that of a process that did not even begin.
      fault(next, end);
      next++;
    }
  }
  return row;
}

/** Passes on what the process says; why it ended, undefined where that was in order. */
function watched(worker: ChildProcess, took: (message: Message) => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    let hangs = false;
    const watch = setTimeout(() => {
      hangs = true;
      worker.kill('SIGKILL');
    }, 12 * SLOWEST);
    worker.on('message', (message) => {
      took(message as Message);
      // The first takes the starting of the process with it.
      watch.refresh();
    });
    worker.on('exit', (code, signal) => {
      clearTimeout(watch);
      if (hangs) resolve(`hangs for more than ${12 * SLOWEST} ms`);
      else resolve(code === 0 ? undefined : `ends the process: ${signal ?? `exit ${code}`}`);
    });
  });
}

async function again(only: string, seed: number, keep: string): Promise<void> {
  const [format, n] = only.split(':');
  const folder = path.resolve(keep, `${format}-${n}`);
  const again = mutant(format, Number(n), seed);
  console.log(again.name, writtenMutant(folder, again));
  console.log(await judged(folder, again, ['inspected', 'asked']));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '100000' },
      format: { type: 'string', default: '' },
      from: { type: 'string', default: '0' },
      seed: { type: 'string', default: '0' },
      only: { type: 'string' },
      keep: { type: 'string', default: 'out/mutants' },
    },
  });
  const seed = Number(values.seed);
  if (values.only !== undefined) {
    await again(values.only, seed, values.keep);
    return;
  }
  const formats = mutantFormats.filter((name) => new RegExp(values.format).test(name));
  const each = Math.ceil(Number(values.count) / formats.length);
  const rows: (readonly (string | number)[])[] = [];
  let faults = 0;
  for (const format of formats) {
    const {
      mutants,
      read,
      refused,
      slowest,
      largest,
      faults: found,
    } = await run(format, Number(values.from), each, seed);
    faults += found.length;
    const slow = `${(slowest[0] / 1000).toFixed(1)} s (${slowest[1]})`;
    rows.push([
      format,
      mutants,
      read,
      refused,
      found.length,
      slow,
      `${Math.round(largest[0] / MEBIBYTE)} MiB (${largest[1]})`,
    ]);
    console.log(rows.at(-1)?.join(' | '));
  }
  console.log(table([['format', 'mutants', 'read', 'refused', 'faults', 'slowest', 'most memory'], ...rows]));
  process.exitCode = faults > 0 ? 1 : 0;
}

if (process.argv[2] === 'child') void child(process.argv.slice(3));
else void main();
