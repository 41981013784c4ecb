import { AnalysisError } from '../../base/errors';
import { inOwnOrder, plain, shapeOf, type Tensor } from '../../compound/tensor';
import type { NetworkBuilder } from '../../network/builder';
import type { ConstantValue, Dim, Shape, Value } from '../../network/network';
import { type Extent, type Extents, extentsOf, growsWithBatch } from '../batch/extents';
import type { GraphAttribute, GraphNode } from './graphDef';

/** Elements that a node may make of almost nothing: 256 MiB of float32. */
const LARGEST_CONSTANT = 2 ** 26;

/** What an edge of a TensorFlow graph carries: numbers, or a shape with the batch in it. */
export type Operand = Tensor | Extents;

/** Whether an edge carries a shape with the batch in it. */
export function isExtents(operand: Operand): operand is Extents {
  return 'elements' in operand;
}

/** What every node of one graph shares. */
export interface Reading {
  readonly builder: NetworkBuilder;
  /** The batch size that the graph fixes where it is not left open. */
  readonly fixedBatch: number | null;
  /** Takes a sentence for the report. */
  readonly note: (sentence: string) => void;
}

/** A node of the graph with its inputs already translated. */
export class TensorflowNode {
  readonly op: string;
  readonly label: string;
  readonly builder: NetworkBuilder;

  constructor(
    readonly definition: GraphNode,
    readonly inputs: readonly Operand[],
    readonly reading: Reading,
  ) {
    this.op = definition.op;
    this.label = definition.name;
    this.builder = reading.builder;
  }

  /** The same node with other inputs. */
  with(inputs: readonly Operand[]): TensorflowNode {
    return new TensorflowNode(this.definition, inputs, this.reading);
  }

  /**
   * Input `index` as a tensor of the network.
   *
   * @throws AnalysisError 'model-unreadable' where it is missing, 'unsupported-op' where it counts images
   */
  tensor(index: number): Tensor {
    const operand = this.inputs.at(index);
    if (operand === undefined) throw this.unreadable(`input ${index} is missing`);
    if (!isExtents(operand)) return operand;
    throw this.unsupported('it calculates with the batch size as if it were a pixel');
  }

  /** Input `index` with its axes in TensorFlow's order. */
  value(index: number): Value {
    return inOwnOrder(this.builder, this.tensor(index));
  }

  /** All inputs as tensors of the network. */
  tensors(): Tensor[] {
    return this.inputs.map((_, index) => this.tensor(index));
  }

  /**
   * Input `index` as known numbers.
   *
   * @throws AnalysisError 'unsupported-op' where it depends on the image
   */
  constant(index: number, what: string): ConstantValue {
    const value = this.value(index);
    if (value.op === 'Constant') return value;
    throw this.unsupported(`${what} must be constant, but depends on the image`);
  }

  /** Input `index` as a shape or the like, where entries may depend on the batch. */
  extents(index: number, what: string): readonly Extent[] {
    const operand = this.inputs.at(index);
    if (operand !== undefined && isExtents(operand)) return operand.elements;
    return extentsOf(this.constant(index, what)).elements;
  }

  /**
   * Input `index` as known numbers, in row-major order.
   *
   * @throws AnalysisError 'unsupported-op' where they depend on the batch size
   */
  numbers(index: number, what: string): number[] {
    const elements = this.extents(index, what);
    if (growsWithBatch(elements)) throw this.unsupported(`${what} must not depend on the batch size`);
    return elements.map(({ fixed }) => fixed);
  }

  /**
   * A one-element input.
   *
   * @throws AnalysisError 'model-unreadable' where it is no single number
   */
  number(index: number, what: string): number {
    const numbers = this.numbers(index, what);
    if (numbers.length !== 1) throw this.unreadable(`${what} must be one number, got ${numbers.length}`);
    return numbers[0];
  }

  /**
   * Input `index` as a shape, where −k stands for k·n.
   *
   * @throws AnalysisError 'unsupported-op' where an entry is no multiple of the batch
   */
  shape(index: number): Dim[] {
    return this.extents(index, 'the shape').map(({ fixed, perBatch }) => {
      if (perBatch === 0) return fixed;
      if (fixed === 0 && perBatch > 0 && Number.isInteger(perBatch)) return -perBatch;
      throw this.unsupported(`an entry of its shape is ${fixed} + ${perBatch}·n, which is no multiple of the batch`);
    });
  }

