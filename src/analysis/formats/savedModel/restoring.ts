import type { Resolver } from './resolve';
import type { MetaGraph, NodeDef } from './savedModelProto';
import { dataInputs, type Place, type Scope } from './scope';

const ASSIGNMENTS: ReadonlySet<string> = new Set(['Assign', 'AssignVariableOp']);
const VARIABLES: ReadonlySet<string> = new Set(['VarHandleOp', 'Variable', 'VariableV2']);

/** Whether a node is a variable, or the handle of one. */
export function isVariable(node: NodeDef): boolean {
  return VARIABLES.has(node.op);
}

/** The name under which a variable is known to all of a file. */
export function variableName({ scope, node }: Place): string {
  const shared = scope.attribute(node, 'shared_name')?.s;
  return shared === undefined || shared.length === 0 ? scope.prefix + node.name : new TextDecoder().decode(shared);
}

/** Where a variable is in the checkpoint. */
export interface StoredUnder {
  readonly key: string;
  /** Which part of what is stored there, '' for all of it. */
  readonly slice: string;
}

/**
 * Under which key of the checkpoint each variable is, by its name: read off the operation that restores the model, which
 * TensorFlow itself would run. All writers make one, whereas the names of variables and keys are related by none.
 */
export function checkpointKeys(graph: MetaGraph, main: Scope, resolver: Resolver): Map<string, StoredUnder> {
  const keys = new Map<string, StoredUnder>();
  const restore = graph.saverDef?.restoreOpName.split(':')[0] ?? '';
  if (restore === '') return keys;
  const seen = new Set<string>();
  const open: (readonly [Scope, NodeDef])[] = [];
  const need = (scope: Scope, node: NodeDef | undefined): void => {
    const name = node && scope.prefix + node.name;
    if (node === undefined || name === undefined || seen.has(name)) return;
    seen.add(name);
    open.push([scope, node]);
  };
  need(main, main.find(restore)?.node);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [scope, node] = next;
    if (ASSIGNMENTS.has(node.op)) restored(scope, node, resolver, keys);
    for (const input of node.input) need(scope, scope.find(input)?.node);
    const body = scope.body(node);
    for (const inner of body?.nodes.values() ?? []) if (body) need(body, inner);
  }
  return keys;
}

function restored(scope: Scope, node: NodeDef, resolver: Resolver, keys: Map<string, StoredUnder>): void {
  const inputs = dataInputs(node);
  if (inputs.length < 2) return;
  const [target, value] = inputs.map((input) => resolver.source(scope, input));
  if (!isVariable(target.node) || value.node.op !== 'RestoreV2') return;
  const name = variableName(target);
  // Its inputs are a file, the keys and which parts.
  const lists = dataInputs(value.node).slice(1, 3);
  if (lists.length < 2) throw scope.unreadable(`what restores the variable "${name}" must name its key`);
  const [key, slice] = lists.map((list) => stringAt(resolver.source(value.scope, list), value.output));
  keys.set(name, { key, slice });
}

/** The string at a place of a constant; '' where there is none. */
function stringAt({ scope, node }: Place, at: number): string {
  const tensor = scope.attribute(node, 'value')?.tensor;
  // Of several equal ones TensorFlow may leave out all but the first.
  const { stringVal } = tensor === undefined ? { stringVal: [] } : scope.library.whole(tensor);
  return new TextDecoder().decode(stringVal[Math.min(at, stringVal.length - 1)]);
}
