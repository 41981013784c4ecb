import type { OperatorValue } from '../network';
import type { Operator } from '../operators';
import { broadcastingRules, unaryRules } from './elementwise';
import { linearRules } from './linear';
import { movingRules } from './moving';
import { poolRules } from './pools';
import type { Rule } from './pullback';
import { reductionRules } from './reductions';

/** Operators whose derivative is 0 wherever it exists. */
const steps = {
  Floor: true,
  Sign: true,
  Not: true,
  // The builder leaves out a Cast between floats; to and from integers and masks it is a step.
  Cast: true,
  Greater: true,
  GreaterOrEqual: true,
  Equal: true,
  And: true,
} satisfies Readonly<Partial<Record<Operator, true>>>;

/** An operator that no gradient passes. */
export type StepOperator = keyof typeof steps;

/** An operator that a gradient passes. */
export type DifferentiableOperator = Exclude<Operator, StepOperator>;

/** Whether the derivative is 0 wherever it exists. */
export function isStep(value: OperatorValue): value is OperatorValue<StepOperator> {
  return value.op in steps;
}

/** The vector–Jacobian product of every operator that is not a step. */
export const rules: { readonly [O in DifferentiableOperator]: Rule<O> } = {
  ...unaryRules,
  ...broadcastingRules,
  ...reductionRules,
  ...linearRules,
  ...poolRules,
  ...movingRules,
};
