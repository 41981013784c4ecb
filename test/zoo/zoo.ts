import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

import { table } from '../../src/analysis/cli/table';
import { AnalysisError } from '../../src/analysis/errors';
import { openModel, readModel } from '../../src/analysis/model';
import { type Expected, readExpected } from './expected';

/** Largest relative error of the logits, and of a gradient unless the framework's own float32 noise is larger. */
const tolerance = 1e-4;

/** Files that hold a whole model, and of those the formats that this version reads. */
const modelFile = /\.(onnx|keras|h5|pt2|pt|pth)$|^(saved_model\.pb|model\.json)$/;
const readable = /(?<!\.weights)\.(onnx|keras|h5)$/;

interface Found {
  readonly file: string;
  readonly expected: string;
}

/** Every model file below a folder, with the nearest `expected.json` above it. */
function* modelsBelow(folder: string, above?: string): Generator<Found> {
  const names = readdirSync(folder).sort();
  const expected = names.includes('expected.json') ? path.join(folder, 'expected.json') : above;
  for (const name of names) {
    const file = path.join(folder, name);
    if (statSync(file).isDirectory()) yield* modelsBelow(file, expected);
    else if (expected && modelFile.test(name)) yield { file, expected };
  }
}

interface Errors {
  readonly logits: number;
  readonly gradient: number;
  readonly gradientTolerance: number;
}

async function compare(file: string, expected: Expected): Promise<Errors> {
  const model = await readModel(file, false);
  const { classifier, dispose } = await openModel(model, { backend: 'auto', binary: false, memory: 2 ** 29 });
  try {
    const answers = await Promise.all(
      expected.inputs.map((input, i) => {
        const [label, runnerUp] = expected.pairs[i] ?? [0, 1];
        const cotangent = new Float64Array(model.classes);
        cotangent[runnerUp] = 1;
        cotangent[label] = -1;
        return classifier.gradients(Float64Array.from(input), [cotangent]);
      }),
    );
    // A softmax head hides a shift common to all logits.
    const centred = model.headStripped === null ? (f: ArrayLike<number>) => Array.from(f) : withoutMean;
    const logits = answers.map((answer, i) => relative(centred(answer.logits), centred(expected.logits[i] ?? [])));
    const ratios = expected.gradients.map((gradient, i) => {
      const error = relative(Array.from(answers[i]?.gradients[0] ?? []), Array.from(gradient));
      return { error, allowed: Math.max(tolerance, 3 * (expected.noise[i] ?? 0)) };
    });
    const worst = ratios.reduce((a, b) => (a.error / a.allowed >= b.error / b.allowed ? a : b));
    return { logits: Math.max(...logits), gradient: worst.error, gradientTolerance: worst.allowed };
  } finally {
    await dispose();
  }
}

function withoutMean(f: ArrayLike<number>): number[] {
  const values = Array.from(f);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

/** ‖a − b‖ / ‖b‖. */
function relative(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Infinity;
  return Math.hypot(...a.map((value, i) => value - (b[i] ?? 0))) / Math.hypot(...b);
}

async function main(): Promise<void> {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    console.error('Usage: npm run zoo -- DIR (a folder with model folders that have an expected.json)');
    process.exitCode = 2;
    return;
  }
  const rows: (string | number)[][] = [];
  let [passed, failed, refused] = [0, 0, 0];
  for (const { file, expected } of modelsBelow(folder)) {
    const name = path.relative(folder, file);
    try {
      const { logits, gradient, gradientTolerance } = await compare(file, await readExpected(expected, file));
      const right = logits <= tolerance && gradient <= gradientTolerance;
      if (right) passed++;
      else failed++;
      rows.push([name, right ? 'right' : 'WRONG', logits.toExponential(1), gradient.toExponential(1), '']);
    } catch (error) {
      if (!(error instanceof AnalysisError)) throw error;
      // A refusal is right only where the format is one that this version does not read, and says so.
      const right = error.code === 'model-unreadable' && !readable.test(name);
      if (right) refused++;
      else failed++;
      rows.push([name, right ? 'refused' : 'WRONG', '', '', `${error.message.slice(0, 60)} [${error.code}]`]);
    }
  }
  console.log(table([['model', '', 'logits', 'gradient', 'message'], ...rows]));
  console.log(`${refused} refused as formats that this version does not read`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

void main();
