import { seededRandom } from '../../src/analysis/math/random';
import type { Classifier, LogitsAndGradients } from '../../src/analysis/model/classifier';
import { type ModelOptions, openModel } from '../../src/analysis/model/open';
import { readModel } from '../../src/analysis/model/read';
import type { Expected } from './expected';

/** Largest relative error of the logits, and of a gradient unless three times the float32 noise is larger. */
const tolerance = 1e-4;

/** How far a model's answers are from its framework's. */
export interface Agreement {
  readonly logits: number;
  /** Of the worst image; undefined where the framework gave no gradients. */
  readonly gradient: number | undefined;
  readonly gradientTolerance: number | undefined;
  /** Whether the tolerance is the measured float32 noise. */
  readonly atKink: boolean;
  /** Whether both are within their tolerance. */
  readonly right: boolean;
  /** From opening the file to the answers. */
  readonly seconds: number;
}

/** Asks a model what its framework was asked. */
export async function agreement(
  file: string,
  expected: Expected,
  { backend, tensorflow }: Pick<ModelOptions, 'backend' | 'tensorflow'> = { backend: 'auto' },
): Promise<Agreement> {
  const start = performance.now();
  const model = await readModel(file);
  const open = await openModel(model, { backend, tensorflow, binary: false, memory: 2 ** 29 });
  const { classifier } = open;
  try {
    const answers = await Promise.all(
      expected.inputs.map((input, i) => {
        return classifier.gradients(Float64Array.from(input), [cotangentOf(expected, i, model.classes)]);
      }),
    );
    const seconds = (performance.now() - start) / 1000;
    // A softmax head hides a shift common to all logits.
    const centred = model.headStripped === null ? (f: ArrayLike<number>) => Array.from(f) : withoutMean;
    const logits = answers.map((answer, i) => relative(centred(answer.logits), centred(expected.logits[i] ?? [])));
    const errors = expected.gradients.map((gradient, i) => relative(answers[i]?.gradients[0] ?? [], gradient));
    const recorded = errors.map((_, i) => Math.max(tolerance, 3 * (expected.noise?.[i] ?? 0)));
    // Asked for only where it is needed: most gradients agree to seven digits.
    const explained = errors.every((error, i) => error <= (recorded[i] ?? 0));
    const noise = explained ? [] : await measuredNoise(classifier, expected, answers);
    const ratios = errors.map((error, i) => ({ error, allowed: Math.max(recorded[i] ?? 0, 3 * (noise[i] ?? 0)) }));
    const worst = ratios.sort((a, b) => b.error / b.allowed - a.error / a.allowed).at(0);
    const logitsError = Math.max(...logits);
    return {
      logits: logitsError,
      gradient: worst?.error,
      gradientTolerance: worst?.allowed,
      atKink: !explained,
      right: logitsError <= tolerance && (worst?.error ?? 0) <= (worst?.allowed ?? 0),
      seconds,
    };
  } finally {
    await open.dispose();
  }
}

/** The cotangent of F = f_j − f_k. */
function cotangentOf({ pairs }: Expected, i: number, classes: number): Float64Array {
  const [label, runnerUp] = pairs[i] ?? [0, 1];
  const cotangent = new Float64Array(classes);
  cotangent[runnerUp] = 1;
  cotangent[label] = -1;
  return cotangent;
}

/**
 * The float32 noise of each gradient: how far it moves at most when the input moves by some units in the last place, as
 * much as the rounding of a few dozen layers amounts to. A single unit within rounding of its kink moves a gradient by a
 * thousandth or a hundredth, and on which side it lands depends on the order in which a backend adds up its terms.
 */
async function measuredNoise(
  classifier: Classifier,
  expected: Expected,
  answers: readonly LogitsAndGradients[],
): Promise<number[]> {
  const draws = Array.from({ length: 8 }, (_, draw) => draw).flatMap((draw) =>
    expected.gradients.map((_, i) => ({ draw, i })),
  );
  const moved = await Promise.all(
    draws.map(async ({ draw, i }) => {
      const random = seededRandom(draw, i);
      const x = Float64Array.from(expected.inputs[i] ?? [], (value) => value * (1 + 1e-6 * (2 * random() - 1)));
      const { gradients } = await classifier.gradients(x, [cotangentOf(expected, i, classifier.classes)]);
      return relative(gradients[0] ?? [], answers[i]?.gradients[0] ?? []);
    }),
  );
  return expected.gradients.map((_, image) => Math.max(...moved.filter((_, draw) => draws[draw]?.i === image)));
}

function withoutMean(f: ArrayLike<number>): number[] {
  const values = Array.from(f);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

/** ‖a − b‖ / ‖b‖. */
function relative(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let [difference, size] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    difference += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
    size += (b[i] ?? 0) ** 2;
  }
  return Math.sqrt(difference / size);
}
