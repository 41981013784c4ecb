import { disagreement, noisy } from '../backends/agreement';
import type { Backend } from '../backends/backend';
import { gaussianVector, seededRandom } from '../math/random';
import { norm, type Vector } from '../math/vector';
import type { CallKind } from '../network/calls';
import type { Network } from '../network/network';
import { elementCount } from '../network/shapes';
import type { Classifier } from './classifier';
import { firstDifference } from './firstDifference';
import { type AnsweringOptions, type Classified, classifierOf, type NetworkClassifier } from './networkClassifier';

/** What is asked of a backend before it is believed. */
export interface Tried extends Classified {
  readonly network: Network;
}

interface Question {
  readonly about: string;
  readonly kind: CallKind;
  readonly cotangents: number;
  ask(classifier: Classifier, x: Vector): Promise<readonly Vector[]>;
}

/**
 * Why a backend is not to be believed for a model, or null: its logits, gradients for one and for several cotangents and,
 * where the network is smooth, Hessian products beside another backend's, at two random images and the samples.
 *
 * @param reference the other one
 * @param samples shape (D,) each
 * @throws the signal's reason
 */
export async function refusalOf(
  model: Tried,
  backend: Backend,
  reference: Backend,
  samples: readonly Vector[],
  { memory, signal }: AnsweringOptions,
): Promise<string | null> {
  const tried = classifierOf(model.network, model, backend, { memory, signal });
  const trusted = classifierOf(model.network, model, reference, { memory, signal });
  const points = pointsAround(samples, model.network);
  try {
    for (const question of questionsFor(model)) {
      const refusal = await refusalIn(question, { model, backend, reference }, tried, trusted, points);
      // What is stopped answers nothing, which is no refusal.
      signal?.throwIfAborted();
      if (refusal !== null) return refusal;
    }
    return null;
  } finally {
    await Promise.all([tried.dispose(), trusted.dispose()]);
  }
}

/** Points to try a backend at: the samples, and two random ones of their size. */
export function pointsAround(samples: readonly Vector[], { inputs }: Network): Vector[] {
  const dimension = elementCount(inputs['x'].shape.slice(1));
  const size = samples.length > 0 ? norm(samples[0]) / Math.sqrt(dimension) : 1;
  const random = [0, 1].map((i) => scaled(gaussianVector(dimension, seededRandom('trial', i)), size || 1));
  return [...samples, ...random];
}

function questionsFor({ classes, smoothness }: Tried): Question[] {
  const cotangents = Array.from({ length: Math.min(9, classes) }, (_, i) => {
    return gaussianVector(classes, seededRandom('trial cotangent', i));
  });
  const gradients = (some: readonly Vector[]): Question => ({
    ...{ about: 'gradients', kind: 'gradients', cotangents: some.length },
    ask: async (classifier, x) => (await classifier.gradients(x, some)).gradients,
  });
  const hessian: Question = {
    ...{ about: 'Hessian products', kind: 'hessianProduct', cotangents: 1 },
    ask: async (classifier, x) => {
      const direction = gaussianVector(x.length, seededRandom('trial direction'));
      return [await classifier.hessianProduct(x, cotangents[0], direction)];
    },
  };
  return [
    {
      ...{ about: 'logits', kind: 'logits', cotangents: 0 },
      ask: async (classifier, x) => [await classifier.logits(x)],
    },
    gradients(cotangents.slice(0, 1)),
    gradients(cotangents),
    ...(smoothness === 'smooth' ? [hessian] : []),
  ];
}

async function refusalIn(
  question: Question,
  { model, backend, reference }: { model: Tried; backend: Backend; reference: Backend },
  tried: NetworkClassifier,
  trusted: NetworkClassifier,
  points: readonly Vector[],
): Promise<string | null> {
  const ask = ({ classifier }: NetworkClassifier, x: Vector) => question.ask(classifier, x);
  const expected = await Promise.allSettled(points.map((x) => ask(trusted, x)));
  const compared = expected.flatMap((answer, i) => {
    return answer.status === 'fulfilled' ? [{ x: points[i], right: answer.value }] : [];
  });
  if (compared.length === 0) return `onnxruntime on the processor has no ${question.about} to compare its own with`;
  let answers: (readonly Vector[])[];
  try {
    answers = await Promise.all(compared.map(({ x }) => ask(tried, x)));
  } catch (error) {
    // What a device throws here it would throw later.
    return `it has no ${question.about}: ${error instanceof Error ? error.message : String(error)}`;
  }
  for (const [i, { x, right }] of compared.entries()) {
    const error = await disagreement(answers[i], right, () =>
      Promise.all(noisy(x).map((point) => ask(trusted, point))),
    );
    if (error === null) continue;
    const operator = await firstDifference(model.network, question, x, backend, reference);
    const where = operator === null ? '' : `, first in ${operator}`;
    return `its ${question.about} are ${error.toExponential(0)} of the largest entry off those of the processor${where}`;
  }
  return null;
}

function scaled(x: Vector, factor: number): Vector {
  return x.map((entry) => factor * entry);
}
