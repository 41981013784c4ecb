import { AnalysisError } from '../../base/errors';
import type { Bytes } from '../../files/bytes';
import { resultNames } from '../tensorflow/results';
import {
  type AttrValue,
  decodeTensor,
  type Entry,
  type FunctionDef,
  type MetaGraph,
  type NodeDef,
  type OpDef,
  type TensorProto,
} from './savedModelProto';

/** How deep functions may call one another: Keras 2 nests a call for each model and layer inside another. */
const DEEPEST_CALLS = 64;
/** Of all calls together. */
const MOST_CALLS = 50_000;

/** The result of a node, by its number. */
export interface Place {
  readonly scope: Scope;
  readonly node: NodeDef;
  readonly output: number;
}

/** Nodes and arguments by name. */
interface Body {
  readonly nodes: ReadonlyMap<string, NodeDef>;
  readonly arguments: ReadonlyMap<string, number>;
}

/** What the scopes of one file share. */
export class Library {
  readonly functions: ReadonlyMap<string, FunctionDef>;
  readonly operators: ReadonlyMap<string, OpDef>;
  /** How many calls were followed. */
  calls = 0;
  private readonly bodies = new Map<FunctionDef, Body>();
  private last: { readonly tensor: TensorProto; readonly whole: TensorProto } | undefined;

  /** @param file the whole file, for constants whose elements were left in it */
  constructor(
    graph: MetaGraph,
    private readonly file: Bytes,
  ) {
    const { graphDef, metaInfo } = graph;
    this.functions = new Map(graphDef?.library?.function.map((own) => [own.signature?.name ?? '', own]));
    this.operators = new Map(metaInfo?.strippedOpList?.op.map((own) => [own.name, own]));
  }

  /** A function's nodes and arguments by name. */
  body(own: FunctionDef): Body {
    let body = this.bodies.get(own);
    if (body === undefined) {
      body = {
        nodes: new Map(own.nodeDef.map((node) => [node.name, node])),
        arguments: new Map(own.signature?.inputArg.map(({ name }, i) => [name, i])),
      };
      this.bodies.set(own, body);
    }
    return body;
  }

  /** A constant with its elements, where they were left in the file too; of those only the last is kept. */
  whole(tensor: TensorProto): TensorProto {
    if (tensor.stored.length !== 2) return tensor;
    if (this.last?.tensor !== tensor) {
      const [offset, length] = tensor.stored;
      this.last = { tensor, whole: decodeTensor(this.file.read(offset, length)) };
    }
    return this.last.whole;
  }
}

/** The call that a scope is the body of. */
interface Call {
  readonly scope: Scope;
  readonly node: NodeDef;
  readonly function: FunctionDef;
  /** What is given for the function's arguments, as the calling scope names it. */
  readonly inputs: readonly string[];
  readonly attributes: readonly Entry<AttrValue>[];
}

/** Nodes that see each other's results by name: those of the main graph, or those of a function while it is called. */
export class Scope {
  /** Names of nodes made from this scope's begin with this. */
  readonly prefix: string;
  private readonly depth: number;
  private readonly bodies = new Map<NodeDef, Scope>();

  constructor(
    private readonly own: Body,
    readonly library: Library,
    readonly call?: Call,
  ) {
    this.prefix = call === undefined ? '' : `${call.scope.prefix}${call.node.name}/`;
    this.depth = call === undefined ? 0 : call.scope.depth + 1;
  }

  get nodes(): ReadonlyMap<string, NodeDef> {
    return this.own.nodes;
  }

  /**
   * The node of this scope that a reference names, and which of its results; undefined where it is an argument.
   *
   * @param reference `node`, `node:1`, `^node`; within functions `node:result:0`
   * @throws AnalysisError 'model-unreadable' where there is no such node
   */
  find(reference: string): { node: NodeDef; output: number } | undefined {
    const [name, ...rest] = (reference.startsWith('^') ? reference.slice(1) : reference).split(':');
    if (this.argument(name) >= 0) return undefined;
    const node = this.nodes.get(name);
    if (node === undefined) {
      throw this.unreadable(`"${reference}" is needed and made by no node`);
    }
    const index = rest.length === 0 ? 0 : Number(rest[rest.length - 1]);
    if (rest.length > 2 || !Number.isInteger(index) || index < 0) {
      throw this.unreadable(`"${reference}" must name a node and one of its results`);
    }
    return { node, output: rest.length === 2 ? this.firstOutput(node, rest[0]) + index : index };
  }

  /**
   * What a name that is an argument here stands for in the calling scope.
   *
   * @throws AnalysisError 'model-unreadable' where the call does not give it
   */
  outer(reference: string): { readonly scope: Scope; readonly reference: string } {
    const at = this.argument(reference.split(':')[0]);
    const call = this.call;
    if (call === undefined || at < 0 || at >= call.inputs.length) {
      throw this.unreadable(`"${reference}" must be given where the function is called, and is not`);
    }
    return { scope: call.scope, reference: call.inputs[at] };
  }

