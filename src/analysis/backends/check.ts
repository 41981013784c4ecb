import { AnalysisError } from '../base/errors';
import { gaussianVector, seededRandom } from '../math/random';
import { NetworkBuilder } from '../network/builder';
import { gradientNetwork } from '../network/differentiate';
import type { Network } from '../network/network';
import { elementCount } from '../network/shapes';
import { relativeError, runOnce, tolerance } from './agreement';
import type { Backend, Tensor } from './backend';
import { caseModel, operatorCases } from './operatorCases';

/** How an operator's cases came out on a backend. */
export interface OperatorCheck {
  readonly operator: string;
  readonly cases: number;
  /** Those that came out wrong. */
  readonly wrong: number;
  /** Those that did not run. */
  readonly refused: number;
  /** The largest, of entries relative to the largest entry; null where nothing could be compared. */
  readonly error: number | null;
  /** Why the first that did not run did not. */
  readonly refusal: string | null;
}

const IMAGES = 2;
const COTANGENTS = 9;
const CLASSES = 3;

/**
 * Every canonical operator with its gradients for nine cotangents, in small networks, on a backend against another.
 *
 * @param trusted the other one
 */
export async function checkOperators(backend: Backend, trusted: Backend): Promise<OperatorCheck[]> {
  const checks: OperatorCheck[] = [];
  for (const [operator, cases] of Object.entries(operatorCases)) {
    let [wrong, refused, refusal]: [number, number, string | null] = [0, 0, null];
    const errors: number[] = [];
    for (const one of cases) {
      const model = caseModel(new NetworkBuilder(), one);
      try {
        const error = await difference(gradientNetwork(model, COTANGENTS), [IMAGES, ...one.image], backend, trusted);
        if (Number.isFinite(error)) errors.push(error);
        if (error > tolerance) wrong++;
      } catch (error) {
        if (!(error instanceof AnalysisError)) throw error;
        refused++;
        refusal ??= error.message;
      }
    }
    const error = errors.length > 0 ? Math.max(...errors) : null;
    checks.push({ operator, cases: cases.length, wrong, refused, error, refusal });
  }
  return checks;
}

async function difference(
  network: Network,
  image: readonly number[],
  backend: Backend,
  trusted: Backend,
): Promise<number> {
  const feeds = { x: normal(image, 'image'), cotangent: normal([IMAGES, COTANGENTS, CLASSES], 'cotangent') };
  const [actual, expected] = [await runOnce(backend, network, feeds), await runOnce(trusted, network, feeds)];
  return Math.max(...Object.entries(expected).map(([name, numbers]) => relativeError([actual[name]], [numbers])));
}

function normal(shape: readonly number[], key: string): Tensor {
  return { shape, data: Float32Array.from(gaussianVector(elementCount(shape), seededRandom(key))) };
}
