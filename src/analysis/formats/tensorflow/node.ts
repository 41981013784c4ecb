import type { AnalysisError } from '../../base/errors';
import { inOwnOrder, plain, type Tensor } from '../../compound/tensor';
import type { ConstantValue, Dim, Value } from '../../network/network';
import { type Extent, type Extents, extentsOf, growsWithBatch } from '../batch/extents';
import { FileNode, type FileReading } from '../graph/fileNode';
import type { GraphAttribute, GraphNode } from './graphDef';

/** What an edge of a TensorFlow graph carries: numbers, or a shape with the batch in it. */
export type Operand = Tensor | Extents;

/** Whether an edge carries a shape with the batch in it. */
export function isExtents(operand: Operand): operand is Extents {
  return 'elements' in operand;
}

/** A node of the graph with its inputs already translated. */
export class TensorflowNode extends FileNode {
  constructor(
    readonly definition: GraphNode,
    readonly inputs: readonly Operand[],
    reading: FileReading,
  ) {
    super(definition.op, definition.name, reading);
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

  override unsupported(reason: string, advice = CONVERT): AnalysisError {
    return super.unsupported(reason, advice);
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
