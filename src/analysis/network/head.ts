import { AnalysisError } from '../base/errors';
import { NetworkBuilder } from './builder';
import type { Network, Value } from './network';
import type { Operator } from './operators';
import { formatShape } from './shapes';

/** The function after the logits that turned them into probabilities. */
export type Head = 'softmax' | 'log-softmax' | 'sigmoid';

/** A classifier's network, down to its logits. */
export interface LogitsNetwork {
  /** The same inputs; the one output `logits`, [-1, K]. */
  readonly network: Network;
  /** What was taken off the end. */
  readonly headStripped: Head | null;
  /** K ≥ 2. A single output l makes two classes with logits (0, l). */
  readonly classes: number;
  /** Whether the outputs are averages of probabilities, so that no logits exist. */
  readonly averaged: boolean;
  /** Whether each of K outputs had a sigmoid of its own, so that the model may not choose between them. */
  readonly multiLabel: boolean;
}

/**
 * Takes a trailing softmax, log-softmax or sigmoid off a network, through any reshapes around it, and gives its logits
 * the shape [-1, K].
 *
 * One linear output is refused, unless `binary` says that it is the logit of class 1 against class 0.
 *
 * @throws AnalysisError 'invalid-input' where the output is not one number a class
 */
export function stripHead(network: Network, { binary = false }: { readonly binary?: boolean } = {}): LogitsNetwork {
  const output = onlyOutput(network);
  const count = outputCount(output);
  const last = behindReshapes(output);
  const { head, input } = headOf(last, count);
  const builder = new NetworkBuilder(network);
  const flat = builder.reshape(input, [-1, count]);
  if (count === 1 && head !== 'sigmoid' && !(binary && head === null)) {
    throw new AnalysisError(
      'invalid-input',
      head === null
        ? `The model has one output (${formatShape(output.shape)}): a regression, or the logit of a binary classifier. ` +
            'If it is the latter, say so with "binary": true in boundary-lens.json.'
        : `The model has a ${head} over one output, which is constant; expected one output for each class.`,
    );
  }
  const logits = count === 1 ? builder.pad(flat, [0, 1, 0, 0]) : flat;
  return {
    network: { inputs: network.inputs, outputs: { logits } },
    headStripped: head,
    classes: Math.max(count, 2),
    averaged: head === null && isAverage(last),
    multiLabel: head === 'sigmoid' && count > 1,
  };
}

function onlyOutput({ outputs }: Network): Value {
  if ('logits' in outputs) return outputs['logits'];
  const [output, ...others] = Object.values(outputs);
  if (others.length === 0) return output;
  throw new AnalysisError('invalid-input', `The model must have one output, got ${Object.keys(outputs).join(', ')}.`);
}

/** K, where the output is [-1, K], with any further extents of 1. */
function outputCount({ shape }: Value): number {
  const others = shape.slice(1).filter((dim) => dim !== 1);
  if (shape[0] === -1 && others.length <= 1 && (others[0] ?? 1) > 0) return others[0] ?? 1;
  const dense = shape[0] === -1 ? ' A map of classes over the image (segmentation) is not supported.' : '';
  throw new AnalysisError(
    'invalid-input',
    `The model's output must be [n, classes], one logit or probability for each class, got ${formatShape(shape)}.${dense}`,
  );
}

/** The value that reshapes, and transposes that only move extents of 1, were made of. */
function behindReshapes(value: Value): Value {
  let last = value;
  while (last.op === 'Reshape' || (last.op === 'Transpose' && keepsOrder(last.inputs[0], last.attributes.perm))) {
    last = last.inputs[0];
  }
  return last;
}

function keepsOrder({ shape }: Value, perm: readonly number[]): boolean {
  const moved = perm.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || moved[i - 1] < axis);
}

/** Operators that take an average apart again. */
const AVERAGING: ReadonlySet<Operator> = new Set<Operator>([
  ...(['Add', 'Mul', 'Div', 'ReduceMean', 'ReduceSum', 'Concat', 'Slice', 'Reshape', 'Transpose', 'Log'] as const),
]);

/** Whether a value is made of several values' probabilities, or their logarithm, by adding and scaling. */
function isAverage(value: Value): boolean {
  const seen = new Set<Value>([value]);
  let heads = 0;
  for (const one of seen) {
    if (one.op === 'Softmax' || one.op === 'Sigmoid') heads++;
    else if ('inputs' in one && AVERAGING.has(one.op)) one.inputs.forEach((input) => seen.add(input));
    else if (one.op !== 'Constant') return false;
  }
  return heads > 0;
}

/** The head and what enters it; where there is none, the value itself. */
function headOf(value: Value, count: number): { readonly head: Head | null; readonly input: Value } {
  if (value.op === 'Sigmoid') return { head: 'sigmoid', input: value.inputs[0] };
  const softmax = value.op === 'Softmax' || value.op === 'LogSoftmax';
  if (softmax && value.shape[value.attributes.axis] === count) {
    return { head: value.op === 'Softmax' ? 'softmax' : 'log-softmax', input: value.inputs[0] };
  }
  return { head: null, input: value };
}