  /**
   * An axis counted from the front.
   *
   * @throws AnalysisError 'model-unreadable' where there is no such axis
   */
  axis(axis: number, rank: number): number {
    if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
    throw this.unreadable(`axis ${axis} does not exist in a tensor of rank ${rank}`);
  }

  /**
   * The fixed extent of a tensor along an axis.
   *
   * @throws AnalysisError 'unsupported-op' where the axis is the batch
   */
  fixedExtent(tensor: Tensor, axis: number): number {
    const dim = shapeOf(tensor)[axis];
    if (dim < 0) throw this.unsupported('it mixes the images of a batch');
    return dim;
  }

  /**
   * The shape, where a tensor of it may be made.
   *
   * @throws AnalysisError 'limit-exceeded' where it is too large
   */
  bounded<S extends Shape>(shape: S): S {
    const elements = shape.reduce((product, dim) => product * Math.abs(dim), 1);
    if (elements <= LARGEST_CONSTANT) return shape;
    throw new AnalysisError(
      'limit-exceeded',
      `${this.op} "${this.label}" must make at most ${LARGEST_CONSTANT} elements, got [${shape.join(', ')}].`,
    );
  }

  has(name: string): boolean {
    return this.attribute(name) !== undefined;
  }
  int(name: string, fallback: number): number {
    const value = this.attribute(name) ?? { kind: 'number', value: fallback };
    if (value.kind === 'number') return value.value;
    throw this.wrong(name, 'a number');
  }
  flag(name: string): boolean {
    const value = this.attribute(name) ?? { kind: 'bool', value: false };
    if (value.kind === 'bool') return value.value;
    throw this.wrong(name, 'true or false');
  }
  string(name: string, fallback: string): string {
    const value = this.attribute(name) ?? { kind: 'string', value: fallback };
    if (value.kind === 'string') return value.value;
    throw this.wrong(name, 'text');
  }
  type(name: string): string {
    const value = this.attribute(name) ?? { kind: 'type', value: 'DT_FLOAT' };
    if (value.kind === 'type') return value.value;
    throw this.wrong(name, 'a data type');
  }
  /** A list of numbers; undefined where it is not there or empty. */
  ints(name: string): readonly number[] | undefined {
    const entries = this.list(name);
    const numbers = entries.flatMap((entry) => (entry.kind === 'number' ? entry.value : []));
    if (numbers.length !== entries.length) throw this.wrong(name, 'numbers');
    return numbers.length === 0 ? undefined : numbers;
  }
  strings(name: string): readonly string[] {
    const entries = this.list(name);
    const strings = entries.flatMap((entry) => (entry.kind === 'string' ? entry.value : []));
    if (strings.length !== entries.length) throw this.wrong(name, 'texts');
    return strings;
  }

  /** The error for what the file may say but this reader cannot follow. */
  unsupported(reason: string, advice = CONVERT): AnalysisError {
    return new AnalysisError('unsupported-op', `${this.op} "${this.label}": ${reason}. ${advice}`);
  }

  /** The error for what no file may say. */
  unreadable(reason: string): AnalysisError {
    return new AnalysisError('model-unreadable', `${this.op} "${this.label}": ${reason}.`);
  }

  private list(name: string): readonly GraphAttribute[] {
    const value = this.attribute(name) ?? { kind: 'list', value: [] };
    if (value.kind === 'list') return value.value;
    throw this.wrong(name, 'a list');
  }

  private attribute(name: string): GraphAttribute | undefined {
    // Own keys only: names come from the file.
    return Object.hasOwn(this.definition.attributes, name) ? this.definition.attributes[name] : undefined;
  }

  private wrong(name: string, expected: string): AnalysisError {
    return this.unreadable(`the attribute "${name}" must be ${expected}`);
  }
}

const CONVERT = 'Write it with other operators, or convert the model to ONNX with tf2onnx.';

/** How a node of the graph is said in canonical operators; a list where the node has several outputs. */
export type Translation = (node: TensorflowNode) => Operand | readonly Operand[];

/** A translation by what it does to values in TensorFlow's own order of axes. */
export function inPlainOrder(f: (node: TensorflowNode) => Value): Translation {
  return (node) => plain(f(node));
}
