import { AnalysisError } from '../../base/errors';
import { isJsonList, isJsonObject, type Json, type JsonObject } from '../../files/json';
import type { Settled } from '../format';
import { chosenOutput } from '../outputs';
import type { GraphAttribute, GraphNode, GraphTensor, TensorflowGraph } from '../tensorflow/graphDef';
import { dataInputs, endpoint } from '../tensorflow/order';
import { type GraphFunction, inlined } from './functions';
import { numbersOf, type StoredWeight } from './manifest';
import { writtenTensor } from './writtenTensor';

const FORMAT = 'TensorFlow.js graph model';

/** A graph, and what of it was chosen among several. */
export interface JsonGraph extends TensorflowGraph {
  readonly settled: Settled;
  readonly notes: readonly string[];
}

/**
 * The graph of a graph model: a GraphDef in JSON whose constants are the manifest's weights of the nodes' names.
 *
 * @param topology `modelTopology`
 * @param signature what is input and output, where the file says so
 * @param asked the name of the output that holds the class scores, where it was given
 * @throws AnalysisError 'model-unreadable' where it is no such graph, or has not one image input and an output;
 *   'invalid-input' where the output must be named; as inlined
 */
export function graphOf(
  topology: JsonObject,
  signature: Json | undefined,
  weights: ReadonlyMap<string, StoredWeight>,
  asked?: string,
): JsonGraph {
  const nodes = listOf(topology['node'], 'node').map((node) => graphNode(node, weights));
  const { library } = topology;
  const functions = isJsonObject(library) ? listOf(library['function'] ?? [], 'function') : [];
  const whole = inlined(nodes, new Map(functions.map((own) => graphFunction(own, weights))));
  const input = inputOf(nodes, signature);
  const notes: string[] = [];
  const { tensor, name, isOneOfSeveral } = outputOf(nodes, signature, asked, (sentence) => notes.push(sentence));
  const output = whole.reference(tensor);
  return { nodes: whole.nodes, ...input, output, settled: isOneOfSeveral ? { output: name } : {}, notes };
}

function graphNode(node: JsonObject, weights: ReadonlyMap<string, StoredWeight>): GraphNode {
  const { name, op, input } = node;
  const inputs = isJsonList(input) ? input : [];
  if (typeof name !== 'string' || typeof op !== 'string' || !inputs.every((entry) => typeof entry === 'string')) {
    throw unreadable('each node must have a "name", an "op" and a list of names as "input"');
  }
  const weight = op === 'Const' ? weights.get(name) : undefined;
  if (weight !== undefined) {
    const value = weightTensor(weight);
    return { name, op, inputs, attributes: value === undefined ? {} : { value: { kind: 'tensor', value } } };
  }
  const attr = isJsonObject(node['attr']) ? node['attr'] : {};
  const attributes = Object.fromEntries(
    Object.entries(attr).flatMap(([key, value]) => {
      const read = attribute(value, `${op} "${name}"`);
      return read === undefined ? [] : [[key, read] as const];
    }),
  );
  return { name, op, inputs, attributes };
}

function graphFunction(own: JsonObject, weights: ReadonlyMap<string, StoredWeight>): readonly [string, GraphFunction] {
  const { signature, nodeDef, ret } = own;
  const names = (field: string): string[] =>
    listOf((isJsonObject(signature) ? signature[field] : undefined) ?? [], field).map(({ name }) => text(name, field));
  const results = isJsonObject(ret) ? ret : {};
  const returned = names('outputArg').map((name) => (Object.hasOwn(results, name) ? text(results[name], 'ret') : name));
  const nodes = listOf(nodeDef ?? [], 'nodeDef').map((node) => graphNode(node, weights));
  const name = isJsonObject(signature) ? text(signature['name'], 'signature') : '';
  return [name, { arguments: names('inputArg'), nodes, returned }];
}

function weightTensor(weight: StoredWeight): GraphTensor | undefined {
  const { shape, encoding } = weight;
  if (encoding.type === null) return undefined;
  return { type: encoding.type, shape, read: () => numbersOf(weight) };
}

/** A field of AttrValue; undefined where it is empty or of no use here. */
function attribute(value: Json | undefined, node: string): GraphAttribute | undefined {
  if (!isJsonObject(value)) return undefined;
  const { i, f, b, s, type, shape, tensor, func, list } = value;
  const number = i ?? f;
  if (number !== undefined) return { kind: 'number', value: Number(number) };
  if (typeof b === 'boolean') return { kind: 'bool', value: b };
  if (typeof s === 'string') return { kind: 'string', value: decoded(s) };
  if (typeof type === 'string') return { kind: 'type', value: type };
  if (isJsonObject(shape)) return { kind: 'shape', value: extents(shape) };
  if (isJsonObject(tensor)) {
    const { tensorShape } = tensor;
    const written = writtenTensor(tensor, isJsonObject(tensorShape) ? (extents(tensorShape) ?? []) : [], node);
    return written && { kind: 'tensor', value: written };
  }
  if (isJsonObject(func) && typeof func['name'] === 'string') return { kind: 'function', value: func['name'] };
  return isJsonObject(list) ? { kind: 'list', value: entriesOf(list, node) } : undefined;
}

