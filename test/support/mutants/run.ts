import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';

import type { Judgement } from './judgement';
import type { Way } from './outcome';

/** Milliseconds that a process may say nothing; its first mutant takes the starting of the process with it. */
const SILENCE = 60_000;
const BATCH = 5000;

/** A mutant by its number, and how it fared. */
export type Judged = Judgement & { readonly n: number };

/** Which mutants. */
export interface Mutants {
  readonly format: string;
  readonly from: number;
  readonly count: number;
  readonly seed: number;
  /** Whether each is read in all ways, or in one by turns. */
  readonly thoroughly: boolean;
}

/** How many mutants of a format fared. */
export interface Fared {
  read: number;
  refused: number;
  slowest: readonly [milliseconds: number, n: number];
  largest: readonly [bytes: number, n: number];
  /** `format:number` and what may not be. */
  readonly faults: string[];
}

/** How the mutant of that number is read. */
export function waysOf(n: number, thoroughly: boolean): readonly Way[] {
  return thoroughly ? ['inspected', 'asked'] : [n % 2 === 0 ? 'read' : 'inspected'];
}

/**
 * Reads mutants in a process of their own, which may crash, hang or eat memory: whichever ends its process is a fault, and the
 * rest goes on without it.
 *
 * @param found called with each fault
 */
export async function faredMutants(mutants: Mutants, found: (fault: string) => void = () => undefined): Promise<Fared> {
  const { format, from, count, seed, thoroughly } = mutants;
  const fared: Fared = { read: 0, refused: 0, slowest: [0, 0], largest: [0, 0], faults: [] };
  const to = from + count;
  let next = from;
  const fault = (n: number, what: string): void => {
    fared.faults.push(`${format}:${n} ${what}`);
    found(`${format}:${n} ${what}`);
  };
  const took = ({ n, outcome, fault: wrong, milliseconds, bytes }: Judged): void => {
    next = n + 1;
    if (milliseconds > fared.slowest[0]) fared.slowest = [milliseconds, n];
    if (bytes > fared.largest[0]) fared.largest = [bytes, n];
    if (wrong === undefined) fared[outcome]++;
    else fault(n, wrong);
  };
  while (next < to) {
    const numbers = [next, Math.min(next + BATCH, to), seed].map(String);
    const child = fork(path.join(__dirname, 'child.js'), [format, ...numbers, String(thoroughly)]);
    const end = await watched(child, took);
    if (end !== undefined) {
      // An empty end is that of a process that did not even begin.
      fault(next, end);
      next++;
    }
  }
  return fared;
}

/** Passes on what the process says; why it ended, undefined where that was in order. */
function watched(child: ChildProcess, took: (judged: Judged) => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    let hangs = false;
    const watch = setTimeout(() => {
      hangs = true;
      child.kill('SIGKILL');
    }, SILENCE);
    child.on('message', (message) => {
      took(message as Judged);
      watch.refresh();
    });
    child.on('exit', (code, signal) => {
      clearTimeout(watch);
      if (hangs) resolve(`hangs for more than ${SILENCE} ms`);
      else resolve(code === 0 ? undefined : `ends the process: ${signal ?? `exit ${code}`}`);
    });
  });
}
