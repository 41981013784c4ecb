import { Root } from 'protobufjs/light';

import type { Bytes } from '../../files/bytes';
import { decoded, message, STORED } from '../../files/protobuf';
import { fieldNumbers, skeleton } from '../../files/protobufSkeleton';

/*
 * The messages of a SavedModel and of its checkpoint, as far as networks need them. Unset numbers and strings are 0 and '',
 * unset messages null. See saved_model.proto, meta_graph.proto, graph.proto, function.proto, op_def.proto and
 * tensor_bundle.proto of TensorFlow for the meaning of each field. Maps are lists of entries, as they are encoded.
 */

/** An entry of a map. */
export interface Entry<V> {
  readonly key: string;
  readonly value: V | null;
}

/** The whole of saved_model.pb. */
export interface SavedModelProto {
  readonly metaGraphs: readonly MetaGraph[];
}

/** A graph with what is known of it: for serving, or for training. */
export interface MetaGraph {
  readonly metaInfo: MetaInfo | null;
  readonly graphDef: GraphDef | null;
  readonly saverDef: { readonly restoreOpName: string } | null;
  readonly signatureDef: readonly Entry<SignatureDef>[];
}

/** What wrote a graph, and which operators are in it. */
export interface MetaInfo {
  readonly strippedOpList: { readonly op: readonly OpDef[] } | null;
  readonly tags: readonly string[];
  readonly tensorflowVersion: string;
}

/** What an operator, or a function, takes and returns. */
export interface OpDef {
  readonly name: string;
  readonly inputArg: readonly ArgDef[];
  readonly outputArg: readonly ArgDef[];
}

/** One argument, or as many as an attribute says: a number, or a list of types. */
export interface ArgDef {
  readonly name: string;
  readonly numberAttr: string;
  readonly typeListAttr: string;
}

/** Nodes and the functions that they call. */
export interface GraphDef {
  readonly node: readonly NodeDef[];
  readonly library: { readonly function: readonly FunctionDef[] } | null;
}

/** A function of the graph's library. */
export interface FunctionDef {
  readonly signature: OpDef | null;
  readonly nodeDef: readonly NodeDef[];
  /** The values that are returned, by the name of the result. */
  readonly ret: readonly Entry<string>[];
}

/** One operator, or the call of a function. */
export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: readonly Entry<AttrValue>[];
}

/** An attribute's value: one field is there. */
export interface AttrValue {
  readonly list?: ListValue;
  readonly s?: Uint8Array;
  readonly i?: number;
  readonly f?: number;
  readonly b?: boolean;
  readonly type?: number;
  readonly shape?: TensorShapeProto;
  readonly tensor?: TensorProto;
  /** The name of an attribute of the function around it. */
  readonly placeholder?: string;
  readonly func?: NameAttrList;
}

/** A list of values of one kind. */
export interface ListValue {
  readonly s: readonly Uint8Array[];
  readonly i: readonly number[];
  readonly f: readonly number[];
  readonly b: readonly boolean[];
  readonly type: readonly number[];
  readonly shape: readonly TensorShapeProto[];
  readonly tensor: readonly TensorProto[];
  readonly func: readonly NameAttrList[];
}

/** A function with its attributes. */
export interface NameAttrList {
  readonly name: string;
  readonly attr: readonly Entry<AttrValue>[];
}

/** Extents, -1 where one is open; of any rank where `unknownRank`. */
export interface TensorShapeProto {
  readonly dim: readonly { readonly size: number }[];
  readonly unknownRank: boolean;
}

/** A constant: `tensorContent` (little-endian), or the typed field, whose last entry stands for all that are missing. */
export interface TensorProto {
  /** A number of dataTypes. */
  readonly dtype: number;
  readonly tensorShape: TensorShapeProto | null;
  readonly tensorContent: Uint8Array;
  readonly floatVal: readonly number[];
  readonly doubleVal: readonly number[];
  readonly intVal: readonly number[];
  readonly stringVal: readonly Uint8Array[];
  readonly int64Val: readonly number[];
  readonly boolVal: readonly boolean[];
  readonly halfVal: readonly number[];
  readonly uint32Val: readonly number[];
  readonly uint64Val: readonly number[];
  /** [offset, length] of this message in its file, where its elements were left there; else []. */
  readonly stored: readonly number[];
}

/** What a model can be asked: tensors that enter and leave, by their names in the signature. */
export interface SignatureDef {
  readonly inputs: readonly Entry<TensorInfo>[];
  readonly outputs: readonly Entry<TensorInfo>[];
}

/** A tensor of the graph. */
export interface TensorInfo {
  /** As `node:0`; '' where the tensor is sparse or composite. */
  readonly name: string;
  readonly dtype: number;
  readonly tensorShape: TensorShapeProto | null;
}

/** What the header of a checkpoint's index says. */
export interface BundleHeader {
  readonly numShards: number;
  /** 0 little, 1 big. */
  readonly endianness: number;
}

/** Where a tensor of a checkpoint is. */
export interface BundleEntry {
  readonly dtype: number;
  readonly shape: TensorShapeProto | null;
  readonly shardId: number;
  readonly offset: number;
  readonly size: number;
  /** Not empty where only parts are stored, each under a key of its own. */
  readonly slices: readonly { readonly extent: readonly SliceExtent[] }[];
}

/** A part of an axis; a length of 0 stands for all of it. */
export interface SliceExtent {
  readonly start: number;
  readonly length: number;
}

const entry = (value: string) => message({ key: ['string', 1], value: [value, 2] });

