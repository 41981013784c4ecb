import { AnalysisError } from '../../base/errors';
import type { Steps } from '../../base/steps';
import type { NetworkBuilder } from '../../network/builder';
import { formatShape } from '../../network/shapes';
import { TensorType, type ValueInfoProto } from '../../onnx/onnxProto';
import { classScores } from '../classScores';
import { chosenOutput, type ScoreOutput } from '../outputs';
import type { Operand } from './operand';

const FLOATS: ReadonlySet<number> = new Set([
  0,
  TensorType.float,
  TensorType.float16,
  TensorType.bfloat16,
  TensorType.double,
]);

interface Candidate extends ScoreOutput {
  /** Whether no extents of 1 follow the classes in the file. */
  readonly isPlain: boolean;
}

/**
 * Chooses among a graph's outputs the one of shape [n, K].
 *
 * @param evaluate the value of an output by name
 * @param asked the name that the user gives
 * @param note takes a sentence for the report
 * @throws AnalysisError 'invalid-input' or 'model-unreadable', as chosenOutput; the first error of evaluate where no output
 *   can be computed
 */
export function* logitsOutput(
  outputs: readonly ValueInfoProto[],
  evaluate: (name: string) => Steps<Operand>,
  builder: NetworkBuilder,
  asked: string | undefined,
  note: (sentence: string) => void,
): Steps<ScoreOutput> {
  const errors: AnalysisError[] = [];
  const found: string[] = [];
  const candidates: Candidate[] = [];
  for (const { name, type } of outputs) {
    if (!FLOATS.has(type?.tensorType?.elemType ?? 0)) {
      found.push(`"${name}"`);
      continue;
    }
    try {
      const operand = yield* evaluate(name);
      const value = operand.op === 'Unbatched' ? operand.value : operand;
      if (value.op === 'Extents' || value.op === 'Sequence') {
        found.push(`"${name}"`);
        continue;
      }
      found.push(`"${name}" ${formatShape(value.shape)}`);
      const scores = classScores(value, builder);
      if (scores) candidates.push({ name, value: scores, isPlain: value.shape.length === 2 });
    } catch (error) {
      if (!(error instanceof AnalysisError)) throw error;
      found.push(`"${name}"`);
      if (name === asked) throw error;
      errors.push(error);
    }
  }
  if (candidates.length === 0 && errors.length > 0) throw errors[0];
  const plain = candidates.filter(({ isPlain }) => isPlain);
  const best = asked === undefined && plain.length > 0 ? plain : candidates;
  return chosenOutput({ format: 'ONNX', found }, best, asked, note);
}