/** The one kind of entries that a list holds. */
function entriesOf(list: JsonObject, node: string): GraphAttribute[] {
  for (const [kind, entries] of Object.entries(list)) {
    if (!isJsonList(entries) || entries.length === 0) continue;
    return entries.flatMap((entry) => attribute({ [kind]: entry }, node) ?? []);
  }
  return [];
}

/** Texts are bytes, in base64. */
function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

/** -1 where an extent is open; null where the rank is. */
function extents(shape: JsonObject): readonly number[] | null {
  if (shape['unknownRank'] === true) return null;
  const dims = isJsonList(shape['dim']) ? shape['dim'] : [];
  return dims.map((dim) => (isJsonObject(dim) ? Number(dim['size'] ?? 0) : NaN));
}

function inputOf(
  nodes: readonly GraphNode[],
  signature: Json | undefined,
): Pick<TensorflowGraph, 'input' | 'inputShape'> {
  const used = new Set(nodes.flatMap(dataInputs).map((input) => endpoint(input).node));
  const placeholders = nodes.filter(({ op, name }) => op === 'Placeholder' && used.has(name));
  if (placeholders.length !== 1) {
    throw unreadable(
      `an image classifier must have one input, this graph has ${placeholders.length}; ` +
        'convert a model that takes the image alone',
    );
  }
  const [{ name, attributes }] = placeholders;
  const stated = ends(signature, 'inputs').find((end) => endpoint(end.name).node === name)?.shape;
  const shape = Object.hasOwn(attributes, 'shape') ? attributes['shape'] : undefined;
  const written = stated ?? (shape?.kind === 'shape' ? shape.value : null);
  if (written === null) {
    throw unreadable(`the shape of the input "${name}" is not given; convert the model for one image size`);
  }
  return { input: name, inputShape: written };
}

interface ChosenOutput {
  readonly name: string;
  /** As `node` or `node:1`. */
  readonly tensor: string;
  readonly isOneOfSeveral: boolean;
}

/** What the signature names, or the one node that no other needs. */
function outputOf(
  nodes: readonly GraphNode[],
  signature: Json | undefined,
  asked: string | undefined,
  note: (sentence: string) => void,
): ChosenOutput {
  const stated = ends(signature, 'outputs');
  if (stated.length > 0) {
    const isOneOfSeveral = stated.length > 1;
    const scores = stated.filter(({ shape }) => !isOneOfSeveral || shape?.length === 2);
    const named = scores.filter(({ name, key }) => /logit/i.test(`${key} ${name}`));
    const candidates = asked === undefined && named.length === 1 ? named : scores;
    const found = stated.map(({ key, shape }) => `"${key}" ${shape ? `[${shape.join(', ')}]` : 'of any rank'}`);
    const choice = candidates.map(({ key, name }) => ({ name: key, tensor: name }));
    return { ...chosenOutput({ format: FORMAT, found }, choice, asked, note), isOneOfSeveral };
  }
  const used = new Set(nodes.flatMap(({ inputs }) => inputs).map((input) => endpoint(input.replace('^', '')).node));
  const last = nodes.filter(
    ({ name, op }) => !used.has(name) && op !== 'Const' && op !== 'NoOp' && op !== 'Placeholder',
  );
  if (last.length === 1 || asked !== undefined) {
    const found = last.map(({ name }) => `"${name}"`);
    const { name } = chosenOutput({ format: FORMAT, found }, last, asked, note);
    return { name, tensor: name, isOneOfSeveral: last.length > 1 };
  }
  throw unreadable(
    `there must be one output, but ${last.length} nodes have a result that none takes and no signature chooses; ` +
      'convert the model again from a SavedModel with a signature, or name the output with --output',
  );
}

interface End {
  readonly key: string;
  readonly name: string;
  readonly shape: readonly number[] | null;
}

function ends(signature: Json | undefined, side: 'inputs' | 'outputs'): readonly End[] {
  const named = isJsonObject(signature) ? signature[side] : undefined;
  return Object.entries(isJsonObject(named) ? named : {}).flatMap(([key, end]): End[] => {
    if (!isJsonObject(end) || typeof end['name'] !== 'string') return [];
    const { tensorShape } = end;
    return [{ key, name: end['name'], shape: isJsonObject(tensorShape) ? extents(tensorShape) : null }];
  });
}

function text(value: Json | undefined, field: string): string {
  if (typeof value === 'string') return value;
  throw unreadable(`"${field}" of a function must give names`);
}

function listOf(value: Json | undefined, field: string): readonly JsonObject[] {
  if (isJsonList(value) && value.every(isJsonObject)) return value;
  throw unreadable(`"${field}" must be a list of objects`);
}

function unreadable(reason: string): AnalysisError {
  return new AnalysisError('model-unreadable', `${FORMAT}: ${reason}.`);
}