const messages = Root.fromJSON({
  nested: {
    SavedModel: message({ metaGraphs: ['MetaGraph[]', 2] }),
    MetaGraph: message({
      metaInfo: ['MetaInfo', 1],
      graphDef: ['GraphDef', 2],
      saverDef: ['SaverDef', 3],
      signatureDef: ['SignatureEntry[]', 5],
    }),
    MetaInfo: message({ strippedOpList: ['OpList', 2], tags: ['string[]', 4], tensorflowVersion: ['string', 5] }),
    OpList: message({ op: ['OpDef[]', 1] }),
    OpDef: message({ name: ['string', 1], inputArg: ['ArgDef[]', 2], outputArg: ['ArgDef[]', 3] }),
    ArgDef: message({ name: ['string', 1], numberAttr: ['string', 5], typeListAttr: ['string', 6] }),
    GraphDef: message({ node: ['NodeDef[]', 1], library: ['Library', 2] }),
    Library: message({ function: ['FunctionDef[]', 1] }),
    FunctionDef: message({ signature: ['OpDef', 1], nodeDef: ['NodeDef[]', 3], ret: ['StringEntry[]', 4] }),
    NodeDef: message({ name: ['string', 1], op: ['string', 2], input: ['string[]', 3], attr: ['AttrEntry[]', 5] }),
    AttrValue: message(
      {
        list: ['ListValue', 1],
        s: ['bytes', 2],
        i: ['int64', 3],
        f: ['float', 4],
        b: ['bool', 5],
        type: ['int32', 6],
        shape: ['TensorShape', 7],
        tensor: ['Tensor', 8],
        placeholder: ['string', 9],
        func: ['NameAttrList', 10],
      },
      ['list', 's', 'i', 'f', 'b', 'type', 'shape', 'tensor', 'placeholder', 'func'],
    ),
    ListValue: message({
      s: ['bytes[]', 2],
      i: ['int64[]', 3],
      f: ['float[]', 4],
      b: ['bool[]', 5],
      type: ['int32[]', 6],
      shape: ['TensorShape[]', 7],
      tensor: ['Tensor[]', 8],
      func: ['NameAttrList[]', 9],
    }),
    NameAttrList: message({ name: ['string', 1], attr: ['AttrEntry[]', 2] }),
    TensorShape: message({ dim: ['Dimension[]', 2], unknownRank: ['bool', 3] }),
    Dimension: message({ size: ['int64', 1] }),
    Tensor: message({
      dtype: ['int32', 1],
      tensorShape: ['TensorShape', 2],
      tensorContent: ['bytes', 4],
      floatVal: ['float[]', 5],
      doubleVal: ['double[]', 6],
      intVal: ['int32[]', 7],
      stringVal: ['bytes[]', 8],
      int64Val: ['int64[]', 10],
      boolVal: ['bool[]', 11],
      halfVal: ['int32[]', 13],
      uint32Val: ['uint32[]', 16],
      uint64Val: ['uint64[]', 17],
      // None of TensorFlow's own: see files/protobufSkeleton.ts.
      stored: ['int64[]', STORED],
    }),
    SignatureDef: message({ inputs: ['TensorInfoEntry[]', 1], outputs: ['TensorInfoEntry[]', 2] }),
    TensorInfo: message({ name: ['string', 1], dtype: ['int32', 2], tensorShape: ['TensorShape', 3] }),
    SaverDef: message({ restoreOpName: ['string', 3] }),
    BundleHeader: message({ numShards: ['int32', 1], endianness: ['int32', 2] }),
    BundleEntry: message({
      dtype: ['int32', 1],
      shape: ['TensorShape', 2],
      shardId: ['int32', 3],
      offset: ['int64', 4],
      size: ['int64', 5],
      slices: ['Slice[]', 7],
    }),
    Slice: message({ extent: ['SliceExtent[]', 1] }),
    SliceExtent: message({ start: ['int64', 1], length: ['int64', 2] }),
    AttrEntry: entry('AttrValue'),
    SignatureEntry: entry('SignatureDef'),
    StringEntry: entry('string'),
    TensorInfoEntry: entry('TensorInfo'),
  },
});
messages.resolveAll();

const tensorType = messages.lookupType('Tensor');
const left = {
  message: tensorType,
  fields: fieldNumbers(tensorType, [
    'tensorContent',
    'floatVal',
    'doubleVal',
    'intVal',
    'stringVal',
    'int64Val',
    'boolVal',
    'halfVal',
    'uint32Val',
    'uint64Val',
  ]),
};

/**
 * Reads saved_model.pb but for the elements of constants of over 64 KiB, which stay in the file.
 *
 * @throws Error where the file is not a protocol buffer of that form; AnalysisError 'model-unreadable' where it ends early
 */
export function decodeSavedModel(file: Bytes): SavedModelProto {
  const type = messages.lookupType('SavedModel');
  return decoded(type, skeleton(file, type, left)) as SavedModelProto;
}

/** @throws Error where the bytes are no constant */
export function decodeTensor(bytes: Uint8Array): TensorProto {
  return decoded(tensorType, bytes) as TensorProto;
}

/** @throws Error where the bytes are no header of a checkpoint */
export function decodeBundleHeader(bytes: Uint8Array): BundleHeader {
  return decoded(messages.lookupType('BundleHeader'), bytes) as BundleHeader;
}

/** @throws Error where the bytes are no entry of a checkpoint */
export function decodeBundleEntry(bytes: Uint8Array): BundleEntry {
  return decoded(messages.lookupType('BundleEntry'), bytes) as BundleEntry;
}
