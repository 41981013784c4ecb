import { AnalysisError } from '../../base/errors';
import type { Json } from '../../files/json';
import { Place } from './place';

/** What a node is given, or gives: numbers and text as they are, the names of values, graphs, or lists of such. */
export type Argument = null | boolean | number | string | Float | Named | Subgraph | Unread | readonly Argument[];

/** A number that is not whole by its type, as 2.0. */
export interface Float {
  readonly kind: 'float';
  readonly float: number;
}

/** A value of the graph: a tensor, or a number that depends on the batch. */
export interface Named {
  readonly kind: 'named';
  readonly name: string;
}

/** A graph that a higher-order operator runs. */
export interface Subgraph {
  readonly kind: 'graph';
  readonly graph: Graph;
}

/** What no image classifier needs: complex numbers, custom objects. */
export interface Unread {
  readonly kind: 'unread';
  readonly field: string;
}

/** A call of an operator. */
export interface ProgramNode {
  /** As torch writes it: torch.ops.aten.conv2d.default. */
  readonly target: string;
  readonly inputs: readonly { readonly name: string; readonly argument: Argument }[];
  readonly outputs: readonly Argument[];
}

/** One extent of a tensor: a number, or an expression in the sizes that are left open. */
export type Size = number | string;

/** What a tensor is: type by torch's number, extents, strides and offset in elements. */
export interface TensorMeta {
  readonly type: number;
  readonly sizes: readonly Size[];
  readonly strides: readonly Size[];
  readonly offset: Size;
}

/** Nodes, each after what it needs. */
export interface Graph {
  readonly inputs: readonly Argument[];
  readonly outputs: readonly Argument[];
  readonly nodes: readonly ProgramNode[];
  readonly tensors: ReadonlyMap<string, TensorMeta>;
}

/** What an input of the program's graph is. */
export type InputRole = 'parameter' | 'buffer' | 'constant' | 'user' | 'other';

/** An input of the program's graph with the name under which its content is stored. */
export interface ProgramInput {
  readonly role: InputRole;
  readonly argument: Argument;
  readonly stored: string;
}

/** What `torch.export` wrote: a graph and what its inputs and outputs mean. */
export interface Program {
  readonly graph: Graph;
  readonly inputs: readonly ProgramInput[];
  /** What the model returns, in order. */
  readonly outputs: readonly Argument[];
  readonly torchVersion: string | null;
}

const SCHEMA = 8;

/**
 * The program in a parsed `models/NAME.json`.
 *
 * @param name the file, for messages
 * @throws AnalysisError 'model-unreadable' where it is no program of schema version 8
 * @see torch/_export/serde/schema.py
 */
export function parseProgram(json: Json, name: string): Program {
  const root = new Place(json, name);
  const version = root.at('schema_version').at('major').integer();
  if (version !== SCHEMA) {
    throw new AnalysisError(
      'model-unreadable',
      `${name}: its schema version must be ${SCHEMA}, got ${version}. Save it again with a current PyTorch.`,
    );
  }
  const module = root.at('graph_module');
  const signature = module.at('signature');
  const outputs = signature.at('output_specs').list();
  return {
    graph: graph(module.at('graph')),
    inputs: signature.at('input_specs').list().map(programInput),
    outputs: outputs.flatMap((spec) => (spec.has('user_output') ? argument(spec.at('user_output').at('arg')) : [])),
    torchVersion: root.has('torch_version') ? root.at('torch_version').text() : null,
  };
}

/** Where the tensor of a weights or constants file stands. */
export interface Payload {
  readonly path: string;
  readonly isPickle: boolean;
  readonly meta: TensorMeta;
}

/**
 * The tensors that a parsed `model_weights_config.json` or `model_constants_config.json` lists, by their names in the model.
 *
 * @throws AnalysisError 'model-unreadable'
 */
export function parsePayloads(json: Json, name: string): ReadonlyMap<string, Payload> {
  const entries = new Place(json, name).at('config').entries();
  return new Map(
    entries.map(([key, place]) => {
      const isPickle = place.at('use_pickle').boolean();
      const path = place.at('path_name').text();
      const meta = place.has('tensor_meta') ? tensorMeta(place.at('tensor_meta')) : emptyMeta;
      return [key, { path, isPickle, meta }];
    }),
  );
}

