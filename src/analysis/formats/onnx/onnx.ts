import { AnalysisError } from '../../base/errors';
import { inTurns, type Steps } from '../../base/steps';
import type { ModelFiles } from '../../files/modelFiles';
import { NetworkBuilder } from '../../network/builder';
import type { ConstantValue, Network } from '../../network/network';
import { Elements } from '../../network/storedConstant';
import {
  decodeTensor,
  type GraphProto,
  type ModelProto,
  type TensorProto,
  TensorType,
  type ValueInfoProto,
} from '../../onnx/onnxProto';
import { decodeSkeleton } from '../../onnx/skeleton';
import { MergedBatch } from '../batch/mergedBatch';
import type { Choices, LoadedModel } from '../format';
import { preprocessingInside } from '../inside';
import { classNames, declaredPreprocessing, fittingClasses, metadataOf } from '../metadata';
import { dependsOnPlace } from './batchIndices';
import { type ExternalData, externalData } from './externalData';
import { domainOf, functionKey, GraphReader } from './graph';
import { imageInput } from './image';
import { logitsOutput } from './logits';
import { rankedOutputs } from './ranking';
import { tensorElements, tensorOutline } from './tensor';
import { unbatched } from './unbatched';

const OLDEST_OPSET = 7;

/**
 * Reads an ONNX model: opset 7 and later, weights inside or beside the file, float32 throughout.
 *
 * @param files stay open; large weights are read from them when they are asked for
 * @param choices for what the file leaves open
 * @throws AnalysisError 'model-unreadable', 'unsupported-op', 'limit-exceeded', or 'invalid-input' where the choices do not
 *   fit the file
 */
export async function readOnnx(files: ModelFiles, choices: Choices, signal?: AbortSignal): Promise<LoadedModel> {
  const { path } = files;
  const model = await inTurns(decoded(files), signal);
  const graph = model.graph;
  if (graph === null || graph.output.length === 0) {
    throw new AnalysisError('model-unreadable', `${path}: the file holds no ONNX graph with an output.`);
  }
  const opsets = new Map(model.opsetImport.map(({ domain, version }) => [domainOf(domain), version]));
  const opset = opsets.get('') ?? 1;
  if (opset < OLDEST_OPSET) {
    throw new AnalysisError(
      'model-unreadable',
      `${path}: opset must be at least ${OLDEST_OPSET}, got ${opset}. Convert the model with onnx.version_converter.`,
    );
  }
  const external = await externalData(files, graph);
  const notes = new Set<string>();
  const note = (sentence: string): void => void notes.add(sentence);
  const weights = new Weights(files, external, trainedTensors(graph), note);
  const image = imageInput(graph, choices, note);
  if (image.fixedBatch !== null) {
    const fixed = image.isUnbatched ? 'takes one image without a batch' : `fixes the batch at ${image.fixedBatch}`;
    note(`The file ${fixed}; here any number of images runs at once.`);
  }

  const builder = new NetworkBuilder();
  const functions = new Map(model.functions.map((own) => [functionKey(own.domain, own.name), own]));
  const reader = new GraphReader(graph, opsets, functions, {
    builder,
    fixedBatch: image.fixedBatch,
    isUnbatched: image.isUnbatched,
    merged: new MergedBatch(),
    constant: (tensor, label) => weights.constant(builder, tensor, label),
    note,
  });
  const x = builder.input('x', [-1, ...image.shape]);
  reader.bind(image.name, image.isUnbatched ? unbatched(x) : x);
  const { plain, ranked, zipped } = rankedOutputs(graph);
  const isScore = ({ type }: ValueInfoProto): boolean =>
    type === null || type.tensorType?.elemType === TensorType.float;
  const isRanking = ranked.length > 0 && !plain.some(isScore);
  if (isRanking) note('The file puts the classes in order (TopK or ArgMax); the scores that it orders are taken.');
  const logits = await inTurns(
    logitsOutput(isRanking ? ranked : plain, (name) => reader.evaluate(name), builder, choices.output, note),
    signal,
  );
  if (dependsOnPlace(logits.value)) {
    throw new AnalysisError(
      'unsupported-op',
      `${path}: the class scores depend on an image's place in its batch. Export the model with a fixed batch of 1.`,
    );
  }
  const network: Network = { inputs: { x }, outputs: { logits: logits.value } };
  const metadata = metadataOf(model.metadataProps);
  return {
    network,
    format: 'onnx',
    producer: [model.producerName, model.producerVersion].filter((part) => part !== '').join(' ') || null,
    inputShape: image.shape,
    layout: image.layout,
    settled: {
      ...(image.inputSize && { inputSize: image.inputSize }),
      ...(graph.output.length > 1 && { output: logits.name }),
    },
    classes: fittingClasses(classNames(metadata) ?? zipped, logits.value.shape[1], note),
    preprocessing: declaredPreprocessing(metadata, 'the metadata of the ONNX file'),
    insidePreprocessing: preprocessingInside(network),
    parameters: weights.parameters,
    operators: operatorCounts(graph),
    notes: [...notes],
  };
}

