import type { AnalysisError } from '../../base/errors';
import type { ConstantValue, Dim, Value } from '../../network/network';
import { type Extent, extentsOf } from '../batch/extents';
import type { Operand } from '../batch/operand';
import { FileNode, type FileReading } from '../graph/fileNode';
import type { Argument, Graph, ProgramNode } from './program';

/** What every node of one program shares. */
export interface Reading extends FileReading {
  /** The outputs of a graph whose inputs have those values. */
  readonly subgraph: (graph: Graph, inputs: readonly Operand[]) => readonly Operand[];
}

/** A call of an operator with the values that it is given. */
export class AtenNode extends FileNode<Reading> {
  /** What the overload is called: default, Tensor, dim. */
  readonly overload: string;
  private readonly arguments: ReadonlyMap<string, Argument>;

  /** @param operand the value of that name */
  constructor(
    readonly node: ProgramNode,
    reading: Reading,
    private readonly operand: (name: string) => Operand,
  ) {
    const { op, overload } = targetOf(node.target);
    const [first] = node.outputs.flat();
    super(op, isNamed(first) ? first.name : op, reading);
    this.overload = overload;
    this.arguments = new Map(node.inputs.map(({ name, argument }) => [name, argument]));
  }

  /** Whether the argument is given and not None. */
  has(name: string): boolean {
    return (this.arguments.get(name) ?? null) !== null;
  }

  /** The tensor of that name; a number as a tensor without axes. */
  value(name: string): Value {
    return this.asValue(this.given(name), name);
  }

  /** The tensor of that name, undefined where it is left out or None. */
  optional(name: string): Value | undefined {
    return this.has(name) ? this.value(name) : undefined;
  }

  /** A list of tensors. */
  values(name: string): readonly Value[] {
    return this.items(name).map((item) => this.asValue(item, name));
  }

  /** A list of tensors that may be None. */
  optionals(name: string): readonly (Value | undefined)[] {
    return this.items(name).map((item) => (item === null ? undefined : this.asValue(item, name)));
  }

  /**
   * A tensor that must not depend on the image.
   *
   * @throws AnalysisError 'unsupported-op' where it depends on the image
   */
  constant(name: string): ConstantValue {
    const value = this.value(name);
    if (value.op === 'Constant') return value;
    throw this.unsupported(`"${name}" must be constant, but depends on the image`);
  }

  /** A number. */
  number<T>(name: string, fallback: T): number | T {
    return this.has(name) ? this.asNumber(this.given(name), name) : fallback;
  }

  /** A number that must be given. */
  required(name: string): number {
    return this.asNumber(this.given(name), name);
  }

  /** Numbers; one number stands for a list of one. */
  numbers<T>(name: string, fallback: T): number[] | T {
    return this.has(name) ? this.items(name).map((item) => this.asNumber(item, name)) : fallback;
  }

  /**
   * r numbers, one standing for r equal ones: kernels, strides, pads.
   *
   * @throws AnalysisError 'model-unreadable' where they are of another number
   */
  spread(name: string, r: number, fallback: readonly number[]): number[] {
    const given = this.numbers(name, fallback);
    const numbers = given.length === 1 ? new Array<number>(r).fill(given[0]) : [...given];
    if (numbers.length === r) return numbers;
    throw this.unreadable(`"${name}" must be ${r} numbers, got ${numbers.length}`);
  }

  flag(name: string, fallback: boolean): boolean {
    const argument = this.arguments.get(name) ?? fallback;
    return argument === true || (argument !== false && this.asNumber(argument, name) !== 0);
  }

  /**
   * An argument that is text.
   *
   * @throws AnalysisError 'model-unreadable' where it is none
   */
  text(name: string, fallback: string): string {
    const argument = this.arguments.get(name) ?? fallback;
    if (typeof argument === 'string') return argument;
    throw this.unreadable(`"${name}" must be text`);
  }

  /** Whole numbers of which some may depend on the batch: a shape. */
  extents(name: string): readonly Extent[] {
    return this.items(name).map((item) => this.asExtent(item, name));
  }

  /**
   * The same as extents of a shape, where −1 is not inferred.
   *
   * @throws AnalysisError 'unsupported-op' where they are no shape
   */
  dims(name: string): Dim[] {
    return this.extents(name).map(({ fixed, perBatch }) => {
      if (fixed < -1 || (perBatch !== 0 && fixed !== 0)) throw this.unsupported(`"${name}" is no shape`);
      return perBatch === 0 ? fixed : -perBatch;
    });
  }

  /** One whole number that may depend on the batch. */
  extent<T>(name: string, fallback: T): Extent | T {
    return this.has(name) ? this.asExtent(this.given(name), name) : fallback;
  }

