import { AnalysisError } from '../base/errors';
import type { Steps } from '../base/steps';
import type { ConstantData, DataType, Network, NodeOf, Shape, Value } from '../network/network';
import { topologicalOrder } from '../network/network';
import type { Operator } from '../network/operators';
import { dependsOnBatch, elementCount } from '../network/shapes';
import { typeOf } from '../network/storedConstant';
import {
  type AttributeProto,
  AttributeType,
  encodeWithWeights,
  type GraphProto,
  type NodeProto,
  type Partially,
  TensorType,
  type ValueInfoProto,
  type Weight,
} from './onnxProto';
import { upsampling } from './upsampling';
import { enteringMatrix, weightProduct } from './weightProduct';

/** The most bytes that a protocol buffer can hold, less what the nodes take. */
export const LARGEST_WEIGHTS = 2 ** 31 - 2 ** 24;

/**
 * A network as an ONNX model (opset 21, IR version 10). Names of inputs and outputs are the network's; the batch is the
 * dimension `n`.
 *
 * @param threads that onnxruntime will run it with
 * @throws AnalysisError 'limit-exceeded' where the weights pass 2 GB
 */
export function* onnxModel(network: Network, threads = 1): Steps<Uint8Array<ArrayBuffer>> {
  const { graph, weights } = new GraphWriter(network, threads).written();
  yield;
  const model = { irVersion: 10, producerName: 'boundary-lens', opsetImport: [{ domain: '', version: 21 }] };
  return yield* encodeWithWeights(model, graph, weights);
}

/** The parts of a node besides its name: constant inputs after the network's own, and attributes. */
interface Encoding {
  /** Where ONNX has another name than ours. */
  readonly name?: string;
  /** '' leaves an optional input out. */
  readonly extraInputs?: readonly string[];
  readonly attributes?: readonly Partially<AttributeProto>[];
}

type Encoder<O extends Operator> = (node: NodeOf<O>, writer: GraphWriter) => Encoding;

class GraphWriter {
  private readonly names = new Map<Value, string>();
  private readonly nodes: Partially<NodeProto>[] = [];
  private readonly weights: Weight[] = [];
  private weightBytes = 0;
  private count = 0;
  private batch: string | undefined;

  constructor(
    private readonly network: Network,
    private readonly threads: number,
  ) {
    for (const [name, input] of Object.entries(network.inputs)) this.names.set(input, name);
  }

  written(): { readonly graph: Partially<GraphProto>; readonly weights: readonly Weight[] } {
    for (const value of topologicalOrder(this.network)) {
      if (value.op === 'Constant') {
        this.names.set(
          value,
          this.weight(value.type, value.shape, () => value.data),
        );
      } else if (value.op === 'MatMul') {
        this.names.set(value, this.product(value));
      } else if (value.op === 'Expand') {
        this.names.set(value, upsampling(value, this) ?? this.operator('Expand', value));
      }
      // A weight is transposed where it is multiplied with, and else when something asks for it.
      else if (value.op !== 'Input' && !(value.op === 'Transpose' && enteringMatrix(value))) {
        this.names.set(value, this.operator(value.op, value));
      }
    }
    for (const [name, value] of Object.entries(this.network.outputs)) {
      this.nodes.push({ opType: 'Identity', input: [this.nameOf(value)], output: [name] });
    }
    const graph = {
      name: 'network',
      node: this.nodes,
      input: Object.entries(this.network.inputs).map(valueInfo),
      output: Object.entries(this.network.outputs).map(valueInfo),
    };
    return { graph, weights: this.weights };
  }

  /** Writes an initializer and returns its name. */
  constant(data: ConstantData, dims: readonly number[]): string {
    return this.weight(typeOf(data), dims, () => data);
  }

  /** The same, of elements that are asked for when they are written. */
  private weight(type: DataType, dims: readonly number[], data: () => ConstantData): string {
    const name = this.fresh('c');
    const size = elementBytes[type] * elementCount(dims);
    this.weightBytes += size;
    if (this.weightBytes > LARGEST_WEIGHTS) {
      throw new AnalysisError('limit-exceeded', 'The weights of the model must be less than 2 GB for onnxruntime.');
    }
    const outline = { name, dims, dataType: elementTypes[type] };
    this.weights.push({ outline, size, read: () => bytesOf(data()) });
    return name;
  }

