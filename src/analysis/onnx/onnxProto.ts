import { Root, Writer } from 'protobufjs/light';

import type { Steps } from '../base/steps';
import { decoded, message, STORED } from '../files/protobuf';

/*
 * The messages of an ONNX file, as far as networks need them. Unset numbers and strings are 0 and '', unset messages null.
 * See https://github.com/onnx/onnx/blob/main/onnx/onnx.proto for the meaning of each field.
 */

/** A whole file. */
export interface ModelProto {
  readonly irVersion: number;
  readonly opsetImport: readonly OperatorSetIdProto[];
  readonly producerName: string;
  readonly producerVersion: string;
  readonly domain: string;
  readonly graph: GraphProto | null;
  readonly metadataProps: readonly StringStringEntryProto[];
  readonly functions: readonly FunctionProto[];
}

/** Which version of which operators: domain '' is ONNX's own. */
export interface OperatorSetIdProto {
  readonly domain: string;
  readonly version: number;
}

/** A key with a value. */
export interface StringStringEntryProto {
  readonly key: string;
  readonly value: string;
}

/** Nodes, and the tensors that enter and leave them, joined by name. */
export interface GraphProto {
  readonly node: readonly NodeProto[];
  readonly name: string;
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
  readonly valueInfo: readonly ValueInfoProto[];
}

/** A function of the model's own, called like an operator of its domain. */
export interface FunctionProto {
  readonly name: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly string[];
  readonly attributeProto: readonly AttributeProto[];
  readonly node: readonly NodeProto[];
  readonly opsetImport: readonly OperatorSetIdProto[];
  readonly domain: string;
}

/** One operator; an omitted optional input is ''. */
export interface NodeProto {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly attribute: readonly AttributeProto[];
}

/** A named attribute; `type` (an AttributeType) says which field holds it. */
export interface AttributeProto {
  readonly name: string;
  readonly refAttrName: string;
  readonly type: number;
  readonly f: number;
  readonly i: number;
  readonly s: Uint8Array;
  readonly t: TensorProto | null;
  readonly g: GraphProto | null;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly strings: readonly Uint8Array[];
}

/** A constant. Its elements are in `rawData` (little-endian), in one of the typed fields, or in an external file. */
export interface TensorProto {
  readonly dims: readonly number[];
  /** A TensorType. */
  readonly dataType: number;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly number[];
  readonly doubleData: readonly number[];
  readonly uint64Data: readonly number[];
  readonly name: string;
  /** A view into the file's bytes at any alignment: copy it before viewing it as another type. */
  readonly rawData: Uint8Array;
  readonly externalData: readonly StringStringEntryProto[];
  /** 1 where the elements are in an external file. */
  readonly dataLocation: number;
  /**
   * [offset, length] of this message in its file, where its elements were left there, and of its `rawData`, where it has
   * them; all fields that hold elements are empty then. Else [].
   */
  readonly stored: readonly number[];
}

/** A named tensor's type and shape. */
export interface ValueInfoProto {
  readonly name: string;
  readonly type: TypeProto | null;
}

/** Only tensors are known here. */
export interface TypeProto {
  readonly tensorType: TensorTypeProto | null;
}

/** Element type (a TensorType) and shape. */
export interface TensorTypeProto {
  readonly elemType: number;
  readonly shape: TensorShapeProto | null;
}

/** The extents. */
export interface TensorShapeProto {
  readonly dim: readonly DimensionProto[];
}

/** A number, a name, or neither where nothing is known. */
export interface DimensionProto {
  readonly dimValue?: number;
  readonly dimParam?: string;
}

/** ONNX's element types. */
export const TensorType = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

/** ONNX's attribute types. */
export const AttributeType = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;

/** A message to be written: what is left out keeps its default. */
export type Partially<T> = T extends Uint8Array | string | number | null
  ? T
  : T extends readonly (infer E)[]
    ? readonly Partially<E>[]
    : { readonly [K in keyof T]?: Partially<T[K]> };

/**
 * Reads an ONNX file.
 *
 * @throws Error where the bytes are not a protocol buffer of that form
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return decoded(modelType, bytes) as ModelProto;
}

/**
 * Reads the message of one tensor.
 *
 * @throws Error where the bytes are not a protocol buffer of that form
 */
export function decodeTensor(bytes: Uint8Array): TensorProto {
  return decoded(tensorType, bytes) as TensorProto;
}

/** The bytes of an ONNX file. */
export function encodeModel(model: Partially<ModelProto>): Uint8Array {
  return modelType.encode(model).finish();
}

/** A constant of a graph whose elements are not there before they are written. */
export interface Weight {
  /** All but the elements. */
  readonly outline: Partially<TensorProto>;
  /** Bytes of its elements. */
  readonly size: number;
  readonly read: () => Uint8Array;
}

