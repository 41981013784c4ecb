import { totalmem } from 'node:os';

import { AnalysisError } from '../base/errors';

/** How often is looked, ms. */
const interval = 500;

/** This process's resident memory, MB. */
const residentMemory = (): number => process.memoryUsage.rss() / 2 ** 20;

/**
 * Looks twice a second whether this process still keeps within its memory, from now until `dispose`.
 *
 * @param limit - MB; half of the machine's by default.
 * @param exceeded - called once, with a 'limit-exceeded' that says what to do; at once, where the process has more from
 * the start.
 * @param used - what is measured, MB.
 */
export function watchMemory(
  limit: number = totalmem() / 2 ** 21,
  exceeded: (error: AnalysisError) => void,
  used: () => number = residentMemory,
): { dispose(): void } {
  const atStart = used();
  const look = (): void => {
    const now = used();
    if (now <= limit) return;
    clearInterval(timer);
    const rule = `the memory of this process must stay below ${Math.round(limit)} MB, got ${Math.round(now)} MB`;
    const cure =
      atStart > limit
        ? 'it had as much before it read the model, so that no work fits: raise the limit'
        : `${Math.round(atStart)} MB of it before it read the model; ` +
          'raise the limit, analyse fewer images, or choose a smaller batch';
    exceeded(new AnalysisError('limit-exceeded', `${rule}, ${cure}`));
  };
  const timer = setInterval(look, interval);
  look();
  return {
    dispose: () => {
      clearInterval(timer);
    },
  };
}
