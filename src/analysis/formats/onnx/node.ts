import { AnalysisError } from '../../base/errors';
import type { NetworkBuilder } from '../../network/builder';
import type { ConstantValue, Shape, Value } from '../../network/network';
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from '../../onnx/onnxProto';
import { type Extents, extentsOf, growsWithBatch } from '../batch/extents';
import type { Operand } from './operand';

/** Elements that a node may make of almost nothing: 256 MiB of float32. */
const LARGEST_CONSTANT = 2 ** 26;

/** What every node of one file shares. */
export interface Reading {
  readonly builder: NetworkBuilder;
  /** The batch size that the file fixes where it is not left open; its trace stands in Reshape targets and the like. */
  readonly fixedBatch: number | null;
  /**
   * How many elements of a value's extent −k that holds the batch lie within one step of the batch: k where the batch
   * is the outer part of the extent. Followed only in files with a fixed batch.
   */
  readonly innerPart: (value: Value) => number;
  /** Takes down the innerPart of a value whose batch was merged with other extents. */
  readonly mergedBatch: (value: Value, innerPart: number) => void;
  /** The constant of a tensor in the file. */
  readonly constant: (tensor: TensorProto, label: string) => ConstantValue;
  /** ONNX's number for the type of a stored tensor by name, where the graph has one. */
  readonly storedType: (name: string) => number | undefined;
  /** The outputs of a subgraph at the place of this node. */
  readonly subgraph: (graph: GraphProto, node: OnnxNode) => readonly Operand[];
  /** Whether the file knows one image only, without a batch. */
  readonly isUnbatched: boolean;
  /** Takes a sentence for the report. */
  readonly note: (sentence: string) => void;
}

/** A node of the file with its inputs already translated. */
export class OnnxNode {
  readonly op: string;
  readonly label: string;
  readonly builder: NetworkBuilder;
  private readonly attributes: ReadonlyMap<string, AttributeProto>;

  /**
   * @param opset the version of the operator set of the node's domain
   * @param inputs undefined where an optional input is left out
   */
  constructor(
    readonly proto: NodeProto,
    readonly opset: number,
    readonly inputs: readonly (Operand | undefined)[],
    readonly reading: Reading,
  ) {
    this.op = proto.opType;
    this.label = proto.name !== '' ? proto.name : (proto.output[0] ?? '');
    this.builder = reading.builder;
    this.attributes = new Map(proto.attribute.map((attribute) => [attribute.name, attribute]));
  }

  /** The same node with other inputs. */
  with(inputs: readonly (Operand | undefined)[]): OnnxNode {
    return new OnnxNode(this.proto, this.opset, inputs, this.reading);
  }

  /** Whether that input is given. */
  has(index: number): boolean {
    return this.inputs[index] !== undefined;
  }

  /**
   * Input `index` as a tensor of the network.
   *
   * @throws AnalysisError 'model-unreadable' where it is left out; 'unsupported-op' as asValue
   */
  value(index: number): Value {
    const operand = this.inputs[index];
    if (operand === undefined) throw this.unreadable(`input ${index} is missing`);
    return this.asValue(operand);
  }

  /** Input `index`, or undefined where it is left out. */
  optional(index: number): Value | undefined {
    return this.has(index) ? this.value(index) : undefined;
  }

  /** All inputs as tensors of the network. */
  values(): Value[] {
    return this.inputs.map((_, index) => this.value(index));
  }

  /**
   * An operand as a tensor of the network.
   *
   * @throws AnalysisError 'unsupported-op' where it is a sequence, or extents that the batch enters
   */
  asValue(operand: Operand): Value {
    if (operand.op === 'Sequence') throw this.unsupported('a sequence stands where a tensor is needed');
    if (operand.op === 'Unbatched') {
      throw this.unsupported(
        'the image has no dimension for the batch here',
        'Export the model with a sample of shape [1, channels, height, width].',
      );
    }
    if (operand.op !== 'Extents') return operand;
    throw this.unsupported('it uses the batch size as a number', 'Export the model with a fixed batch of 1.');
  }

  /**
   * Input `index` as known numbers.
   *
   * @throws AnalysisError 'unsupported-op' where they depend on the image
   */
  constant(index: number, what: string): ConstantValue {
    const value = this.value(index);
    if (value.op === 'Constant') return value;
    throw this.unsupported(`${what} must be constant, but depends on the image`);
  }

  /** Input `index` as a shape or the like, where entries may depend on the batch. */
  extents(index: number, what: string): Extents {
    const operand = this.inputs[index];
    return operand?.op === 'Extents' ? operand : extentsOf(this.constant(index, what));
  }