  /** A one-dimensional int64 initializer. */
  integers(entries: readonly number[]): string {
    return this.constant(Int32Array.from(entries), [entries.length]);
  }

  /** A shape with the batch size filled in when the model runs. */
  shape(dims: readonly number[]): string {
    if (!dependsOnBatch(dims)) return this.integers(dims);
    const axis = dims.findIndex((dim) => dim < 0);
    const own = this.node('Mul', [this.batchSize(), this.integers([-dims[axis]])]);
    const parts = [this.integers(dims.slice(0, axis)), own, this.integers(dims.slice(axis + 1))];
    return this.node('Concat', parts, [int('axis', 0)]);
  }

  private product(value: NodeOf<'MatMul'>): string {
    const matrix = enteringMatrix(value.inputs[1]);
    return matrix ? weightProduct(value, matrix, this, this.threads) : this.operator('MatMul', value);
  }

  private operator<O extends Operator>(op: O, value: NodeOf<O>): string {
    const { name = op, extraInputs = [], attributes = [] } = encoders[op](value, this);
    return this.node(name, [...value.inputs.map((input) => this.nameOf(input)), ...extraInputs], attributes);
  }

  node(opType: string, input: readonly string[], attribute: readonly Partially<AttributeProto>[] = []): string {
    const name = this.fresh('v');
    this.nodes.push({ opType, name, input, output: [name], attribute });
    return name;
  }

  /** n as an int64 tensor of shape [1]. */
  private batchSize(): string {
    if (this.batch !== undefined) return this.batch;
    for (const input of Object.values(this.network.inputs)) {
      const axis = input.shape.findIndex((dim) => dim < 0);
      if (axis < 0) continue;
      const extent = this.node('Shape', [this.nameOf(input)], [int('start', axis), int('end', axis + 1)]);
      this.batch = this.node('Div', [extent, this.integers([-input.shape[axis]])]);
      return this.batch;
    }
    throw new AnalysisError('model-unreadable', 'A value depends on the batch size, but no input has it.');
  }

  nameOf(value: Value): string {
    const known = this.names.get(value);
    if (known === undefined && value.op === 'Transpose') this.names.set(value, this.operator('Transpose', value));
    const name = this.names.get(value);
    if (name === undefined) {
      throw new AnalysisError(
        'model-unreadable',
        `The network uses the input "${value.label ?? ''}" without listing it.`,
      );
    }
    return name;
  }

  private fresh(prefix: string): string {
    // A colon, so that no input or output of the network has the name.
    return `${prefix}:${this.count++}`;
  }
}

function valueInfo([name, { shape, type }]: [string, { shape: Shape; type: DataType }]): Partially<ValueInfoProto> {
  const dim = shape.map((extent) =>
    extent >= 0 ? { dimValue: extent } : { dimParam: extent === -1 ? 'n' : `${-extent}n` },
  );
  return { name, type: { tensorType: { elemType: elementTypes[type], shape: { dim } } } };
}

const elementTypes: Readonly<Record<DataType, number>> = {
  float32: TensorType.float,
  int64: TensorType.int64,
  bool: TensorType.bool,
};

const elementBytes: Readonly<Record<DataType, number>> = { float32: 4, int64: 8, bool: 1 };

