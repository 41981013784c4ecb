import { AnalysisError } from '../base/errors';
import type { Value } from '../network/network';

/** An output that may be the one that holds the class scores. */
interface Candidate {
  readonly name: string;
  /** [-1, K], where it is computed before it is chosen. */
  readonly value?: Value;
}

/** An output that holds one number per class. */
export interface ScoreOutput extends Candidate {
  /** [-1, K]. */
  readonly value: Value;
}

/** What a model's outputs are, for messages. */
export interface OutputList {
  /** The format's name. */
  readonly format: string;
  /** Every output with its shape: '"boxes" [n, 100, 4]'. */
  readonly found: readonly string[];
}

/** Names that say what an output is, the plainest first. */
const tellingNames: readonly RegExp[] = [
  /^logits?$/i,
  /logit/i,
  /prob|softmax/i,
  /^(class_?)?scores?$/i,
  /^outputs?$/i,
];
/** Names of what is no answer, or not the model's last. */
const misleadingNames = /aux|feat|hidden|embed|pool|penultimate/i;

/**
 * Chooses among the outputs that hold class scores: the user's, else the only one, the one whose probabilities the others
 * are, or the only one whose name says that it is.
 *
 * @param list the format and all outputs of the model, for messages
 * @param list.format
 * @param list.found
 * @param candidates all outputs of shape [n, K]
 * @param asked the name that the user gives
 * @param note takes a sentence for the report
 * @throws AnalysisError 'invalid-input' where the user's is no such output, or several would do; 'model-unreadable' where
 *   none does
 */
export function chosenOutput<C extends Candidate>(
  { format, found }: OutputList,
  candidates: readonly C[],
  asked: string | undefined,
  note: (sentence: string) => void,
): C {
  const listed = found.join(', ') || 'none';
  const would = candidates.map(({ name, value }) => `"${name}"${value ? ` [n, ${value.shape[1]}]` : ''}`).join(', ');
  if (asked !== undefined) {
    const own = candidates.find(({ name }) => name === asked);
    if (own === undefined) {
      throw new AnalysisError(
        'invalid-input',
        `${format}: "${asked}" must be an output of the shape [n, number of classes]; ` +
          `${would === '' ? 'there is none' : `such are ${would}`}, of the outputs ${listed}.`,
      );
    }
    if (found.length > 1) note(`Of the outputs ${listed}, "${asked}" is taken as the logits, as asked for.`);
    return own;
  }
  if (candidates.length === 0) {
    throw new AnalysisError(
      'model-unreadable',
      `${format}: one output must have the shape [n, number of classes], the model's outputs are ${listed}. ` +
        'Export a model that returns only the class scores.',
    );
  }
  const chosen = candidates.length === 1 ? candidates[0] : (source(candidates) ?? named(candidates));
  if (chosen === undefined) {
    throw new AnalysisError(
      'invalid-input',
      `${format}: several outputs may hold the class scores: ${would}. Say which with --output NAME, or with "output" in ` +
        'boundary-lens.json beside the model.',
    );
  }
  if (found.length > 1) {
    const why = candidates.length === 1 || source(candidates) ? '' : ' by its name; --output takes another';
    note(`Of the outputs ${listed}, "${chosen.name}" is taken as the logits${why}.`);
  }
  return chosen;
}

/** The one whose probabilities all others are. */
function source<C extends Candidate>(candidates: readonly C[]): C | undefined {
  const isMadeOf = ({ value }: C, other: C): boolean =>
    (value?.op === 'Softmax' || value?.op === 'LogSoftmax' || value?.op === 'Sigmoid') &&
    value.inputs[0] === other.value;
  return candidates.find((one) => candidates.every((other) => other === one || isMadeOf(other, one)));
}

function named<C extends Candidate>(candidates: readonly C[]): C | undefined {
  for (const pattern of tellingNames) {
    const fitting = candidates.filter(({ name }) => pattern.test(name) && !misleadingNames.test(name));
    if (fitting.length > 0) return fitting.length === 1 ? fitting[0] : undefined;
  }
  return undefined;
}