  /**
   * Input `index` as known numbers, in row-major order.
   *
   * @throws AnalysisError 'unsupported-op' where they depend on the image or the batch size
   */
  numbers(index: number, what: string): number[] {
    const { elements } = this.extents(index, what);
    if (growsWithBatch(elements)) throw this.unsupported(`${what} must not depend on the batch size`);
    return elements.map(({ fixed }) => fixed);
  }

  /**
   * A one-element input; `fallback` where it is left out.
   *
   * @throws AnalysisError 'model-unreadable' where it holds another number of elements
   */
  number<T>(index: number, what: string, fallback: T): number | T {
    if (!this.has(index)) return fallback;
    const numbers = this.numbers(index, what);
    if (numbers.length !== 1) throw this.unreadable(`${what} must be one number, got ${numbers.length}`);
    return numbers[0];
  }

  /** Axes counted from the front. */
  axes(axes: readonly number[], rank: number): number[] {
    return axes.map((axis) => this.axis(axis, rank));
  }

  /**
   * An axis counted from the front.
   *
   * @throws AnalysisError 'model-unreadable' where there is no such axis
   */
  axis(axis: number, rank: number): number {
    if (axis < -rank || axis >= rank) throw this.unreadable(`axis ${axis} does not exist in a tensor of rank ${rank}`);
    return axis < 0 ? axis + rank : axis;
  }

  /**
   * The fixed extent of a value along an axis.
   *
   * @throws AnalysisError 'unsupported-op' where that is the batch
   */
  fixedExtent(shape: Shape, axis: number): number {
    const dim = shape[axis];
    if (dim < 0) throw this.unsupported('it mixes the images of a batch');
    return dim;
  }

  /**
   * The shape, where a constant of it may be made.
   *
   * @throws AnalysisError 'limit-exceeded' where it would be too large
   */
  bounded<S extends Shape>(shape: S): S {
    const elements = shape.reduce((product, dim) => product * Math.abs(dim), 1);
    if (elements <= LARGEST_CONSTANT) return shape;
    throw new AnalysisError(
      'limit-exceeded',
      `${this.op} "${this.label}" must make at most ${LARGEST_CONSTANT} elements, got [${shape.join(', ')}].`,
    );
  }

  /** ONNX's number for the type of the stored tensor that input `index` is, where it is one. */
  storedType(index: number): number | undefined {
    const name = this.proto.input.at(index) ?? '';
    return name === '' ? undefined : this.reading.storedType(name);
  }

  hasAttribute(name: string): boolean {
    return this.attributes.has(name);
  }
  int<T>(name: string, fallback: T): number | T {
    const attribute = this.attributes.get(name);
    return attribute === undefined ? fallback : attribute.i;
  }
  ints<T>(name: string, fallback: T): readonly number[] | T {
    const attribute = this.attributes.get(name);
    return attribute === undefined ? fallback : attribute.ints;
  }
  float<T>(name: string, fallback: T): number | T {
    return this.attributes.get(name)?.f ?? fallback;
  }
  floats<T>(name: string, fallback: T): readonly number[] | T {
    return this.attributes.get(name)?.floats ?? fallback;
  }
  string(name: string, fallback: string): string {
    const attribute = this.attributes.get(name);
    return attribute === undefined ? fallback : Buffer.from(attribute.s).toString('utf8');
  }
  strings(name: string): readonly string[] {
    return (this.attributes.get(name)?.strings ?? []).map((each) => Buffer.from(each).toString('utf8'));
  }
  tensor(name: string): ConstantValue | undefined {
    const tensor = this.attributes.get(name)?.t;
    return tensor ? this.reading.constant(tensor, this.label) : undefined;
  }
  /** @throws AnalysisError 'model-unreadable' where there is none */
  graph(name: string): GraphProto {
    const graph = this.attributes.get(name)?.g;
    if (!graph) throw this.unreadable(`the branch ${name} is missing`);
    return graph;
  }

  /** The shape of an attribute or input that was an attribute before opset `since` and is an input from then on. */
  attributeOrInput(name: string, since: number, index: number): readonly number[] | undefined {
    if (this.opset < since) return this.ints(name, undefined);
    return this.has(index) ? this.numbers(index, name) : undefined;
  }

  /** The error for what the file may say but this reader cannot follow. */
  unsupported(reason: string, advice = ''): AnalysisError {
    return new AnalysisError('unsupported-op', `${this.op} "${this.label}": ${reason}. ${advice}`.trimEnd());
  }

  /** The error for what no file may say. */
  unreadable(reason: string): AnalysisError {
    return new AnalysisError('model-unreadable', `${this.op} "${this.label}": ${reason}.`);
  }
}

/** How a node of the file is said in canonical operators; a list where the node has several outputs. */
export type Translation = (node: OnnxNode) => Operand | readonly Operand[];
