/**
 * The fastest run of each of several works, ms, in turns, so that whatever else the machine does disturbs all alike: after one
 * that warms up, as many as fit into the time, three at least.
 *
 * @param time - ms.
 */
export async function fastest(runs: readonly (() => Promise<unknown>)[], time: number): Promise<number[]> {
  const best = runs.map(() => Infinity);
  for (const run of runs) await run();
  const end = performance.now() + time;
  for (let round = 0; round < 3 || performance.now() < end; round++) {
    for (const [i, run] of runs.entries()) {
      const start = performance.now();
      await run();
      best[i] = Math.min(best[i], performance.now() - start);
    }
  }
  return best;
}
