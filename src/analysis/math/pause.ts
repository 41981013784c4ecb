/**
 * Lets messages be answered in the midst of a long computation.
 *
 * @throws the signal's reason once it is aborted.
 */
export async function pause(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}
