import { AnalysisError } from '../../base/errors';
import type { GraphNode } from '../tensorflow/graphDef';
import { resultNames } from '../tensorflow/results';

/** How deep functions may call one another. */
const DEEPEST_CALLS = 64;
/** Of all bodies together. */
const MOST_NODES = 2 ** 17;
const LONGEST_WAY = 10_000;

/** A function of a graph's library. */
export interface GraphFunction {
  readonly arguments: readonly string[];
  readonly nodes: readonly GraphNode[];
  /** What it returns, by number, as its nodes name it. */
  readonly returned: readonly string[];
}

/** A graph without calls. */
export interface InlinedGraph {
  readonly nodes: readonly GraphNode[];
  /** What makes a result of the graph as it was, by its name in the graph as it is. */
  readonly reference: (original: string) => string;
}

/**
 * Puts the bodies of functions in the place of their calls.
 *
 * @throws AnalysisError 'model-unreadable' where a function is missing, calls itself, or a reference leads nowhere;
 *   'limit-exceeded'
 */
export function inlined(nodes: readonly GraphNode[], functions: ReadonlyMap<string, GraphFunction>): InlinedGraph {
  const main = new Scope(nodes, functions);
  const all: GraphNode[] = [];
  const open = [main];
  for (let scope = open.pop(); scope !== undefined; scope = open.pop()) {
    for (const node of scope.nodes.values()) {
      const body = scope.body(node);
      if (body !== undefined) open.push(body);
      else all.push(scope.named(node));
      if (all.length + open.length > MOST_NODES) {
        throw new AnalysisError('limit-exceeded', `A graph must have at most ${MOST_NODES} nodes with its functions.`);
      }
    }
  }
  return { nodes: all, reference: (original) => main.reference(original) };
}

/** Nodes that see each other by name: those of the graph, or those of a function while it is called. */
class Scope {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  private readonly prefix: string;
  private readonly depth: number;
  private readonly bodies = new Map<GraphNode, Scope>();

  constructor(
    nodes: readonly GraphNode[],
    private readonly functions: ReadonlyMap<string, GraphFunction>,
    private readonly call?: { readonly scope: Scope; readonly node: GraphNode; readonly own: GraphFunction },
  ) {
    this.nodes = new Map(nodes.map((node) => [node.name, node]));
    this.prefix = call === undefined ? '' : `${call.scope.prefix}${call.node.name}/`;
    this.depth = call === undefined ? 0 : call.scope.depth + 1;
  }

  /** The body of the function that a node calls, undefined where it calls none. */
  body(node: GraphNode): Scope | undefined {
    const known = this.bodies.get(node);
    if (known !== undefined) return known;
    const called = Object.hasOwn(node.attributes, 'f') ? node.attributes['f'] : undefined;
    const isCall = node.op === 'PartitionedCall' || node.op === 'StatefulPartitionedCall';
    const name = isCall && called?.kind === 'function' ? called.value : node.op;
    const own = this.functions.get(name);
    if (own === undefined) {
      if (isCall) throw unreadable(`"${node.name}" calls "${name}", which is not in the library`);
      return undefined;
    }
    for (let at = this.call; at !== undefined; at = at.scope.call) {
      if (at.own === own) throw unreadable(`the function "${name}" calls itself`);
    }
    if (this.depth >= DEEPEST_CALLS) {
      throw new AnalysisError('limit-exceeded', `Functions must call one another at most ${DEEPEST_CALLS} deep.`);
    }
    const body = new Scope(own.nodes, this.functions, { scope: this, node, own });
    this.bodies.set(node, body);
    return body;
  }

  /** A node under the name that it has in the graph without calls. */
  named(node: GraphNode): GraphNode {
    const inputs = node.inputs.filter((input) => !input.startsWith('^')).map((input) => this.reference(input));
    return { ...node, name: this.prefix + node.name, inputs };
  }

  /** What makes a result: through calls, arguments and results of functions. */
  reference(original: string): string {
    let at: { readonly scope: Scope; readonly name: string } = { scope: this, name: original };
    for (let step = 0; step < LONGEST_WAY; step++) {
      const next = at.scope.next(at.name);
      if (typeof next === 'string') return next;
      at = next;
    }
    throw unreadable(`"${original}" depends on its own result`);
  }

  private next(reference: string): string | { readonly scope: Scope; readonly name: string } {
    const [name, ...rest] = reference.split(':');
    const argument = this.call?.own.arguments.indexOf(name) ?? -1;
    if (this.call !== undefined && argument >= 0) {
      const given = this.call.node.inputs.filter((input) => !input.startsWith('^')).at(argument);
      if (given === undefined) throw unreadable(`"${this.call.node.name}" must give "${name}", and does not`);
      return { scope: this.call.scope, name: given };
    }
    const node = this.nodes.get(name);
    if (node === undefined) throw unreadable(`"${reference}" is needed and made by no node`);
    const index = Number(rest.at(-1) ?? 0);
    const body = this.body(node);
    if (body?.call !== undefined) {
      const returned = body.call.own.returned.at(index);
      if (returned === undefined) throw unreadable(`"${name}" has no result number ${index}`);
      return { scope: body, name: returned };
    }
    // Within functions a result has a name, and a number among those of that name.
    const first = rest.length === 2 ? Math.max(0, resultNames(node.op)?.indexOf(rest[0]) ?? 0) : 0;
    return `${this.prefix}${name}${first + index === 0 ? '' : `:${first + index}`}`;
  }
}

function unreadable(reason: string): AnalysisError {
  return new AnalysisError('model-unreadable', `TensorFlow.js graph model: ${reason}.`);
}
