import { AnalysisError } from '../../base/errors';
import type { Steps } from '../../base/steps';
import { inOwnOrder, plain } from '../../compound/tensor';
import { NetworkBuilder } from '../../network/builder';
import type { Network, Value } from '../../network/network';
import { elementCount, formatShape } from '../../network/shapes';
import { Elements } from '../../network/storedConstant';
import type { Extents } from '../batch/extents';
import { MergedBatch } from '../batch/mergedBatch';
import type { Choices, InputLayout, LoadedModel } from '../format';
import type { FileReading } from '../graph/fileNode';
import { pixelScaleInside, preprocessingInside } from '../inside';
import { type OpenShape, type SettledShape, settledShape } from '../openInput';
import { onExtents } from './extentNodes';
import type { GraphNode, TensorflowGraph } from './graphDef';
import { isExtents, type Operand, TensorflowNode } from './node';
import { translationOf } from './operators/table';
import { dataInputs, endpoint, orderedNodes } from './order';

/** More nodes than any image classifier has. */
const MOST_NODES = 2 ** 17;

/** What there is to say of a graph; the rest a container of it knows. */
export type GraphModel = Omit<LoadedModel, 'format' | 'producer' | 'classes'>;

/**
 * The network of a TensorFlow graph, a node a step.
 *
 * @param choices for what the graph leaves open; its output is chosen
 * @throws AnalysisError 'model-unreadable' where the graph contradicts itself or is no image classifier, 'unsupported-op'
 *   where an operator on the way from the image to the logits is not known, 'limit-exceeded'; as settledShape
 */
export function* readGraph(graph: TensorflowGraph, choices: Choices): Steps<GraphModel> {
  if (graph.nodes.length > MOST_NODES) {
    throw new AnalysisError(
      'limit-exceeded',
      `A graph must have at most ${MOST_NODES} nodes, got ${graph.nodes.length}.`,
    );
  }
  const notes = new Set<string>();
  const note = (sentence: string): void => void notes.add(sentence);
  const { shape: inputShape, layout, inputSize, fixedBatch } = imageInput(graph, choices, note);
  const builder = new NetworkBuilder();
  const reading: FileReading = { builder, fixedBatch, merged: new MergedBatch(), note };
  if (fixedBatch !== null) {
    note(`The file fixes the batch at ${fixedBatch}; here any number of images runs at once.`);
  }
  const x = builder.input('x', [-1, ...inputShape]);
  const nodes = orderedNodes(graph.nodes, graph.output);
  const results = new Map<string, readonly Operand[]>();
  let parameters = 0;
  for (const node of nodes) {
    if (node.name === endpoint(graph.input).node) {
      results.set(node.name, [plain(x)]);
      continue;
    }
    const constant = node.op === 'Const' ? constantOf(builder, node) : undefined;
    if (constant?.type === 'float32' && elementCount(constant.shape) > 1) parameters += elementCount(constant.shape);
    results.set(node.name, constant === undefined ? translated(node, results, reading) : [plain(constant)]);
    yield;
  }
  const logits = logitsOf(graph, results, builder);
  const network: Network = { inputs: { x }, outputs: { logits } };
  const inside = preprocessingInside(network);
  return {
    network,
    inputShape,
    layout,
    settled: inputSize ? { inputSize } : {},
    preprocessing:
      inside !== null && pixelScaleInside(network) ? { preprocessing: { scale: 1 }, source: inside } : null,
    insidePreprocessing: inside,
    parameters,
    operators: operatorCounts(nodes),
    notes: [...notes],
  };
}

interface ImageInput extends SettledShape {
  readonly layout: InputLayout;
  readonly fixedBatch: number | null;
}

function imageInput(
  { input, inputShape }: TensorflowGraph,
  choices: Choices,
  note: (sentence: string) => void,
): ImageInput {
  const [batch, ...rest] = inputShape;
  const described = `TensorFlow: the input "${input}" [${inputShape.join(', ')}]`;
  if (rest.length === 0 || rest.length > 4 || rest.includes(0)) {
    throw new AnalysisError(
      'model-unreadable',
      `${described} must be [n, height, width, channels]; export the model for an image.`,
    );
  }
  const shape = rest.map((extent) => (Number.isInteger(extent) && extent > 0 ? extent : null));
  const layout = layoutOf(shape);
  const settled = settledShape({ described, shape, layout, channels: null }, choices, note);
  return { ...settled, layout, fixedBatch: batch > 0 ? batch : null };
}

function layoutOf(shape: OpenShape): InputLayout {
  if (shape.length === 1) return 'flat';
  const [first, , last] = shape;
  return shape.length === 3 && first !== null && first <= 4 && (last ?? Infinity) > 4 ? 'nchw' : 'nhwc';
}

function constantOf(builder: NetworkBuilder, node: GraphNode): Value {
  const tensor = Object.hasOwn(node.attributes, 'value') ? node.attributes['value'] : undefined;
  if (tensor?.kind !== 'tensor') {
    throw new AnalysisError('unsupported-op', `Const "${node.name}": only constants of numbers are known.`);
  }
  const { type, shape, read } = tensor.value;
  return builder.stored(Elements.deferred(type, read), shape, node.name);
}

function translated(
  definition: GraphNode,
  results: ReadonlyMap<string, readonly Operand[]>,
  reading: FileReading,
): readonly Operand[] {
  const inputs = dataInputs(definition).map((input) => {
    const { node, output } = endpoint(input);
    const operand = results.get(node)?.[output];
    if (operand !== undefined) return operand;
    throw new AnalysisError(
      'unsupported-op',
      `${definition.op} "${definition.name}": its input "${input}" is not computed here.`,
    );
  });
  const node = new TensorflowNode(definition, inputs, reading);
  try {
    const translation = translationOf(node);
    const outputs = onExtents(node, translation) ?? [translation(node)].flat();
    reading.merged.follow(inputs.map(carried), outputs.map(carried));
    return outputs;
  } catch (error) {
    throw node.named(error);
  }
}

function carried(operand: Operand): Value | Extents {
  return isExtents(operand) ? operand : operand.value;
}

function logitsOf(
  graph: TensorflowGraph,
  results: ReadonlyMap<string, readonly Operand[]>,
  builder: NetworkBuilder,
): Value {
  const { node, output } = endpoint(graph.output);
  const result = results.get(node)?.[output];
  if (result !== undefined && !isExtents(result)) {
    const value = inOwnOrder(builder, result);
    const [batch, ...rest] = value.shape;
    const extended = rest.filter((extent) => extent !== 1);
    // Fully convolutional models end in (batch, 1, 1, K).
    if (value.type === 'float32' && batch === -1 && rest.length > 0 && extended.length <= 1) {
      return builder.reshape(value, [-1, extended[0] ?? 1]);
    }
  }
  const got = result === undefined ? 'nothing' : formatShape(isExtents(result) ? result.shape : result.value.shape);
  throw new AnalysisError(
    'model-unreadable',
    `The output "${graph.output}" must be one score for each class, float32 [n, K], got ${got}; ` +
      'export a model from the image to the class scores only.',
  );
}

function operatorCounts(nodes: readonly GraphNode[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { op } of nodes) {
    if (op !== 'Const' && op !== 'Placeholder') counts.set(op, (counts.get(op) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
