/** Runs one task an element, at most `limit` at once. After a task throws, no further one starts. */
export async function concurrently<T>(
  elements: readonly T[],
  limit: number,
  task: (element: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (next < elements.length && !failed) {
      const index = next++;
      try {
        await task(elements[index], index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, elements.length) }, worker));
}
