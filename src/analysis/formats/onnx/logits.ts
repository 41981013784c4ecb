import { AnalysisError } from '../../base/errors';
import type { NetworkBuilder } from '../../network/builder';
import type { Value } from '../../network/network';
import { formatShape } from '../../network/shapes';
import { TensorType, type ValueInfoProto } from '../../onnx/onnxProto';
import { chosenOutput, type ScoreOutput } from '../outputs';
import type { Operand } from './extents';

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
 * @throws AnalysisError as chosenOutput, or the first error of evaluate where no output can be computed
 */
export function logitsOutput(
  outputs: readonly ValueInfoProto[],
  evaluate: (name: string) => Operand,
  builder: NetworkBuilder,
  asked: string | undefined,
  note: (sentence: string) => void,
): ScoreOutput {
  const errors: AnalysisError[] = [];
  const found: string[] = [];
  const candidates: Candidate[] = [];
  for (const { name, type } of outputs) {
    if (!FLOATS.has(type?.tensorType?.elemType ?? 0)) {
      found.push(`"${name}"`);
      continue;
    }
    try {
      const value = evaluate(name);
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

/** A value as [n, K], where its further extents are 1; undefined where it holds something else. */
function classScores(value: Value, builder: NetworkBuilder): Value | undefined {
  const [batch, classes = 1, ...rest] = value.shape;
  if (value.type !== 'float32' || batch !== -1) return undefined;
  const all = [classes, ...rest];
  const extended = all.filter((extent) => extent !== 1);
  return extended.length <= 1 ? builder.reshape(value, [-1, extended[0] ?? 1]) : undefined;
}
