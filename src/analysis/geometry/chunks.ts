/** Numbers in flight at once: 32 MB of points in double precision. */
const NUMBERS_IN_FLIGHT = 2 ** 22;

/** How many points of R^D one task asks about at once: enough to fill batches, few enough to fit in memory. */
export function chunkSize(dimension: number): number {
  return Math.min(512, Math.max(16, Math.floor(NUMBERS_IN_FLIGHT / dimension)));
}

/**
 * The answers of `call(0) … call(count − 1)`, started together in chunks of `chunkSize(dimension)`, so that at most so
 * many points exist at a time.
 */
export async function inChunks<T>(count: number, dimension: number, call: (index: number) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  const size = chunkSize(dimension);
  for (let start = 0; start < count; start += size) {
    const length = Math.min(size, count - start);
    answers.push(...(await Promise.all(Array.from({ length }, (_, offset) => call(start + offset)))));
  }
  return answers;
}
