import { AnalysisError } from '../../base/errors';
import type { Steps } from '../../base/steps';
import { plain, type Tensor } from '../../compound/tensor';
import { isJsonObject } from '../../files/json';
import { NetworkBuilder } from '../../network/builder';
import type { Network } from '../../network/network';
import { areAllFinite } from '../elements';
import type { Choices, DeclaredPreprocessing, InputLayout, Settled } from '../format';
import { largestPixelScale, pixelScaleInside } from '../inside';
import type { KerasGeneration } from './activation';
import {
  type Argument,
  type Call,
  isReference,
  type LayerConfig,
  type ModelConfig,
  type TensorReference,
  tensorsOf,
} from './config';
import { imageInput, scores } from './ends';
import { Weight } from './hdf5';
import { isOperandList, isTensor, type Operand } from './layer';
import { isLayerClass, isTrainingOnly, layerOf } from './layers';
import { asTensor } from './operands';
import { isOperatorClass, operatorResult } from './operators';
import { preprocessingInWords } from './preprocessing';
import type { Settings } from './settings';
import type { LayerAddress, WeightStore } from './weights';

/** A Keras model as a network, and what there is to say of it. */
export interface TranslatedModel {
  /** Input `x`, output `logits`: what the model computes, a closing softmax included. */
  readonly network: Network;
  /** Without the batch. */
  readonly inputShape: readonly number[];
  readonly layout: InputLayout;
  readonly settled: Settled;
  /** The number of numbers in the layers' variables. */
  readonly parameters: number;
  /** How often each class of layers or operators is called. */
  readonly operators: Readonly<Record<string, number>>;
  readonly insidePreprocessing: string | null;
  readonly preprocessing: DeclaredPreprocessing | null;
  readonly notes: readonly string[];
}

/**
 * The network of a model's layers, a layer a step.
 *
 * @param choices for what the configuration leaves open
 * @throws AnalysisError 'model-unreadable' where configuration and weights do not fit, 'unsupported-op', 'invalid-input'
 *   where the choices do not fit
 */
export function translateModel(
  config: ModelConfig,
  weights: WeightStore,
  keras: KerasGeneration,
  choices: Choices,
): Steps<TranslatedModel> {
  return new Translation(weights, keras).model(config, choices);
}

/** One call of one layer of one model, while the calls that it needs are made. */
interface Step {
  readonly layer: LayerConfig;
  readonly node: number;
  readonly key: string;
}

class Translation {
  private readonly builder = new NetworkBuilder();
  private readonly variables = new Map<LayerConfig, Map<string, Weight>>();
  private readonly operators: Record<string, number> = {};
  private readonly preprocessing: string[] = [];
  /** Whether the model itself brings pixels 0–255 to the range that it works in. */
  private takesPixels = false;
  private readonly notes: string[] = [];
  private parameters = 0;
  private atBeginning = true;

  constructor(
    private readonly weights: WeightStore,
    private readonly keras: KerasGeneration,
  ) {}

  *model(config: ModelConfig, choices: Choices): Steps<TranslatedModel> {
    const b = this.builder;
    const { inputs, outputs } = config;
    if (inputs.length !== 1 || outputs.length === 0) {
      throw new AnalysisError(
        'model-unreadable',
        `The model must have one input and an output, got ${inputs.length} and ${outputs.length}; ` +
          'save a keras.Model from the image to the class scores only.',
      );
    }
    const note = (sentence: string): void => void this.notes.push(sentence);
    const { inputShape, layout, inputSize } = imageInput(config, inputs[0], choices, note);
    const x = b.input('x', [-1, ...inputShape]);
    const results = yield* this.evaluate(config, [plain(x)], { names: [], group: '' });
    const logits = scores(b, outputs, results, choices, note);
    const inside = this.preprocessing.length === 0 ? null : `${this.preprocessing.join(', ')} inside the model`;
    const network = { inputs: { x }, outputs: { logits: logits.value } };
    const takesPixels = this.takesPixels || pixelScaleInside(network);
    return {
      network,
      inputShape,
      layout,
      settled: { ...(inputSize && { inputSize }), ...(outputs.length > 1 && { output: logits.name }) },
      parameters: this.parameters,
      operators: this.operators,
      insidePreprocessing: inside,
      preprocessing: inside !== null && takesPixels ? { preprocessing: { scale: 1 }, source: inside } : null,
      notes: this.notes,
    };
  }