  /** The function that a node calls and what it is given; undefined where it calls none. */
  private called(
    node: NodeDef,
  ): { readonly name: string; readonly attributes: readonly Entry<AttrValue>[] } | undefined {
    if (this.library.functions.has(node.op)) return { name: node.op, attributes: node.attr };
    if (node.op !== 'PartitionedCall' && node.op !== 'StatefulPartitionedCall') return undefined;
    const func = this.attribute(node, 'f')?.func;
    return { name: func?.name ?? '', attributes: func?.attr ?? [] };
  }

  /** The body of the function that a node calls, of one and the same call; undefined where it calls none. */
  body(node: NodeDef): Scope | undefined {
    const called = this.called(node);
    return called && this.bodyOf(node, called.name, called.attributes, dataInputs(node));
  }

  /**
   * The body of a function that is called by a node.
   *
   * @throws AnalysisError 'model-unreadable' where there is none, or it calls itself; 'limit-exceeded'
   */
  bodyOf(node: NodeDef, name: string, attributes: readonly Entry<AttrValue>[], inputs: readonly string[]): Scope {
    const known = this.bodies.get(node);
    if (known !== undefined) return known;
    const own = this.library.functions.get(name);
    if (own === undefined) {
      throw this.unreadable(`${node.op} "${node.name}" calls "${name}", which is not in the library`);
    }
    for (let at = this.call; at !== undefined; at = at.scope.call) {
      if (at.function === own) throw this.unreadable(`the function "${name}" calls itself`);
    }
    this.library.calls++;
    if (this.depth >= DEEPEST_CALLS || this.library.calls > MOST_CALLS) {
      throw new AnalysisError(
        'limit-exceeded',
        `SavedModel: functions must call one another at most ${DEEPEST_CALLS} deep and ${MOST_CALLS} times, ` +
          `"${name}" goes beyond.`,
      );
    }
    const body = new Scope(this.library.body(own), this.library, {
      scope: this,
      node,
      function: own,
      inputs,
      attributes,
    });
    this.bodies.set(node, body);
    return body;
  }

  /**
   * What the body of a function returns as its result of that number, by its name in the body.
   *
   * @throws AnalysisError 'model-unreadable' where the function has no such result
   */
  returned(output: number): string {
    const own = this.call?.function;
    const name = own?.signature?.outputArg[output]?.name;
    const value = name === undefined ? undefined : valueOf(own?.ret ?? [], name);
    if (value === undefined) throw this.unreadable(`a function has no result number ${output}`);
    return value;
  }

  /** A node's attribute; a parameter of the function around it is replaced by what the call says. */
  attribute(node: NodeDef, name: string): AttrValue | undefined {
    const value = valueOf(node.attr, name);
    return value?.placeholder === undefined ? value : this.parameter(value.placeholder);
  }

  /** What the call says for a parameter of the function. */
  parameter(name: string): AttrValue | undefined {
    const value = valueOf(this.call?.attributes ?? [], name);
    return value?.placeholder === undefined ? value : this.call?.scope.parameter(value.placeholder);
  }

  unreadable(reason: string): AnalysisError {
    const where = this.call?.function.signature?.name;
    return new AnalysisError('model-unreadable', `SavedModel${where ? `, function "${where}"` : ''}: ${reason}.`);
  }

  private argument(name: string): number {
    return this.own.arguments.get(name) ?? -1;
  }

  /** The number of the first result of that name. */
  private firstOutput(node: NodeDef, name: string): number {
    const own = this.library.functions.get(node.op)?.signature ?? this.library.operators.get(node.op);
    // The file's list leaves out what is in branches alone.
    const known = own === undefined ? resultNames(node.op) : own.outputArg.map((result) => result.name);
    if (known === undefined) return 0;
    if (!known.includes(name)) {
      throw this.unreadable(`${node.op} "${node.name}" must have a result "${name}", and has ${known.join(', ')}`);
    }
    if (own === undefined) return known.indexOf(name);
    let first = 0;
    for (const { numberAttr, typeListAttr } of own.outputArg.slice(0, known.indexOf(name))) {
      if (numberAttr !== '') first += this.attribute(node, numberAttr)?.i ?? 1;
      else if (typeListAttr !== '') first += this.attribute(node, typeListAttr)?.list?.type.length ?? 1;
      else first++;
    }
    return first;
  }
}

/** A node's inputs but those that say only what must come first. */
export function dataInputs(node: NodeDef): string[] {
  return node.input.filter((name) => !name.startsWith('^'));
}

/** The scope of a file's main graph. */
export function mainScope(graph: MetaGraph, file: Bytes): Scope {
  const nodes = new Map(graph.graphDef?.node.map((node) => [node.name, node]));
  return new Scope({ nodes, arguments: new Map() }, new Library(graph, file));
}

/** The value of an entry. */
export function valueOf<V>(entries: readonly Entry<V>[], key: string): V | undefined {
  return entries.find((entry) => entry.key === key)?.value ?? undefined;
}
