import type { Shape, Value } from './network';
import type { Operator, OperatorAttributes } from './operators';
import { sameShape, type TensorType } from './shapes';

/** How a simplification makes the nodes it needs: NetworkBuilder.add. */
export type AddOperator = <O extends Operator>(
  op: O,
  inputs: readonly Value[],
  attributes: OperatorAttributes[O],
) => Value;

type Simplification<O extends Operator> = (
  inputs: readonly Value[],
  attributes: OperatorAttributes[O],
  result: TensorType,
  add: AddOperator,
) => Value | undefined;

/**
 * A value equal to what the operator would make, where that is plain to see: its input (x + 0, a Reshape to the same
 * shape), or a shorter chain (Reshape of Reshape, Transpose of Transpose). Undefined where the node is needed.
 *
 * @param result the operator's inferred type
 */
export function simplified<O extends Operator>(
  op: O,
  inputs: readonly Value[],
  attributes: OperatorAttributes[O],
  result: TensorType,
  add: AddOperator,
): Value | undefined {
  const simplification: Simplification<O> | undefined = simplifications[op];
  return simplification?.(inputs, attributes, result, add);
}

/** The first input, where the result has its shape and so must equal it. */
const keepsShape = ([x]: readonly Value[], _: unknown, { shape }: TensorType): Value | undefined =>
  sameShape(x.shape, shape) ? x : undefined;

/** f(f(x)) = x. */
function involution(op: Operator) {
  return ([x]: readonly Value[]): Value | undefined => (x.op === op && 'inputs' in x ? x.inputs[0] : undefined);
}

function isFilledWith(value: Value, number: number): boolean {
  return value.op === 'Constant' && value.data.every((entry) => entry === number);
}

/** Operators that repeat their inputs themselves need no Expand before them. */
function unexpanded(op: 'Add' | 'Sub' | 'Mul' | 'Div') {
  return (inputs: readonly Value[], _: unknown, { shape }: TensorType, add: AddOperator): Value | undefined => {
    const sources = inputs.map((input) => (input.op === 'Expand' ? input.inputs[0] : input));
    for (const [i, source] of sources.entries()) {
      if (source === inputs[i] || !sameShape(inputs[1 - i].shape, shape)) continue;
      return add(op, inputs.with(i, source), {});
    }
    return undefined;
  };
}

/** x ∘ neutral = x, and neutral ∘ x = x where the operator commutes. */
function neutral(element: number, commutes: boolean) {
  return ([a, b]: readonly Value[], _: unknown, { shape }: TensorType): Value | undefined => {
    // Shapes first: the elements of a deferred constant would have to be read.
    if (sameShape(a.shape, shape) && isFilledWith(b, element)) return a;
    if (commutes && sameShape(b.shape, shape) && isFilledWith(a, element)) return b;
    return undefined;
  };
}

/** The first simplification that there is. */
function firstOf<O extends Operator>(...all: readonly Simplification<O>[]): Simplification<O> {
  return (...node) => {
    for (const one of all) {
      const simpler = one(...node);
      if (simpler !== undefined) return simpler;
    }
    return undefined;
  };
}

/** A reduction over extents of 1 moves no numbers. */
function reduction(
  [x]: readonly Value[],
  { axes }: OperatorAttributes['ReduceSum'],
  { shape }: TensorType,
  add: AddOperator,
): Value | undefined {
  return axes.every((axis) => x.shape[axis] === 1) ? add('Reshape', [x], { shape }) : undefined;
}

/** Products with vectors become products of matrices, so that no one else has to know of vectors. */
function matMul(inputs: readonly Value[], _: unknown, { shape }: TensorType, add: AddOperator): Value | undefined {
  const [a, b] = inputs;
  if (a.shape.length > 1 && b.shape.length > 1) return undefined;
  const matrix = (value: Value, extended: Shape): Value =>
    value.shape.length > 1 ? value : add('Reshape', [value], { shape: extended });
  const product = add('MatMul', [matrix(a, [1, ...a.shape]), matrix(b, [...b.shape, 1])], {});
  return add('Reshape', [product], { shape });
}

const simplifications: { readonly [O in Operator]?: Simplification<O> } = {
  Neg: involution('Neg'),
  Not: involution('Not'),
  Relu: ([x]) => (x.op === 'Relu' ? x : undefined),
  Clip: ([x], { min, max }) => (min === null && max === null ? x : undefined),
  Cast: ([x], { to }) => (x.type === to ? x : undefined),
  Add: firstOf(neutral(0, true), unexpanded('Add')),
  Sub: firstOf(neutral(0, false), unexpanded('Sub')),
  Mul: firstOf(neutral(1, true), unexpanded('Mul')),
  Div: firstOf(neutral(1, false), unexpanded('Div')),
  Pow: neutral(1, false),
  Where: ([condition, then, otherwise], _, { shape }) => {
    if (isFilledWith(condition, 1) && sameShape(then.shape, shape)) return then;
    if (isFilledWith(condition, 0) && sameShape(otherwise.shape, shape)) return otherwise;
    return undefined;
  },
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  MatMul: matMul,
  Reshape: ([x], { shape }, result, add) => {
    if (x.op === 'Reshape') return add('Reshape', x.inputs, { shape });
    return keepsShape([x], undefined, result);
  },
  Transpose: ([x], { perm }, _, add) => {
    if (perm.every((from, to) => from === to)) return x;
    if (x.op !== 'Transpose') return undefined;
    const inner = x.attributes.perm;
    return add('Transpose', x.inputs, { perm: perm.map((axis) => inner[axis]) });
  },
  Concat: (inputs) => (inputs.length === 1 ? inputs[0] : undefined),
  Slice: ([x], { steps }, result) => (steps.every((step) => step > 0) ? keepsShape([x], undefined, result) : undefined),
  Pad: keepsShape,
  Expand: keepsShape,
};