  private *evaluate(model: ModelConfig, inputs: readonly Tensor[], address: LayerAddress): Steps<readonly Tensor[]> {
    const layers = new Map(model.layers.map((layer) => [layer.name, layer]));
    const addresses = this.weights.addresses(address, countedLayers(model));
    const results = new Map<string, readonly Tensor[]>();
    model.inputs.forEach((reference, i) => {
      if (i < inputs.length) results.set(keyOf(reference), [inputs[i]]);
    });
    const step = (reference: TensorReference): Step => {
      const layer = layers.get(reference.layer);
      if (layer !== undefined) return { layer, node: reference.node, key: keyOf(reference) };
      throw new AnalysisError('model-unreadable', `Model "${model.name}" has no layer "${reference.layer}".`);
    };
    const resolve = (argument: Argument): Operand => {
      if (isReference(argument)) {
        const tensor = results.get(keyOf(argument))?.[argument.tensor];
        if (tensor !== undefined) return tensor;
        throw new AnalysisError('model-unreadable', `"${argument.layer}" has no output ${argument.tensor}.`);
      }
      return Array.isArray(argument) ? (argument as readonly Argument[]).map(resolve) : (argument as Operand);
    };

    // An explicit stack: deep models would overflow the call stack.
    const open = new Set<string>();
    const stack = model.outputs.map(step);
    for (let next = stack.at(-1); next !== undefined; next = stack.at(-1)) {
      const { layer, node, key } = next;
      const call = layer.calls.at(node);
      if (results.has(key)) {
        stack.pop();
        continue;
      }
      if (call === undefined || layer.className === 'InputLayer') {
        throw new AnalysisError('model-unreadable', `${layer.settings.layer} is never called, but its result is used.`);
      }
      const missing = tensorsOf(call).filter((reference) => !results.has(keyOf(reference)));
      if (missing.length === 0) {
        results.set(key, yield* this.called(layer, call, resolve, addresses.get(layer.name) ?? address));
        yield;
        continue;
      }
      if (open.has(key)) throw new AnalysisError('model-unreadable', `${layer.settings.layer} needs its own result.`);
      open.add(key);
      stack.push(...missing.map(step).reverse());
    }
    return model.outputs.map((reference) => {
      const tensor = resolve(reference);
      if (isTensor(tensor)) return tensor;
      throw new AnalysisError('model-unreadable', `Model "${model.name}" has no output.`);
    });
  }

  private *called(
    layer: LayerConfig,
    call: Call,
    resolve: (argument: Argument) => Operand,
    address: LayerAddress,
  ): Steps<readonly Tensor[]> {
    const positional = call.positional.map(resolve);
    const named = Object.fromEntries(Object.entries(call.named).map(([name, value]) => [name, resolve(value)]));
    const given = [...positional, named['inputs'], named['query'], named['value'], named['key']];
    const inputs = given.flatMap((operand) => tensorsIn(this.builder, operand));
    if (layer.model !== null) return yield* this.evaluate(layer.model, inputs, address);

    this.operators[layer.className] = (this.operators[layer.className] ?? 0) + 1;
    this.describe(layer, named);
    const { settings, className } = layer;
    if (isQuantized(settings)) {
      throw settings.unsupported(
        'a quantized layer',
        'save the model as it is before quantize(), or export it to ONNX',
      );
    }
    const layerCall = {
      builder: this.builder,
      settings,
      className,
      keras: this.keras,
      inputs,
      positional,
      named,
      variables: <Name extends string>(names: readonly Name[]) => this.variablesOf(layer, address, names),
    };
    if (isOperatorCall(layer, call)) return operatorResult(layerCall);
    const strange = positional.find((operand) => operand !== null && !holdsTensor(operand));
    if (strange !== undefined) {
      throw settings.unsupported(`the argument ${JSON.stringify(strange)}`, 'pass tensors only');
    }
    return [layerOf(layer.kind === 'custom' ? `${className} (custom)` : className, settings.layer)(layerCall)];
  }

