/** How the answers of two backends are compared. */
import { gaussianVector, seededRandom } from '../math/random';
import { addScaled, type Vector } from '../math/vector';
import type { Network } from '../network/network';
import type { Backend, Tensor } from './backend';

/** A relative error that is none yet: thousands of times what float32 rounds, and far below any mistake. */
export const tolerance = 1e-4;

/** Noise of the size that rounding has inside of a network, relative to the image's largest entry. */
const rounding = 2 ** -20;
const neighbours = 4;

/** What such noise changes by more than this is no measure of anything. */
const widestSpread = 0.05;

type Answer = readonly ArrayLike<number>[];

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
export function relativeError(actual: Answer, expected: Answer): number {
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

/**
 * How far an answer is off the right one, relative to the largest entry, or null where it is right as far as float32 can
 * tell: within 1e-4 at the image or at a point within rounding-size noise of it (at a near tie of a max-pool either side is
 * right), or as far off as such noise itself takes the right answer.
 *
 * @param nearby the right answers at such points; asked for only where it is off at the image
 */
export async function disagreement(
  answer: Answer,
  right: Answer,
  nearby: () => Promise<readonly Answer[]>,
): Promise<number | null> {
  const error = relativeError(answer, right);
  if (error <= tolerance) return null;
  const others = await nearby();
  if (others.some((other) => relativeError(answer, other) <= tolerance)) return null;
  const spread = Math.max(...others.map((other) => relativeError(other, right)));
  return error <= Math.min(widestSpread, spread) ? null : error;
}

/** Points within rounding-size noise of x, shape (D,) each. */
export function noisy(x: Vector): Vector[] {
  const size = rounding * x.reduce((max, entry) => Math.max(max, Math.abs(entry)), 0);
  return Array.from({ length: neighbours }, (_, i) => {
    return addScaled(x, size, gaussianVector(x.length, seededRandom('trial noise', i)));
  });
}
