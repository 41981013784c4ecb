import { AnalysisError } from '../../base/errors';
import { isJsonList, isJsonObject, type Json, type JsonObject } from '../../files/json';
import { configOf, Settings } from './settings';

/** Which output of which call of a layer. */
export interface TensorReference {
  readonly kind: 'tensor';
  readonly layer: string;
  readonly node: number;
  readonly tensor: number;
}

/** What a layer is called with: tensors of other layers, numbers, lists of them, or an object such as a slice. */
export type Argument = TensorReference | null | boolean | number | string | JsonObject | readonly Argument[];

/** One call of a layer. A layer that is called several times shares its weights among the calls. */
export interface Call {
  readonly positional: readonly Argument[];
  readonly named: Readonly<Record<string, Argument>>;
}

/** A layer, or an operator of Keras 3 that stands among the layers. */
export interface LayerConfig {
  readonly name: string;
  readonly className: string;
  /** Custom layers are classes of the user's own. An .h5 file does not say which is which. */
  readonly kind: 'layer' | 'operator' | 'custom' | 'unspecified';
  readonly settings: Settings;
  readonly calls: readonly Call[];
  /** The layers inside, where this is a model. */
  readonly model: ModelConfig | null;
}

/** A Sequential or Functional model. */
export interface ModelConfig {
  readonly name: string;
  readonly className: string;
  readonly layers: readonly LayerConfig[];
  readonly inputs: readonly TensorReference[];
  readonly outputs: readonly TensorReference[];
}

const MODEL_CLASSES: ReadonlySet<string> = new Set(['Sequential', 'Functional', 'Model']);
const CONSTANT_CLASSES: ReadonlySet<unknown> = new Set(['__tensor__', '__numpy__']);
const KERAS_MODULE = /^(keras|tf_keras|tensorflow(\.python)?\.keras)\b/;
const OPERATOR_MODULE = /^keras\.(src\.)?(ops|activations)\b/;

/**
 * The model that Keras 2 or 3 has described in JSON.
 *
 * @throws AnalysisError 'model-unreadable' where that is no such description, 'unsupported-op' for subclassed models
 */
export function parseModel(json: Json): ModelConfig {
  const className = isJsonObject(json) ? json['class_name'] : undefined;
  if (!isJsonObject(json) || typeof className !== 'string') {
    throw new AnalysisError('model-unreadable', 'The model configuration must name a class ("class_name").');
  }
  if (!MODEL_CLASSES.has(className)) {
    throw new AnalysisError(
      'unsupported-op',
      `The model is a ${className}, a class whose computation is code and not in the file; ` +
        'save a Sequential or Functional model of the same layers, or export it to ONNX.',
    );
  }
  const model = className === 'Sequential' ? parseSequential(json) : parseFunctional(json, className);
  if (model.layers.length === 0) throw new AnalysisError('model-unreadable', `Model "${model.name}" has no layers.`);
  return model;
}

function parseFunctional(json: JsonObject, className: string): ModelConfig {
  const config = configOf(json);
  const entries = layerEntries(config['layers']);
  const names = new Set(entries.map(layerName));
  if (names.size < entries.length) throw new AnalysisError('model-unreadable', 'Two layers have the same name.');
  const layers = entries.map((entry) => parseLayer(entry, calls(entry['inbound_nodes'], names)));
  const ends = (field: string): TensorReference[] => {
    const value = config[field] ?? null;
    // Models may name their inputs and outputs.
    const named = isJsonObject(value) ? Object.values(value).map((end) => end ?? null) : value;
    return references(argument(named, names));
  };
  const outputs = ends('output_layers');
  return {
    name: textOr(config['name'], 'model'),
    className,
    layers: withFirstNodes(layers, outputs),
    inputs: ends('input_layers'),
    outputs,
  };
}

/**
 * Keras 2 counts the making of an inner model as its call 0, but does not write that call down: there, references run
 * one ahead of the calls.
 */
function withFirstNodes(layers: readonly LayerConfig[], outputs: readonly TensorReference[]): LayerConfig[] {
  const used = [...layers.flatMap((layer) => layer.calls.flatMap(tensorsOf)), ...outputs];
  const last = new Map<string, number>();
  for (const { layer, node } of used) last.set(layer, Math.max(node, last.get(layer) ?? 0));
  return layers.map((layer) => {
    const ahead = layer.model !== null && last.get(layer.name) === layer.calls.length;
    return ahead ? { ...layer, calls: [...layer.calls.slice(0, 1), ...layer.calls] } : layer;
  });
}

/** Each layer is called once, on what the one before it made. */
function parseSequential(json: JsonObject): ModelConfig {
  // Until Keras 2.2 the configuration was the list of layers itself.
  const bare = isJsonList(json['config']);
  const config = configOf(json);
  const entries = layerEntries(bare ? json['config'] : config['layers']);
  if (entries.length > 0 && entries[0]['class_name'] !== 'InputLayer') entries.unshift(inputLayer(json, entries[0]));
  const names = entries.map(layerName);
  const layers = entries.map((entry, i) => {
    const inputs = i === 0 ? [] : [reference(names[i - 1], 0, 0)];
    return parseLayer(entry, [{ positional: inputs, named: {} }]);
  });
  return {
    name: textOr(config['name'], 'sequential'),
    className: 'Sequential',
    layers,
    inputs: names.slice(0, 1).map((name) => reference(name, 0, 0)),
    outputs: names.slice(-1).map((name) => reference(name, 0, 0)),
  };
}

