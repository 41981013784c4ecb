import { AnalysisError } from '../../base/errors';
import type { NetworkBuilder } from '../../network/builder';
import type { Value } from '../../network/network';
import { formatShape } from '../../network/shapes';
import { TensorType, type ValueInfoProto } from '../../onnx/onnxProto';
import type { Operand } from './operand';
import { classScores } from '../classScores';

const FLOATS: ReadonlySet<number> = new Set([
  0,
  TensorType.float,
  TensorType.float16,
  TensorType.bfloat16,
  TensorType.double,
]);

interface Candidate {
  readonly name: string;
  readonly value: Value;
  /** In the file; extents of 1 may follow the classes there. */
  readonly rank: number;
}

/** The output that holds one number per class. */
export interface Logits {
  readonly name: string;
  /** [-1, K]. */
  readonly value: Value;
}

/**
 * Chooses among a graph's outputs the one of shape [n, K].
 *
 * @param evaluate the value of an output by name
 * @param note takes a sentence for the report
 * @throws AnalysisError 'model-unreadable' where no output or more than one holds class scores, or the first error of
 *   evaluate where no output can be computed
 */
export function logitsOutput(
  outputs: readonly ValueInfoProto[],
  evaluate: (name: string) => Operand,
  builder: NetworkBuilder,
  note: (sentence: string) => void,
): Logits {
  const errors: AnalysisError[] = [];
  const found: string[] = [];
  const candidates: Candidate[] = [];
  for (const { name, type } of outputs) {
    if (!FLOATS.has(type?.tensorType?.elemType ?? 0)) continue;
    try {
      const operand = evaluate(name);
      const value = operand.op === 'Unbatched' ? operand.value : operand;
      if (value.op === 'Extents' || value.op === 'Sequence') continue;
      found.push(`"${name}" ${formatShape(value.shape)}`);
      const scores = classScores(value, builder);
      if (scores) candidates.push({ name, value: scores, rank: value.shape.length });
    } catch (error) {
      if (!(error instanceof AnalysisError)) throw error;
      errors.push(error);
    }
  }
  if (candidates.length === 0 && errors.length > 0) throw errors[0];
  const plain = candidates.filter(({ rank }) => rank === 2);
  const chosen = preferred(plain.length > 0 ? plain : candidates);
  if (chosen === undefined) {
    throw new AnalysisError(
      'model-unreadable',
      `ONNX: one output must have the shape [n, number of classes], the model's outputs are ${found.join(', ') || 'none'}. ` +
        'Export a model that returns only the class scores.',
    );
  }
  if (outputs.length > 1) {
    note(`Of the outputs ${outputs.map(({ name }) => name).join(', ')}, "${chosen.name}" is taken as the logits.`);
  }
  return chosen;
}

/** The only candidate, or the one whose probabilities the others are, or the one named logits. */
function preferred(candidates: readonly Candidate[]): Candidate | undefined {
  if (candidates.length <= 1) return candidates[0];
  const isMadeOf = ({ value }: Candidate, other: Candidate): boolean =>
    (value.op === 'Softmax' || value.op === 'LogSoftmax' || value.op === 'Sigmoid') && value.inputs[0] === other.value;
  const source = candidates.find((one) => candidates.every((other) => other === one || isMadeOf(other, one)));
  if (source) return source;
  const named = candidates.filter(({ name }) => /logit/i.test(name));
  return named.length === 1 ? named[0] : undefined;
}
