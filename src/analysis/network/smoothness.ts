import type { Smoothness } from '../../protocol/words';
import { type Network, topologicalOrder, type Value } from './network';
import type { Operator, OperatorAttributes } from './operators';

/** How a value moves with the input: not at all, in steps (its derivative is 0 wherever it has one), or continuously. */
type Motion = 'still' | 'steps' | 'varying';

/** What an operator adds to a function: curvature, kinks (or jumps), both or neither; a step stops the motion too. */
interface Trait {
  readonly curved: boolean;
  readonly kinked: boolean;
  readonly step?: boolean;
}

const linear: Trait = { curved: false, kinked: false };
const smooth: Trait = { curved: true, kinked: false };
const kinked: Trait = { curved: false, kinked: true };
const step: Trait = { curved: false, kinked: true, step: true };

/**
 * Where the curvature of a network's decision boundary lives.
 *
 * - 'smooth': the gradient is continuous, so all of it is in the Hessian;
 * - 'piecewise-linear': linear maps and kinks (ReLU, max), so all of it is in the kinks; purely linear networks too;
 * - 'piecewise-smooth': both.
 *
 * Only what depends on the input counts. Derived from one trait an operator.
 */
export function smoothness(network: Network): Smoothness {
  const motion = new Map<Value, Motion>();
  let [curves, kinks] = [false, false];
  for (const value of topologicalOrder(network)) {
    if (!('inputs' in value)) {
      motion.set(value, value.op === 'Input' ? 'varying' : 'still');
      continue;
    }
    const motions = value.inputs.map((input) => motion.get(input) ?? 'still');
    const most = motions.includes('varying') ? 'varying' : motions.includes('steps') ? 'steps' : 'still';
    const trait = most === 'varying' ? traitOf(value.op, value, motions) : linear;
    curves ||= trait.curved;
    kinks ||= trait.kinked;
    motion.set(value, trait.step === true ? 'steps' : most);
  }
  if (!curves) return 'piecewise-linear';
  return kinks ? 'piecewise-smooth' : 'smooth';
}

/** Whether a network rounds its activations, so that its logits jump, with gradients that pass the rounding. */
export function isStepped(network: Network): boolean {
  return topologicalOrder(network).some(({ op }) => op === 'RoundStraightThrough');
}

interface Node<O extends Operator> {
  readonly attributes: OperatorAttributes[O];
  readonly inputs: readonly Value[];
}

function traitOf<O extends Operator>(op: O, node: Node<O>, motions: readonly Motion[]): Trait {
  const trait: Trait | TraitOf<O> = traits[op];
  return typeof trait === 'function' ? trait(node, motions) : trait;
}

type TraitOf<O extends Operator> = (node: Node<O>, motions: readonly Motion[]) => Trait;

/** Linear in each factor, so curved only where two vary. */
const product = (_: unknown, motions: readonly Motion[]): Trait =>
  motions.filter((motion) => motion === 'varying').length > 1 ? smooth : linear;

/** What each operator adds to a function. */
export const traits: { readonly [O in Operator]: Trait | TraitOf<O> } = {
  Neg: linear,
  Abs: kinked,
  Sqrt: smooth,
  Exp: smooth,
  Log: smooth,
  Sin: smooth,
  Cos: smooth,
  Erf: smooth,
  Relu: kinked,
  LeakyRelu: ({ attributes }) => (attributes.alpha === 1 ? linear : kinked),
  // Its slope jumps from α to 1 at 0.
  Elu: ({ attributes }) => ({ curved: true, kinked: attributes.alpha !== 1 }),
  Sigmoid: smooth,
  Tanh: smooth,
  Softplus: smooth,
  Softsign: smooth,
  Clip: kinked,
  Floor: step,
  // Jumps, but unlike other steps it goes on with a slope.
  RoundStraightThrough: kinked,
  Sign: step,
  Not: step,
  Cast: ({ attributes }) => (attributes.to === 'float32' ? linear : step),
  Add: linear,
  Sub: linear,
  Mul: product,
  Div: (_, [, denominator]) => (denominator === 'varying' ? smooth : linear),
  Pow: ({ inputs: [, exponent] }) =>
    exponent.op === 'Constant' && exponent.data.every((entry) => entry === 1 || entry === 0) ? linear : smooth,
  Min: kinked,
  Max: kinked,
  Greater: step,
  GreaterOrEqual: step,
  Equal: step,
  And: step,
  // A condition that moves has jumped where it was compared; the branches pass through.
  Where: linear,
  ReduceSum: linear,
  ReduceMean: linear,
  ReduceMax: kinked,
  Softmax: smooth,
  LogSoftmax: smooth,
  Conv: linear,
  ConvTranspose: linear,
  MatMul: product,
  MaxPool: kinked,
  AveragePool: linear,
  Reshape: linear,
  Transpose: linear,
  Concat: linear,
  Slice: linear,
  Pad: linear,
  Expand: linear,
  Gather: linear,
};
