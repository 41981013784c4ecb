import { setFlagsFromString } from 'node:v8';

/**
 * Lets this process's heap grow to so many times of what lives before all of it is marked again; four is the most that V8
 * chooses by itself. It chose 1.3 to 1.6: a search's vectors lie outside of the heap, of which little lives, so that a dozen
 * megabytes of them made it mark everything, up to ten times a second.
 */
export function letHeapGrow(times = 4): void {
  setFlagsFromString(`--heap-growing-percent=${100 * (times - 1)}`);
}