/** The input that a Sequential without one was built for. */
function inputLayer(sequential: JsonObject, first: JsonObject): JsonObject {
  const built = (value: JsonObject): Json | undefined =>
    isJsonObject(value['build_config']) ? value['build_config']['input_shape'] : undefined;
  const ownConfig = configOf(first);
  const shape =
    ownConfig['batch_input_shape'] ??
    ownConfig['batch_shape'] ??
    configOf(sequential)['build_input_shape'] ??
    built(sequential) ??
    built(first) ??
    null;
  // The name is no layer's: Keras allows no empty names.
  return { class_name: 'InputLayer', name: '', config: { name: '', batch_shape: shape } };
}

function layerEntries(layers: Json | undefined): JsonObject[] {
  if (isJsonList(layers) && layers.every(isJsonObject)) return [...layers];
  throw new AnalysisError('model-unreadable', 'The model configuration must list its "layers".');
}

function layerName(entry: JsonObject): string {
  const name = configOf(entry)['name'] ?? entry['name'];
  if (typeof name === 'string') return name;
  throw new AnalysisError('model-unreadable', 'A layer has no name ("config": {"name": …}).');
}

function parseLayer(entry: JsonObject, layerCalls: readonly Call[]): LayerConfig {
  const name = layerName(entry);
  const className = textOr(entry['class_name'], '?');
  return {
    name,
    className,
    kind: kindOf(className, entry['module'], textOr(entry['registered_name'], '')),
    settings: new Settings(`${className} "${name}"`, configOf(entry)),
    calls: layerCalls,
    model: MODEL_CLASSES.has(className) ? parseModel(entry) : null,
  };
}

function kindOf(className: string, module: Json | undefined, registered: string): LayerConfig['kind'] {
  if (className.endsWith('OpLambda')) return 'operator';
  if (/^(?!keras>).+>/.test(registered)) return 'custom';
  if (typeof module !== 'string') return 'unspecified';
  if (OPERATOR_MODULE.test(module)) return 'operator';
  return KERAS_MODULE.test(module) ? 'layer' : 'custom';
}

function calls(nodes: Json | undefined, names: ReadonlySet<string>): Call[] {
  if (!isJsonList(nodes)) return [];
  return nodes.map((node) => {
    if (isJsonObject(node)) {
      const positional = argument(node['args'] ?? [], names);
      const { kwargs } = node;
      return {
        positional: Array.isArray(positional) ? (positional as readonly Argument[]) : [positional],
        named: namedArguments(isJsonObject(kwargs) ? kwargs : {}, names),
      };
    }
    if (isJsonList(node)) return keras2Call(node, names);
    throw new AnalysisError('model-unreadable', 'Each of "inbound_nodes" must be an object or a list.');
  });
}

/** [[layer, node, tensor, kwargs], …]; a constant stands as ["_CONSTANT_VALUE", −1, value, kwargs]. */
function keras2Call(node: readonly Json[], names: ReadonlySet<string>): Call {
  // A single input may stand without the outer list.
  const inputs = typeof node[0] === 'string' ? [node] : node.filter(isJsonList);
  const tensors = inputs.map((input) =>
    input[0] === '_CONSTANT_VALUE' ? argument(input[2], names) : argument(input.slice(0, 3), names),
  );
  const named = inputs.map((input) => input[3]).find(isJsonObject) ?? {};
  return { positional: tensors.length === 1 ? tensors : [tensors], named: namedArguments(named, names) };
}

function namedArguments(kwargs: JsonObject, names: ReadonlySet<string>): Readonly<Record<string, Argument>> {
  return Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [key, argument(value ?? null, names)]));
}

/** Tensors are objects "__keras_tensor__" in Keras 3 and [layer, node, tensor] in Keras 2. */
function argument(value: Json, names: ReadonlySet<string>): Argument {
  if (isJsonList(value)) {
    const [layer, node, tensor] = value;
    if (typeof layer === 'string' && names.has(layer) && typeof node === 'number' && typeof tensor === 'number') {
      return reference(layer, node, tensor);
    }
    return value.map((entry) => argument(entry, names));
  }
  if (isJsonObject(value)) {
    const config = configOf(value);
    const { keras_history: history, value: constant } = config;
    if (value['class_name'] === '__keras_tensor__' && isJsonList(history)) return argument(history, names);
    // Numbers that stand in the model's code.
    if (CONSTANT_CLASSES.has(value['class_name'])) return constant ?? null;
  }
  return value;
}

function reference(layer: string, node: number, tensor: number): TensorReference {
  return { kind: 'tensor', layer, node, tensor };
}

/** Whether an argument is a tensor. */
export function isReference(value: Argument): value is TensorReference {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'tensor';
}

/** All tensors that a call needs. */
export function tensorsOf({ positional, named }: Call): readonly TensorReference[] {
  return [...positional, ...Object.values(named)].flatMap(references);
}

/** The tensors in an argument, in order. */
function references(value: Argument): TensorReference[] {
  if (isReference(value)) return [value];
  if (Array.isArray(value)) return (value as readonly Argument[]).flatMap(references);
  return [];
}

function textOr(value: Json | undefined, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