/**
 * The bytes of an ONNX file in a buffer of their own, written weight by weight: they are there twice of one at a time.
 *
 * @param model all but the graph
 * @param graph all but the weights
 */
export function* encodeWithWeights(
  model: Partially<ModelProto>,
  graph: Partially<GraphProto>,
  weights: readonly Weight[],
): Steps<Uint8Array<ArrayBuffer>> {
  const { rawData } = tensorType.fields;
  const { initializer } = graphType.fields;
  const rest = graphType.encode(graph).finish();
  const heads = weights.map(({ outline, size }) => {
    const own = Buffer.concat([tensorType.encode(outline).finish(), fieldHead(rawData.id, size)]);
    return Buffer.concat([fieldHead(initializer.id, own.length + size), own]);
  });
  const size = weights.reduce((sum, weight, i) => sum + heads[i].length + weight.size, rest.length);
  const head = Buffer.concat([encodeModel(model), fieldHead(modelType.fields['graph'].id, size), rest]);
  yield;
  const bytes = Buffer.allocUnsafeSlow(head.length - rest.length + size);
  bytes.set(head);
  let at = head.length;
  for (const [i, { read, size }] of weights.entries()) {
    bytes.set(heads[i], at);
    bytes.set(read(), at + heads[i].length);
    at += heads[i].length + size;
    yield;
  }
  return bytes;
}

/** What stands before a field that is so many bytes long. */
function fieldHead(id: number, length: number): Uint8Array {
  const BYTES = 2;
  return Writer.create()
    .uint32(8 * id + BYTES)
    .uint32(length)
    .finish();
}

const messages = Root.fromJSON({
  nested: {
    ModelProto: message({
      irVersion: ['int64', 1],
      producerName: ['string', 2],
      producerVersion: ['string', 3],
      domain: ['string', 4],
      graph: ['GraphProto', 7],
      opsetImport: ['OperatorSetIdProto[]', 8],
      metadataProps: ['StringStringEntryProto[]', 14],
      functions: ['FunctionProto[]', 25],
    }),
    OperatorSetIdProto: message({ domain: ['string', 1], version: ['int64', 2] }),
    StringStringEntryProto: message({ key: ['string', 1], value: ['string', 2] }),
    GraphProto: message({
      node: ['NodeProto[]', 1],
      name: ['string', 2],
      initializer: ['TensorProto[]', 5],
      input: ['ValueInfoProto[]', 11],
      output: ['ValueInfoProto[]', 12],
      valueInfo: ['ValueInfoProto[]', 13],
    }),
    FunctionProto: message({
      name: ['string', 1],
      input: ['string[]', 4],
      output: ['string[]', 5],
      attribute: ['string[]', 6],
      node: ['NodeProto[]', 7],
      opsetImport: ['OperatorSetIdProto[]', 9],
      domain: ['string', 10],
      attributeProto: ['AttributeProto[]', 11],
    }),
    NodeProto: message({
      input: ['string[]', 1],
      output: ['string[]', 2],
      name: ['string', 3],
      opType: ['string', 4],
      attribute: ['AttributeProto[]', 5],
      domain: ['string', 7],
    }),
    AttributeProto: message({
      name: ['string', 1],
      f: ['float', 2],
      i: ['int64', 3],
      s: ['bytes', 4],
      t: ['TensorProto', 5],
      g: ['GraphProto', 6],
      floats: ['float[]', 7],
      ints: ['int64[]', 8],
      strings: ['bytes[]', 9],
      type: ['int32', 20],
      refAttrName: ['string', 21],
    }),
    TensorProto: message({
      dims: ['int64[]', 1],
      dataType: ['int32', 2],
      floatData: ['float[]', 4],
      int32Data: ['int32[]', 5],
      int64Data: ['int64[]', 7],
      name: ['string', 8],
      rawData: ['bytes', 9],
      doubleData: ['double[]', 10],
      uint64Data: ['uint64[]', 11],
      externalData: ['StringStringEntryProto[]', 13],
      dataLocation: ['int32', 14],
      // None of ONNX's own: see files/protobufSkeleton.ts.
      stored: ['int64[]', STORED],
    }),
    ValueInfoProto: message({ name: ['string', 1], type: ['TypeProto', 2] }),
    TypeProto: message({ tensorType: ['TensorTypeProto', 1] }),
    TensorTypeProto: message({ elemType: ['int32', 1], shape: ['TensorShapeProto', 2] }),
    TensorShapeProto: message({ dim: ['DimensionProto[]', 1] }),
    DimensionProto: message({ dimValue: ['int64', 1], dimParam: ['string', 2] }, ['dimValue', 'dimParam']),
  },
});

/** The message of a whole file. */
export const modelType = messages.resolveAll().root.lookupType('ModelProto');

/** The message of one tensor. */
export const tensorType = messages.lookupType('TensorProto');

const graphType = messages.lookupType('GraphProto');
