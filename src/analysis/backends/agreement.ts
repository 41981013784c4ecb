/** How the answers of two backends are compared. */
import type { Network } from '../network/network';
import type { Backend, Tensor } from './backend';

/** A relative error that is none yet: thousands of times what float32 rounds, and far below any mistake. */
export const tolerance = 1e-4;

/** One run of a network made ready for it alone. */
export async function runOnce(
  backend: Backend,
  network: Network,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Float32Array>> {
  const executable = await backend.load(network);
  try {
    return await executable.run(feeds);
  } finally {
    await executable.dispose();
  }
}

/**
 * The largest difference of two answers, array by array, relative to the largest finite entry of the second. Equal infinities
 * agree; Infinity where anything else is no finite number.
 */
export function relativeError(actual: readonly ArrayLike<number>[], expected: readonly ArrayLike<number>[]): number {
  let [difference, largest] = [0, 0];
  expected.forEach((array, i) => {
    for (let j = 0; j < array.length; j++) {
      const [entry, other] = [array[j], actual[i][j]];
      if (Number.isFinite(entry)) largest = Math.max(largest, Math.abs(entry));
      if (entry !== other) difference = Math.max(difference, Math.abs(entry - other));
    }
  });
  if (Number.isNaN(difference)) return Infinity;
  return difference === 0 ? 0 : difference / largest;
}