  /** All arguments in their order as numbers that may depend on the batch, undefined where one is none. */
  operands(): readonly Operand[] {
    return this.node.inputs.map(({ name, argument }) =>
      isNamed(argument) ? this.operand(argument.name) : this.asValue(argument, name),
    );
  }

  /**
   * The graph that the node runs.
   *
   * @throws AnalysisError 'model-unreadable' where there is none
   */
  graph(): Graph {
    const found = this.node.inputs.map(({ argument }) => argument).find(isGraph);
    if (found === undefined) throw this.unreadable('it has no graph to run');
    return found.graph;
  }

  /** What stands behind the graph among the arguments. */
  graphInputs(): readonly Operand[] {
    const at = this.node.inputs.findIndex(({ argument }) => isGraph(argument));
    return this.node.inputs
      .slice(at + 1)
      .flatMap(({ name, argument }) => (isList(argument) ? argument : [argument]).map((item) => [name, item] as const))
      .map(([name, item]) => (isNamed(item) ? this.operand(item.name) : this.asValue(item, name)));
  }

  /** A tensor without axes has the axes 0 and −1, says torch. */
  override axis(axis: number, rank: number): number {
    return super.axis(axis, Math.max(1, rank));
  }

  /** Axes counted from the front, in ascending order; all where none are named. */
  axes(name: string, rank: number): number[] {
    const given = this.numbers(name, undefined);
    if (given === undefined || given.length === 0) return Array.from({ length: rank }, (_, axis) => axis);
    return given.map((axis) => this.axis(axis, rank)).sort((a, b) => a - b);
  }

  private given(name: string): Argument {
    const argument = this.arguments.get(name) ?? null;
    if (argument === null) throw this.unreadable(`"${name}" is missing`);
    return argument;
  }

  private items(name: string): readonly Argument[] {
    const argument = this.arguments.get(name) ?? [];
    return isList(argument) ? argument : [argument];
  }

  private asValue(argument: Argument, name: string): Value {
    if (typeof argument === 'boolean') return this.builder.constant(Uint8Array.of(Number(argument)), []);
    if (typeof argument === 'number') return this.builder.constant(Int32Array.of(argument), []);
    if (isFloat(argument)) return this.builder.scalar(argument.float);
    if (!isNamed(argument)) throw this.unreadable(`"${name}" must be a tensor`);
    const operand = this.operand(argument.name);
    if (operand.op === 'Extents') {
      throw this.unsupported('it uses the batch size as a number', 'Export the model with a fixed batch of 1.');
    }
    if (operand.op === 'Sequence') throw this.unreadable(`"${name}" must be one tensor`);
    return operand;
  }

  private asExtent(argument: Argument, name: string): Extent {
    if (typeof argument === 'number') return { fixed: argument, perBatch: 0 };
    const operand = isNamed(argument) ? this.operand(argument.name) : undefined;
    const extents = operand?.op === 'Constant' ? extentsOf(operand) : operand;
    if (extents?.op !== 'Extents' || extents.elements.length !== 1) {
      throw this.unsupported(`"${name}" must be whole numbers known before any image is seen`);
    }
    return extents.elements[0];
  }

  private asNumber(argument: Argument, name: string): number {
    if (typeof argument === 'number') return argument;
    if (typeof argument === 'boolean') return Number(argument);
    if (isFloat(argument)) return argument.float;
    const { fixed, perBatch } = this.asExtent(argument, name);
    if (perBatch !== 0) throw this.unsupported(`"${name}" must not depend on the batch size`);
    return fixed;
  }
}

/** Operator and overload of a target: conv2d and default of torch.ops.aten.conv2d.default. */
export function targetOf(target: string): { readonly op: string; readonly overload: string } {
  const found = /^torch\.ops\.aten\.(?<op>[^.]+)(?:\.(?<overload>.+))?$/.exec(target)?.groups;
  return { op: found?.['op'] ?? target, overload: found?.['overload'] ?? 'default' };
}

function isKind<K extends 'named' | 'float' | 'graph'>(kind: K) {
  return (argument: Argument | undefined): argument is Extract<Argument, { readonly kind: K }> =>
    typeof argument === 'object' && argument !== null && 'kind' in argument && argument.kind === kind;
}

/** Whether an argument is the name of a value. */
export const isNamed = isKind('named');
const isFloat = isKind('float');
const isGraph = isKind('graph');

function isList(argument: Argument): argument is readonly Argument[] {
  return Array.isArray(argument);
}

/** How an operator is said in canonical ones; a list where it makes several tensors. */
export type Translation = (node: AtenNode) => Operand | readonly Operand[];

/** The error of a model that was exported while it was being trained. */
export function trainingMode(node: AtenNode): AnalysisError {
  return node.unreadable('the model was exported in training mode; call model.eval() and export it again');
}