  /** Each layer's variables are read once, however often it is called. */
  private variablesOf<Name extends string>(
    layer: LayerConfig,
    address: LayerAddress,
    names: readonly Name[],
  ): Readonly<Record<Name, Weight>> {
    let known = this.variables.get(layer);
    if (known === undefined) {
      const weights = this.weights.variables(address, names);
      known = new Map(names.map((name, i) => [name, finite(weights[i], name, layer.settings.layer)]));
      this.variables.set(layer, known);
      for (const { size } of weights) this.parameters += size;
    }
    return Object.fromEntries(known) as Readonly<Record<Name, Weight>>;
  }

  private describe(layer: LayerConfig, named: Readonly<Record<string, Operand>>): void {
    const { className, settings } = layer;
    if (named['training'] === true && className === 'BatchNormalization') {
      throw settings.unsupported('batch statistics at inference (training=True)', 'call it without');
    }
    if (named['training'] === true && className.includes('Dropout')) {
      this.notes.push(`${settings.layer} drops at random even at inference (training=True); here it drops nothing.`);
    }
    if (!this.atBeginning || isTrainingOnly(className) || className === 'Reshape') return;
    const words = layer.kind !== 'operator' ? preprocessingInWords(className, settings) : undefined;
    if (words === undefined) this.atBeginning = false;
    else this.preprocessing.push(words);
    if (className === 'Rescaling' && settings.numbers('scale').every((scale) => scale <= largestPixelScale)) {
      this.takesPixels = true;
    }
  }
}

/**
 * In .h5 files Keras 3 leaves out which Add is the layer and which the operator; but layers that merge take one list, and
 * operators take their operands one by one.
 */
function isOperatorCall({ kind, className, settings }: LayerConfig, { positional }: Call): boolean {
  if (kind !== 'unspecified' || !isOperatorClass(className)) return kind === 'operator';
  return !isLayerClass(className) || positional.length > 1 || settings.has('newshape');
}

/** A variable that is checked where it is read. */
function finite({ shape, read }: Weight, name: string, layer: string): Weight {
  return new Weight(shape, function* () {
    const data = yield* read();
    if (yield* areAllFinite(data)) return data;
    throw new AnalysisError(
      'model-unreadable',
      `${layer}: its ${name} holds numbers that are not finite (NaN or ∞); ` +
        'the training diverged. Save a model of an earlier epoch.',
    );
  });
}

function keyOf({ layer, node }: TensorReference): string {
  return `${node} ${layer}`;
}

/** The tensors in an operand; numbers that stand beside tensors in a list are constants. */
function tensorsIn(b: NetworkBuilder, operand: Operand | undefined): readonly Tensor[] {
  if (isTensor(operand)) return [operand];
  if (!isOperandList(operand) || !holdsTensor(operand)) return [];
  return operand.flatMap((entry) => (holdsTensor(entry) ? tensorsIn(b, entry) : (asTensor(b, entry) ?? [])));
}

function holdsTensor(operand: Operand): boolean {
  return isTensor(operand) || (isOperandList(operand) && operand.some(holdsTensor));
}

/** Whether a layer computes with rounded weights, by its "dtype": an object in .keras files, text in .h5 files. */
function isQuantized({ fields }: Settings): boolean {
  const { dtype } = fields;
  const policy = isJsonObject(dtype) ? dtype['class_name'] : dtype;
  return typeof policy === 'string' && /Quantized|_from_/.test(policy);
}

/** The layers that have a number among those of their class: no operators, and not the input of a Sequential. */
function countedLayers({ layers, className }: ModelConfig): readonly LayerConfig[] {
  return layers.filter(
    (layer) => layer.kind !== 'operator' && !(layer.className === 'InputLayer' && className === 'Sequential'),
  );
}
