import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work in steps that each take little time, and what it comes to. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Work of so much time, ms, is done in one piece. */
const PIECE = 20;

/** What the steps come to, one right after the other. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * What the steps come to, between which others have their turns.
 *
 * @throws the signal's reason
 */
export async function inTurns<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  let start = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - start < PIECE) continue;
    await nextTurn();
    signal?.throwIfAborted();
    start = performance.now();
  }
}
