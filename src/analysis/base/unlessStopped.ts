/** What is awaited, or the signal's reason as soon as it aborts: for what cannot itself be stopped, and goes on unheeded. */
export function unlessStopped<T>(awaited: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(signal?.reason as Error);
    };
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    awaited.then(resolve, reject).finally(() => signal?.removeEventListener('abort', stop));
  });
}
