import type { Value } from '../../network/network';
import { type AtenNode, isNamed, targetOf } from './node';
import { inverse, permutation } from './operators/movement';
import { selectedSlice, sliceOf, withSlice } from './operators/slicing';
import type { ProgramNode } from './program';

/** What shares the memory of its first argument: writing into the one writes into the other. */
const VIEWS: ReadonlySet<string> = new Set([
  'view',
  'reshape',
  'flatten',
  'unflatten',
  'squeeze',
  'unsqueeze',
  'detach',
  'alias',
  'contiguous',
  'lift_fresh',
  'slice',
  'narrow',
  'select',
  'transpose',
  'permute',
  't',
  'expand',
  'expand_as',
  'split',
  'split_with_sizes',
  'chunk',
  'unbind',
  'diagonal',
  'unfold',
  'as_strided',
]);

const REARRANGED: ReadonlySet<string> = new Set([
  'view',
  'reshape',
  'flatten',
  'unflatten',
  'squeeze',
  'unsqueeze',
  'detach',
  'alias',
  'contiguous',
  'lift_fresh',
]);

/** Whether a node's results are parts of its first argument. */
export function isView(node: ProgramNode): boolean {
  return VIEWS.has(targetOf(node.target).op);
}

/** The name of the tensor that a node writes into; undefined where it makes a new one. */
export function writtenInPlace(node: ProgramNode): string | undefined {
  const { op } = targetOf(node.target);
  const isInPlace = node.target.startsWith('torch.ops.aten.') && op.endsWith('_') && !op.endsWith('__');
  return isInPlace ? firstName(node) : undefined;
}

/** The name of a node's first argument. */
export function firstName(node: ProgramNode): string | undefined {
  const first = node.inputs.at(0)?.argument;
  return isNamed(first) ? first.name : undefined;
}

/** The tensor whose memory a name stands for: itself, or what it is a part of. */
export function aliasRoots(nodes: readonly ProgramNode[]): (name: string) => string {
  const roots = new Map<string, string>();
  const root = (name: string): string => roots.get(name) ?? name;
  for (const node of nodes) {
    const base = isView(node) || writtenInPlace(node) !== undefined ? firstName(node) : undefined;
    if (base === undefined) continue;
    for (const output of node.outputs.flat()) {
      if (isNamed(output)) roots.set(output.name, root(base));
    }
  }
  return root;
}

/**
 * A tensor after one of its parts was written to.
 *
 * @param node that made the part
 * @param base the tensor before
 * @param part what was written
 * @throws AnalysisError 'unsupported-op'
 */
export function putBack(node: AtenNode, base: Value, part: Value): Value {
  const { op, builder } = node;
  if (REARRANGED.has(op)) return builder.reshape(part, base.shape);
  if (op === 'slice' || op === 'narrow') return withSlice(node, base, sliceOf(node, base), part);
  if (op === 'select') {
    const slice = selectedSlice(node, base);
    return withSlice(node, base, slice, builder.reshape(part, base.shape.with(slice.axis, 1)));
  }
  const perm = permutation(node, base);
  if (perm !== undefined) return builder.transpose(part, inverse(perm));
  throw node.unsupported('the model writes into its result in place', 'Write it without in-place operations.');
}