/** Elements as ONNX has them. */
function bytesOf(data: ConstantData): Uint8Array {
  const { buffer, byteOffset, byteLength } = data instanceof Int32Array ? BigInt64Array.from(data, BigInt) : data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function int(name: string, i: number): Partially<AttributeProto> {
  return { name, i, type: AttributeType.int };
}

function ints(name: string, entries: readonly number[]): Partially<AttributeProto> {
  return { name, ints: entries, type: AttributeType.ints };
}

function float(name: string, f: number): Partially<AttributeProto> {
  return { name, f, type: AttributeType.float };
}

/** A number of the type of a value's elements. */
function scalarLike({ type }: Value, x: number, writer: GraphWriter): string {
  const kinds = { float32: Float32Array, int64: Int32Array, bool: Uint8Array };
  return writer.constant(kinds[type].of(x), []);
}

const plain = (): Encoding => ({});

const reduction = (
  { attributes }: NodeOf<'ReduceSum' | 'ReduceMean' | 'ReduceMax'>,
  writer: GraphWriter,
): Encoding => ({
  extraInputs: [writer.integers(attributes.axes)],
  // Without axes ONNX would reduce all of them.
  attributes: [int('keepdims', Number(attributes.keepdims)), int('noop_with_empty_axes', 1)],
});

const alongAxis = ({ attributes }: { readonly attributes: { readonly axis: number } }): Encoding => ({
  attributes: [int('axis', attributes.axis)],
});

const withAlpha = ({ attributes }: { readonly attributes: { readonly alpha: number } }): Encoding => ({
  attributes: [float('alpha', attributes.alpha)],
});

function windows({ strides, pads, dilations }: NodeOf<'Conv' | 'MaxPool'>['attributes']): Partially<AttributeProto>[] {
  return [ints('strides', strides), ints('pads', pads), ints('dilations', dilations)];
}

const encoders: { readonly [O in Operator]: Encoder<O> } = {
  Neg: plain,
  Abs: plain,
  Sqrt: plain,
  Exp: plain,
  Log: plain,
  Sin: plain,
  Cos: plain,
  Erf: plain,
  Relu: plain,
  LeakyRelu: withAlpha,
  Elu: withAlpha,
  Sigmoid: plain,
  Tanh: plain,
  Softplus: plain,
  Softsign: plain,
  Clip: ({ inputs: [x], attributes: { min, max } }, writer) => ({
    extraInputs: [min, max].map((bound) => (bound === null ? '' : scalarLike(x, bound, writer))),
  }),
  Floor: plain,
  RoundStraightThrough: () => ({ name: 'Round' }),
  Sign: plain,
  Not: plain,
  Cast: ({ attributes }) => ({ attributes: [int('to', elementTypes[attributes.to])] }),
  Add: plain,
  Sub: plain,
  Mul: plain,
  Div: plain,
  Pow: plain,
  Min: plain,
  Max: plain,
  Greater: plain,
  GreaterOrEqual: plain,
  Equal: plain,
  And: plain,
  Where: plain,
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  Softmax: alongAxis,
  LogSoftmax: alongAxis,
  Conv: ({ attributes }) => ({ attributes: [...windows(attributes), int('group', attributes.group)] }),
  ConvTranspose: ({ attributes }) => ({
    attributes: [
      ...windows(attributes),
      int('group', attributes.group),
      ints('output_padding', attributes.outputPadding),
    ],
  }),
  MatMul: plain,
  MaxPool: ({ attributes }) => ({
    attributes: [ints('kernel_shape', attributes.kernel), ...windows(attributes)],
  }),
  AveragePool: ({ attributes }) => ({
    attributes: [ints('kernel_shape', attributes.kernel), ...windows(attributes), int('count_include_pad', 1)],
  }),
  // ONNX has no multiples of n here; −1 stands for whatever is left.
  Reshape: ({ attributes: { shape } }, writer) => ({
    extraInputs: [writer.integers(shape.map((dim) => Math.max(dim, -1)))],
    attributes: [int('allowzero', Number(shape.includes(0)))],
  }),
  Transpose: ({ attributes }) => ({ attributes: [ints('perm', attributes.perm)] }),
  Concat: alongAxis,
  Slice: ({ inputs: [x], attributes: { axes, starts, ends, steps } }, writer) => {
    // ONNX counts a negative end from the back, so "before the first" is written as far out of range.
    const stops = ends.map((end, i) => (end < 0 ? -x.shape[axes[i]] - 1 : end));
    return { extraInputs: [starts, stops, axes, steps].map((entries) => writer.integers(entries)) };
  },
  Pad: ({ inputs: [x], attributes }, writer) => ({
    extraInputs: [writer.integers(attributes.pads), scalarLike(x, attributes.value, writer)],
  }),
  Expand: ({ inputs: [x], shape }, writer) => {
    const missing = shape.length - x.shape.length;
    // Where the input has the extent already, 1 keeps it without asking for the batch size.
    const dims = shape.map((dim, axis) => (axis >= missing && x.shape[axis - missing] === dim ? 1 : dim));
    return { extraInputs: [writer.shape(dims)] };
  },
  Gather: alongAxis,
};
