import { AnalysisError } from '../../base/errors';
import type { GraphNode } from '../tensorflow/graphDef';
import { attributesOf } from './attributes';
import type { StoredTensor } from './checkpoint';
import { firstInput, type Resolver } from './resolve';
import { isVariable } from './restoring';
import type { NodeDef } from './savedModelProto';
import { dataInputs, type Place, type Scope } from './scope';

const MOST_NODES = 500_000;
const READING = 'ReadVariableOp';
/** Operators of tables, strings and files, which stand before a network and not in it. */
const LOOKUPS =
  /Table|^(Decode|Encode|Parse|String|Regex|Unicode|AsString|Substr|ReadFile|SparseTo|Ragged|StaticRegex)/;

/** A graph without functions, and where its output is. */
export interface FlatGraph {
  readonly nodes: readonly GraphNode[];
  readonly output: string;
}

/**
 * All nodes that an output needs, in one graph: functions inlined, variables made constants, control inputs left out.
 *
 * @param main the scope of the main graph
 * @param output as the signature names it
 * @param variable what a variable holds
 * @throws AnalysisError 'model-unreadable', 'unsupported-op' where variables are used but by reading them whole, or something
 *   other than the image is needed; 'limit-exceeded'
 */
export function flattened(
  main: Scope,
  resolver: Resolver,
  output: string,
  input: string,
  variable: (place: Place) => StoredTensor,
): FlatGraph {
  return new Flattening(resolver, input, variable).graph(main, output);
}

class Flattening {
  private readonly nodes: GraphNode[] = [];
  private readonly names = new Map<Scope, Map<NodeDef, string>>();
  private readonly taken = new Set<string>();
  private readonly open: Place[] = [];

  constructor(
    private readonly resolver: Resolver,
    private readonly input: string,
    private readonly variable: (place: Place) => StoredTensor,
  ) {}

  graph(main: Scope, output: string): FlatGraph {
    // The image keeps its name.
    this.taken.add(this.input);
    const reference = this.reference(this.value(main, output));
    for (let place = this.open.pop(); place !== undefined; place = this.open.pop()) {
      if (this.nodes.length >= MOST_NODES) {
        throw new AnalysisError('limit-exceeded', `SavedModel: its graph must have at most ${MOST_NODES} nodes.`);
      }
      this.nodes.push(this.node(place));
    }
    return { nodes: this.nodes, output: reference };
  }

  /** What makes a value: an operator, or the variable that is read. */
  private value(scope: Scope, reference: string): Place {
    const place = this.resolver.place(scope, reference);
    if (place.node.op !== READING) return place;
    const source = this.resolver.source(place.scope, firstInput(place));
    if (isVariable(source.node)) return source;
    throw refused(place, `it reads ${source.node.op} "${source.node.name}", which is no variable`);
  }

  /** The name of a place in the flat graph; its node joins the graph. */
  private reference(place: Place): string {
    const { scope, node, output } = place;
    const known = this.names.get(scope) ?? new Map<NodeDef, string>();
    this.names.set(scope, known);
    let name = known.get(node);
    if (name === undefined) {
      name = this.isImage(place) ? node.name : this.free(scope.prefix + node.name);
      known.set(node, name);
      this.open.push(place);
    }
    return output === 0 ? name : `${name}:${output}`;
  }

  private free(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.taken.has(name); i++) name = `${wanted}~${i}`;
    this.taken.add(name);
    return name;
  }

  private isImage({ scope, node }: Place): boolean {
    return scope.call === undefined && node.name === this.input;
  }

  private node(place: Place): GraphNode {
    const { scope, node } = place;
    const name = this.reference({ scope, node, output: 0 });
    const attributes = attributesOf(scope, node);
    if (this.isImage(place)) return { name, op: 'Placeholder', inputs: [], attributes };
    if (isVariable(node)) {
      const value = this.variable(place);
      return { name, op: 'Const', inputs: [], attributes: { value: { kind: 'tensor', value } } };
    }
    if (node.op === 'Placeholder') throw refused(place, 'it must be given a value besides the image');
    if (LOOKUPS.test(node.op)) {
      throw refused(
        place,
        'tables, strings and files are not part of a network. Export the model without preprocessing lookups, so that its ' +
          'input is the image as numbers',
      );
    }
    const inputs = dataInputs(node).map((reference) => {
      const value = this.value(scope, reference);
      if (value.node.op === 'VarHandleOp' && !this.isRead(scope, reference)) {
        throw refused(place, `it uses the variable "${value.node.name}" other than by reading all of it`);
      }
      return this.reference(value);
    });
    return { name, op: node.op, inputs, attributes };
  }

  /** Whether a reference is to what was read from a variable, not to its handle. */
  private isRead(scope: Scope, reference: string): boolean {
    return this.resolver.place(scope, reference).node.op === READING;
  }
}

function refused({ scope, node }: Place, reason: string): AnalysisError {
  return new AnalysisError('unsupported-op', `${node.op} "${scope.prefix}${node.name}": ${reason}.`);
}
