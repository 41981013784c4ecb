import { BatchArithmeticError, extentArithmetic } from '../../batch/extentArithmetic';
import { extentOf, type Extents, extentsOf, type Operand, settled } from '../../batch/extents';
import type { AtenNode } from '../node';

/** Arithmetic on extents, by the end of the target. */
const ARITHMETIC: Readonly<Record<string, string>> = {
  add: 'Add',
  sub: 'Sub',
  mul: 'Mul',
  floordiv: 'Div',
  truediv: 'Div',
  mod: 'Mod',
  neg: 'Neg',
  pow: 'Pow',
  eq: 'Equal',
  lt: 'Less',
  le: 'LessOrEqual',
  gt: 'Greater',
  ge: 'GreaterOrEqual',
  and_: 'And',
  or_: 'Or',
  sym_max: 'Max',
  sym_min: 'Min',
  sym_not: 'Not',
  sym_sqrt: 'Sqrt',
};

const KEEPING: ReadonlySet<string> = new Set(['pos', 'trunc', 'sym_int', 'sym_float']);

const nameOf = (target: string): string => (target.split('.').at(-1) ?? '').replace(/^_sym/, 'sym');

/** Whether a target calculates with the sizes of tensors. */
export function isSymbolic(target: string): boolean {
  if (target.startsWith('torch.ops.aten.sym_')) return true;
  const name = nameOf(target);
  return !target.startsWith('torch.ops.') && (Object.hasOwn(ARITHMETIC, name) || KEEPING.has(name) || name === 'ne');
}

/** A number made of the extents of tensors, which may grow with the batch. */
export function symbolicNumber(node: AtenNode): Operand {
  const { builder } = node;
  if (node.op === 'sym_size') {
    const { shape } = node.value('self');
    const axis = node.axis(node.required('dim'), shape.length);
    return settled(builder, { op: 'Extents', type: 'int64', shape: [], elements: [extentOf(shape[axis])] });
  }
  if (node.op === 'sym_numel') {
    const count = node.value('self').shape.reduce((product, dim) => product * Math.abs(dim), 1);
    const grows = node.value('self').shape.some((dim) => dim < 0);
    const elements = [extentOf(grows ? -count : count)];
    return settled(builder, { op: 'Extents', type: 'int64', shape: [], elements });
  }
  const name = nameOf(node.op);
  const given = node.operands().map((operand) => asExtents(node, operand));
  if (KEEPING.has(name)) return settled(builder, given[0]);
  try {
    if (name === 'truediv') return settled(builder, extentArithmetic('Div', given.map(asFloat)));
    if (name === 'ne') return settled(builder, extentArithmetic('Not', [extentArithmetic('Equal', given)]));
    if (!Object.hasOwn(ARITHMETIC, name)) throw node.unsupported('this arithmetic with sizes is not followed');
    return settled(builder, extentArithmetic(ARITHMETIC[name], given));
  } catch (error) {
    if (!(error instanceof BatchArithmeticError)) throw error;
    throw node.unsupported(error.message, 'Export the model with a fixed batch of 1.');
  }
}

const asFloat = (extents: Extents): Extents => ({ ...extents, type: 'float32' });

function asExtents(node: AtenNode, operand: Operand): Extents {
  if (operand.op === 'Extents') return operand;
  if (operand.op === 'Constant') return extentsOf(operand);
  throw node.unsupported('it calculates with a number that depends on the image');
}
