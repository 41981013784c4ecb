import {
  AttributeType,
  encodeModel,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type Partially,
  type TensorProto,
  TensorType,
  type ValueInfoProto,
} from '../../src/analysis/onnx/onnxProto';

type Attribute =
  number | string | readonly number[] | { readonly t: Partially<TensorProto> } | { readonly g: Partially<GraphProto> };

/** Attributes by name: integers as numbers, floats as { f }, lists as lists of integers. */
export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
  domain = '',
): Partially<NodeProto> {
  const attribute = Object.entries(attributes).map(([name, value]) => {
    if (typeof value === 'number') {
      return Number.isInteger(value)
        ? { name, type: AttributeType.int, i: value }
        : { name, type: AttributeType.float, f: value };
    }
    if (typeof value === 'string') return { name, type: AttributeType.string, s: Buffer.from(value) };
    if ('t' in value) return { name, type: AttributeType.tensor, t: value.t };
    if ('g' in value) return { name, type: AttributeType.graph, g: value.g };
    return { name, type: AttributeType.ints, ints: value };
  });
  return { opType, name: `${opType} of ${output[0]}`, input, output, attribute, domain };
}

/** A float32 tensor. */
export function floats(name: string, dims: readonly number[], data: readonly number[]): Partially<TensorProto> {
  return { name, dims, dataType: TensorType.float, floatData: data };
}

/** An int64 vector. */
export function ints(name: string, data: readonly number[]): Partially<TensorProto> {
  return { name, dims: [data.length], dataType: TensorType.int64, int64Data: data };
}

/** A tensor of raw bytes. */
export function raw(
  name: string,
  dataType: number,
  dims: readonly number[],
  rawData: Uint8Array,
): Partially<TensorProto> {
  return { name, dims, dataType, rawData };
}

/** A float32 input or output; a name stands for an extent that is left open. */
export function tensorInfo(
  name: string,
  dims: readonly (number | string)[],
  elemType: number = TensorType.float,
): Partially<ValueInfoProto> {
  const dim = dims.map((extent) => (typeof extent === 'number' ? { dimValue: extent } : { dimParam: extent }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

/** What an ONNX file is made of; the input is called `x`, the output `y`. */
export interface OnnxParts extends Partially<Pick<ModelProto, 'functions' | 'metadataProps'>> {
  readonly nodes: readonly Partially<NodeProto>[];
  readonly weights?: readonly Partially<TensorProto>[];
  readonly shape: readonly (number | string)[];
  readonly result?: readonly (number | string)[];
  readonly opset?: number;
  readonly inputs?: Partially<GraphProto['input']>;
  readonly outputs?: Partially<GraphProto['output']>;
}

/** The bytes of an ONNX file. */
export function onnxFile(parts: OnnxParts): Uint8Array {
  return encodeModel({
    irVersion: 8,
    producerName: 'test',
    opsetImport: [
      { domain: '', version: parts.opset ?? 17 },
      { domain: 'own', version: 1 },
      { domain: 'com.microsoft', version: 1 },
      { domain: 'ai.onnx.ml', version: 3 },
    ],
    metadataProps: parts.metadataProps ?? [],
    functions: parts.functions ?? [],
    graph: {
      node: parts.nodes,
      initializer: parts.weights ?? [],
      input: [tensorInfo('x', parts.shape), ...(parts.inputs ?? [])],
      output: parts.outputs ?? [tensorInfo('y', parts.result ?? ['n', 2])],
    },
  });
}
