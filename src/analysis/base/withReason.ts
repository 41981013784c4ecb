/** Aborts when another signal does, with a reason that says what was stopped. */
export function withReason(signal: AbortSignal, reason: Error): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort(reason);
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return controller.signal;
}