function* decoded({ path, main }: ModelFiles): Steps<ModelProto> {
  try {
    return yield* decodeSkeleton(main);
  } catch (cause) {
    throw new AnalysisError('model-unreadable', `${path} is no ONNX file, or is cut off: ${String(cause)}.`, { cause });
  }
}

/** The constants of a file, and how many of their elements were trained. */
class Weights {
  parameters = 0;
  private readonly known = new Map<TensorProto, ConstantValue>();

  constructor(
    private readonly files: ModelFiles,
    private readonly external: ExternalData,
    private readonly isTrained: (name: string) => boolean,
    private readonly note: (sentence: string) => void,
  ) {}

  constant(builder: NetworkBuilder, tensor: TensorProto, label: string): ConstantValue {
    const known = this.known.get(tensor);
    if (known !== undefined) return known;
    const outline = tensorOutline(tensor, label);
    const { type, shape, count } = outline;
    if (tensor.dataType === TensorType.float16 || tensor.dataType === TensorType.bfloat16) {
      this.note('Half-precision numbers in the file are read as float32, and all arithmetic is done in float32.');
    }
    if (WEIGHT_TYPES.has(tensor.dataType) && count > 1 && this.isTrained(label)) this.parameters += count;
    const external = this.external.get(tensor);
    const { files } = this;
    const elements = Elements.deferred(type, function* () {
      if (external !== undefined) {
        return yield* tensorElements(outline, tensor, yield* external.readInSteps(0, external.size));
      }
      return yield* tensorElements(outline, yield* complete(files, tensor));
    });
    const constant = builder.stored(elements, shape, label);
    this.known.set(tensor, constant);
    return constant;
  }
}

/** A tensor with those elements that were left in the file. */
function* complete({ main }: ModelFiles, tensor: TensorProto): Steps<TensorProto> {
  if (tensor.stored.length === 0) return tensor;
  const [offset, length, rawOffset = 0, rawLength = 0] = tensor.stored;
  if (rawLength > 0) return { ...tensor, rawData: yield* main.readInSteps(rawOffset, rawLength) };
  return decodeTensor(yield* main.readInSteps(offset, length));
}

const WEIGHT_TYPES: ReadonlySet<number> = new Set([
  TensorType.float,
  TensorType.float16,
  TensorType.bfloat16,
  TensorType.double,
  TensorType.int8,
  TensorType.uint8,
]);

/** Which inputs of an operator on quantised numbers are weights and biases, the others being scales and zero points. */
const TRAINED_INPUTS: Readonly<Record<string, readonly number[]>> = {
  QLinearConv: [0, 3, 8],
  QLinearMatMul: [0, 3],
  QGemm: [0, 3, 6],
  QLinearAdd: [0, 3],
  QLinearMul: [0, 3],
};

/** All but the scales of quantised weights and the statistics of batch normalizations, which are not trained. */
function trainedTensors(graph: GraphProto): (name: string) => boolean {
  const others = new Set(
    graph.node.flatMap(({ opType, input }) => {
      if (Object.hasOwn(TRAINED_INPUTS, opType)) return input.filter((_, i) => !TRAINED_INPUTS[opType].includes(i));
      if (/^(De)?[Qq]uantizeLinear$|^QLinear/.test(opType)) return input.slice(1);
      return opType === 'BatchNormalization' ? input.slice(3) : [];
    }),
  );
  return (name) => !others.has(name);
}

function operatorCounts(graph: GraphProto): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { opType } of graph.node) counts.set(opType, (counts.get(opType) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
