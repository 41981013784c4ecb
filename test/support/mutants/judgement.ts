import { existsSync, readFileSync } from 'node:fs';

import { type Mutant, sizeOf, writtenMutant } from './mutant';
import { type Outcome, outcomeOf, type Way } from './outcome';

/** Milliseconds of the processor's: those of a clock are others' too. */
const LONGEST = 5000;
/** What a process may grow beyond the size of the file. */
const MOST_MEMORY = 2 ** 30;

/** How a mutant fared. */
export interface Judgement {
  readonly outcome: Outcome;
  /** What may not be: something thrown that has no reason, too much time or memory. */
  readonly fault?: string;
  /** Of the processor's. */
  readonly milliseconds: number;
  /** By how much the process grew. */
  readonly bytes: number;
}

/** Reads a mutant in the folder, which is replaced, in those ways. */
export async function judged(folder: string, mutant: Mutant, ways: readonly Way[]): Promise<Judgement> {
  const opened = writtenMutant(folder, mutant);
  const [start, before, peak] = [process.cpuUsage(), process.memoryUsage.rss(), peakMemory()];
  let outcome: Outcome = 'refused';
  let fault: string | undefined;
  try {
    outcome = await outcomeOf(opened, ways);
  } catch (error) {
    fault = error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 6).join(' ') : String(error);
  }
  const { user, system } = process.cpuUsage(start);
  const milliseconds = (user + system) / 1000;
  // Where the peak is not this mutant's, what it left is all that is known.
  const bytes = Math.max(peakMemory() > peak ? peakMemory() - before : 0, process.memoryUsage.rss() - before);
  if (milliseconds > LONGEST) fault ??= `takes ${Math.round(milliseconds)} ms`;
  if (bytes > MOST_MEMORY + sizeOf(mutant)) fault ??= `takes ${Math.round(bytes / 2 ** 20)} MiB`;
  return { outcome, milliseconds, bytes, ...(fault !== undefined && { fault: `${fault} (${mutant.name})` }) };
}

/** The most memory that this process ever had. On Linux, a process's maximum begins with that of its parent. */
export function peakMemory(): number {
  const status = '/proc/self/status';
  const own = existsSync(status) ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1] : undefined;
  return (own === undefined ? process.resourceUsage().maxRSS : Number(own)) * 1024;
}
