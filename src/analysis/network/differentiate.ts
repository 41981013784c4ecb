import { AnalysisError } from '../base/errors';
import { atOnce, type Steps } from '../base/steps';
import { NetworkBuilder } from './builder';
import { type CallKind, inputShape } from './calls';
import { type InputValue, type Network, type OperatorValue, topologicalOrder, type Value } from './network';
import type { Operator } from './operators';
import { Pullback, type Rule } from './rules/pullback';
import { type DifferentiableOperator, isStep, rules, type StepOperator } from './rules/rules';
import { nodeName } from './shapes';

/**
 * The network that answers one kind of call of a model: itself for logits.
 *
 * @param cotangents c ≥ 1; without meaning for logits, 1 for Hessian products
 * @throws AnalysisError 'unsupported-op' where the logits do not depend on the image other than in steps
 */
export function networkOf(model: Network, kind: CallKind, cotangents: number): Network {
  return atOnce(derivation(model, kind, cotangents));
}

/**
 * The same, operator by operator.
 *
 * @throws AnalysisError 'unsupported-op' where the logits do not depend on the image other than in steps
 */
export function* derivation(model: Network, kind: CallKind, cotangents: number): Steps<Network> {
  if (kind === 'logits') return model;
  return yield* kind === 'gradients' ? gradientDerivation(model, cotangents) : hessianProductDerivation(model);
}

/**
 * The network of a model's logits together with gradients of them with respect to the image, by reverse-mode symbolic
 * differentiation. Inputs `x` [n, …image] and `cotangent` [n, c, K]; outputs `logits` [n, K] and `gradient` [n, c,
 * …image], gradient[i, j] = ∇ₓ(cotangent[i, j]ᵀ f)(x[i]). The forward pass is shared by the c cotangents of an image.
 *
 * @param model input `x` [n, …image], output `logits` [n, K]
 * @param cotangents c ≥ 1
 * @throws AnalysisError 'unsupported-op' where the logits do not depend on the image other than in steps
 */
export function gradientNetwork(model: Network, cotangents: number): Network {
  return atOnce(gradientDerivation(model, cotangents));
}

function* gradientDerivation(model: Network, cotangents: number): Steps<Network> {
  const builder = new NetworkBuilder(model);
  const { x, logits, classes } = ends(model);
  const image = x.shape.slice(1);
  const cotangent = builder.input('cotangent', [
    -1,
    ...inputShape('gradients', 'cotangent', { image, classes, cotangents }),
  ]);
  const perRow = builder.reshape(cotangent, [-cotangents, classes]);
  const gradient = (yield* pullBack(new Pullback(builder, cotangents), logits, perRow, x)) ?? noGradient(model);
  return {
    inputs: { x, cotangent },
    outputs: { logits, gradient: builder.reshape(gradient, [-1, cotangents, ...image]) },
  };
}

/**
 * The network of Hessian–vector products, by differentiating ⟨gradient, direction⟩. Inputs `x` [n, …image], `cotangent`
 * [n, K] and `direction` [n, …image]; outputs `gradient` and `product` [n, …image], product[i] = ∇ₓ²(cotangent[i]ᵀ f)(x[i])
 * direction[i]. Where the network has kinks, it is the Hessian between them.
 *
 * @param model input `x` [n, …image], output `logits` [n, K]
 * @throws AnalysisError 'unsupported-op' where the logits do not depend on the image other than in steps
 */
function* hessianProductDerivation(model: Network): Steps<Network> {
  const builder = new NetworkBuilder(model);
  const { x, logits, classes } = ends(model);
  const image = x.shape.slice(1);
  const cotangent = builder.input('cotangent', [
    -1,
    ...inputShape('hessianProduct', 'cotangent', { image, classes, cotangents: 1 }),
  ]);
  const direction = builder.input('direction', x.shape);
  const pull = new Pullback(builder, 1);
  const gradient = (yield* pullBack(pull, logits, cotangent, x)) ?? noGradient(model);
  // Between kinks a piecewise linear network has no curvature.
  const product = (yield* pullBack(pull, gradient, direction, x)) ?? builder.times(direction, builder.scalar(0));
  return { inputs: { x, cotangent, direction }, outputs: { gradient, product } };
}

/**
 * The operators on the way from the image to the logits that no gradient passes, because they are steps (Floor, Sign,
 * Cast to integers): the gradient leaves their part out. Comparisons that only choose between branches are no loss.
 */
export function operatorsWithoutRule(model: Network): { op: Operator; label: string | undefined }[] {
  const { x, logits } = ends(model);
  return stepsBetween(x, logits)
    .filter(({ type }) => type !== 'bool')
    .map(({ op, label }) => ({ op, label }));
}

/** The ends of a model, and K. */
function ends(model: Network): { x: InputValue; logits: Value; classes: number } {
  const { x } = model.inputs;
  const { logits } = model.outputs;
  return { x, logits, classes: logits.shape[1] };
}

/** The values that a gradient with respect to x passes through, x first, each after its inputs. */
function differentiablePath(x: Value, output: Value): Set<Value> {
  const path = new Set([x]);
  for (const value of topologicalOrder({ inputs: {}, outputs: { output } })) {
    if ('inputs' in value && !isStep(value) && value.inputs.some((input) => path.has(input))) path.add(value);
  }
  return path;
}

/** The steps that end such a path. */
function stepsBetween(x: Value, output: Value): OperatorValue<StepOperator>[] {
  const path = differentiablePath(x, output);
  return topologicalOrder({ inputs: {}, outputs: { output } })
    .filter((value) => 'inputs' in value)
    .filter(isStep)
    .filter(({ inputs }) => inputs.some((input) => path.has(input)));
}

/** ∇ₓ⟨cotangent, output⟩, or undefined where no gradient of the output reaches x. */
function* pullBack(pull: Pullback, output: Value, cotangent: Value, x: Value): Steps<Value | undefined> {
  const path = differentiablePath(x, output);
  if (!path.has(output)) return undefined;
  const cotangents = new Map<Value, Value>([[output, cotangent]]);
  for (const value of [...path].reverse()) {
    const ofValue = cotangents.get(value);
    if (ofValue === undefined || !('inputs' in value) || isStep(value)) continue;
    value.inputs.forEach((input, index) => {
      if (!path.has(input)) return;
      const part = applyRule(pull, value, ofValue, index);
      const others = cotangents.get(input);
      cotangents.set(input, others === undefined ? part : pull.builder.plus(others, part));
    });
    cotangents.delete(value);
    yield;
  }
  return cotangents.get(x);
}

function applyRule<O extends DifferentiableOperator>(
  pull: Pullback,
  value: OperatorValue<O>,
  cotangent: Value,
  index: number,
): Value {
  const rule: Rule<O> = rules[value.op];
  return rule(pull, value, cotangent, index);
}

function noGradient(model: Network): never {
  const { x, logits } = ends(model);
  const step = stepsBetween(x, logits).at(0);
  const where =
    step === undefined
      ? 'the logits do not depend on the input'
      : `${nodeName(step.op, step.label)} is a step function`;
  throw new AnalysisError(
    'unsupported-op',
    `The gradient of the logits is 0 everywhere: ${where}. Export the model without it, up to the logits and in floating ` +
      'point.',
  );
}
