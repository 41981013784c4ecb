import { AnalysisError } from '../../base/errors';
import { type GraphProto, TensorType, type ValueInfoProto } from '../../onnx/onnxProto';
import type { Choices, InputLayout } from '../format';
import { type OpenShape, settledShape } from '../openInput';

/** The input of an ONNX graph that takes the images. */
export interface ImageInput {
  readonly name: string;
  /** Without the batch. */
  readonly shape: readonly number[];
  readonly layout: InputLayout;
  /** Whether the file gives the image no batch. */
  readonly isUnbatched: boolean;
  /** Height and width, where the file leaves them open. */
  readonly inputSize?: readonly [number, number];
  /** The batch size, where the file fixes it. */
  readonly fixedBatch: number | null;
}

const ELEMENTS: ReadonlySet<number> = new Set([
  TensorType.float,
  TensorType.float16,
  TensorType.bfloat16,
  TensorType.double,
  TensorType.uint8,
]);
const CHANNELS: ReadonlySet<number> = new Set([1, 3, 4]);

/**
 * Finds the image input and its extents, some of which the file may leave open.
 *
 * @param note takes a sentence for the report
 * @throws AnalysisError 'model-unreadable' where there are several inputs, none, or one without a batch; as settledShape
 */
export function imageInput(graph: GraphProto, choices: Choices, note: (sentence: string) => void): ImageInput {
  const weights = new Set(graph.initializer.map(({ name }) => name));
  const used = new Set(graph.node.flatMap((node) => [...node.input]));
  const inputs = graph.input.filter(({ name }) => !weights.has(name));
  const candidates = inputs.length > 1 ? inputs.filter(({ name }) => used.has(name)) : inputs;
  if (candidates.length !== 1) {
    const names = candidates.map(({ name }) => `"${name}"`).join(', ');
    throw unreadable(
      `an image classifier must have one input, this model has ${candidates.length}${names ? `: ${names}` : ''}`,
      'Export a model that takes the image alone.',
    );
  }
  const [input] = candidates;
  const dims = extents(input);
  const written = writtenExtents(input, dims);
  const isUnbatched = hasNoBatch(dims, graph);
  const [batch, ...shape] = isUnbatched ? [1, ...dims] : dims;
  const layout = layoutOf(shape, input.name, graph);
  const described = `ONNX: the input "${input.name}" [${written}]`;
  const channels = layout === 'nchw' ? channelsOfWeights(input.name, graph) : null;
  const settled = settledShape({ described, shape, layout, channels }, choices, note);
  return { name: input.name, ...settled, layout, isUnbatched, fixedBatch: batch };
}

function unreadable(reason: string, advice: string): AnalysisError {
  return new AnalysisError('model-unreadable', `ONNX: ${reason}. ${advice}`);
}

/** The extents, null where left open. */
function extents({ name, type }: ValueInfoProto): (number | null)[] {
  const tensor = type?.tensorType;
  if (!tensor) throw unreadable(`the input "${name}" is no tensor`, 'Export a model whose input is an image.');
  if (!ELEMENTS.has(tensor.elemType)) {
    throw unreadable(
      `the input "${name}" must hold float32, float16, float64 or uint8 numbers, got ONNX type ${tensor.elemType}`,
      'Export a model that takes pixels.',
    );
  }
  if (!tensor.shape) throw unreadable(`the input "${name}" has no shape`, 'Export the model with a sample image.');
  return tensor.shape.dim.map(({ dimValue }) => (dimValue !== undefined && dimValue > 0 ? dimValue : null));
}

/** The extents as the file writes them: [n, 3, height, width]. */
function writtenExtents(input: ValueInfoProto, dims: readonly (number | null)[]): string {
  const nameOf = (axis: number): string => {
    const name = input.type?.tensorType?.shape?.dim[axis].dimParam;
    return name === undefined || name === '' ? 'unnamed' : name;
  };
  const written = dims.map((dim, axis) => String(dim ?? nameOf(axis))).join(', ');
  if (dims.length < 2 || dims.length > 5) {
    throw unreadable(
      `the input "${input.name}" is [${written}], which has no dimension for the batch`,
      'Export the model with a sample of shape [1, channels, height, width].',
    );
  }
  return written;
}

const KEEP_CHANNELS: ReadonlySet<string> = new Set([
  'Cast',
  'Identity',
  'Sub',
  'Div',
  'Mul',
  'Add',
  'Pad',
  'QuantizeLinear',
  'DequantizeLinear',
]);

/** The channels that the first convolution of the image needs; null where something else comes first. */
function channelsOfWeights(name: string, graph: GraphProto): number | null {
  const image = new Set([name]);
  const weights = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  for (const { opType, input, output, attribute } of graph.node) {
    if (!image.has(input[0])) continue;
    if (KEEP_CHANNELS.has(opType)) image.add(output[0]);
    if (opType !== 'Conv') continue;
    const channels = weights.get(input[1])?.dims[1];
    return channels === undefined ? null : channels * (attribute.find(({ name: own }) => own === 'group')?.i ?? 1);
  }
  return null;
}

/** Whether an input [C, H, W] is one image: where what comes out has no batch either. */
function hasNoBatch(dims: readonly (number | null)[], graph: GraphProto): boolean {
  const outputRank = graph.output[0]?.type?.tensorType?.shape?.dim.length;
  return dims.length === 3 && dims.every((dim) => dim !== null) && outputRank === 1;
}

/** Where the channels are: by their number, and where that is no sign, by whether the network first moves them. */
function layoutOf(shape: OpenShape, name: string, graph: GraphProto): InputLayout {
  if (shape.length !== 3) return 'flat';
  const [first, , last] = shape.map((extent) => extent !== null && CHANNELS.has(extent));
  if (first !== last) return first ? 'nchw' : 'nhwc';
  const consumer = graph.node.find((node) => node.input.includes(name));
  const perm = consumer?.opType === 'Transpose' ? consumer.attribute.find((a) => a.name === 'perm')?.ints : undefined;
  return perm?.join() === '0,3,1,2' ? 'nhwc' : 'nchw';
}