const emptyMeta: TensorMeta = { type: 0, sizes: [], strides: [], offset: 0 };

function programInput(spec: Place): ProgramInput {
  const [kind, place] = spec.union();
  switch (kind) {
    case 'parameter':
      return { role: 'parameter', argument: named(place.at('arg')), stored: place.at('parameter_name').text() };
    case 'buffer':
      return { role: 'buffer', argument: named(place.at('arg')), stored: place.at('buffer_name').text() };
    case 'tensor_constant':
      return { role: 'constant', argument: named(place.at('arg')), stored: place.at('tensor_constant_name').text() };
    case 'user_input':
      return { role: 'user', argument: argument(place.at('arg')), stored: '' };
    default:
      return { role: 'other', argument: null, stored: '' };
  }
}

function graph(place: Place): Graph {
  return {
    inputs: place.at('inputs').list().map(argument),
    outputs: place.at('outputs').list().map(argument),
    nodes: place.at('nodes').list().map(programNode),
    tensors: new Map(
      place
        .at('tensor_values')
        .entries()
        .map(([name, meta]) => [name, tensorMeta(meta)]),
    ),
  };
}

function programNode(place: Place): ProgramNode {
  return {
    target: place.at('target').text(),
    inputs: place
      .at('inputs')
      .list()
      .map((input) => ({ name: input.at('name').text(), argument: argument(input.at('arg')) })),
    outputs: place.at('outputs').list().map(argument),
  };
}

function tensorMeta(place: Place): TensorMeta {
  return {
    type: place.at('dtype').integer(),
    sizes: place.at('sizes').list().map(size),
    strides: place.at('strides').list().map(size),
    offset: size(place.at('storage_offset')),
  };
}

function size(place: Place): Size {
  return place.has('as_expr') ? place.at('as_expr').at('expr_str').text() : place.at('as_int').integer();
}

const named = (place: Place): Named => ({ kind: 'named', name: place.at('name').text() });

/** Of a symbolic number: a name, or the number itself. */
function symbolic(place: Place): Argument {
  if (place.has('as_name')) return { kind: 'named', name: place.at('as_name').text() };
  return place.has('as_int') ? place.at('as_int').integer() : float(place.at('as_float'));
}

const listOf =
  (entry: (place: Place) => Argument) =>
  (place: Place): Argument =>
    place.list().map(entry);

const integer = (place: Place): number => place.integer();
const float = (place: Place): Float => ({ kind: 'float', float: place.number() });
const boolean = (place: Place): boolean => place.boolean();
const text = (place: Place): string => place.text();
const optional = (place: Place): Argument => (place.has('as_tensor') ? named(place.at('as_tensor')) : null);
const nothing = (): Argument => null;
const symbolicTruth = (place: Place): Argument =>
  place.has('as_name') ? { kind: 'named', name: place.at('as_name').text() } : place.at('as_bool').boolean();

/** By the field of torch's union. */
const readers: Readonly<Record<string, (place: Place) => Argument>> = {
  as_none: nothing,
  as_tensor: named,
  as_tensors: listOf(named),
  as_optional_tensor: optional,
  as_optional_tensors: listOf(optional),
  as_nested_tensors: listOf(listOf(named)),
  as_int: integer,
  as_ints: listOf(integer),
  as_int_lists: listOf(listOf(integer)),
  as_float: float,
  as_floats: listOf(float),
  as_float_lists: listOf(listOf(float)),
  as_bool: boolean,
  as_bools: listOf(boolean),
  as_string: text,
  as_strings: listOf(text),
  as_sym_int: symbolic,
  as_sym_ints: listOf(symbolic),
  as_sym_float: symbolic,
  as_sym_floats: listOf(symbolic),
  as_sym_bool: symbolicTruth,
  as_sym_bools: listOf(symbolicTruth),
  as_scalar_type: integer,
  as_memory_format: nothing,
  as_layout: nothing,
  as_device: nothing,
  as_graph: (place) => ({ kind: 'graph', graph: graph(place.at('graph')) }),
};

function argument(place: Place): Argument {
  const [field, content] = place.union();
  return Object.hasOwn(readers, field) ? readers[field](content) : { kind: 'unread', field };
}
