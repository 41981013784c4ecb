import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { judged, peakMemory } from './judgement';
import { mutant } from './mutant';
import { type Judged, waysOf } from './run';

/* The process of run.ts: the mutants of one format from one number to another, each told as it is judged. */

/** A process that has grown to this is replaced, so that the next peak is seen. */
const RETIREMENT = 768 * 2 ** 20;

async function judgeAll([format, from, to, seed, thoroughly]: readonly string[]): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'mutants-'));
  try {
    for (let n = Number(from); n < Number(to); n++) {
      const ways = waysOf(n, thoroughly === 'true');
      const judgement = await judged(path.join(folder, 'mutant'), mutant(format, n, Number(seed)), ways);
      process.send?.({ ...judgement, n } satisfies Judged);
      if (peakMemory() > RETIREMENT) break;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    process.disconnect();
  }
}

void judgeAll(process.argv.slice(2));
