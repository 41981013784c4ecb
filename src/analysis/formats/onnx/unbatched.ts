import type { Value } from '../../network/network';
import { elementCount, formatShape } from '../../network/shapes';
import type { OnnxNode, Translation } from './node';
import type { Operand, Unbatched } from './operand';

const ELEMENTWISE: ReadonlySet<string> = new Set([
  ...['Identity', 'Cast', 'Neg', 'Abs', 'Sqrt', 'Exp', 'Log', 'Relu', 'LeakyRelu', 'Elu', 'Selu', 'Celu', 'Clip'],
  ...['Sigmoid', 'HardSigmoid', 'HardSwish', 'Tanh', 'Softplus', 'Softsign', 'Gelu', 'Mish', 'Erf', 'Dropout'],
  ...['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Min', 'Max'],
]);

/** A value of a batch as a file sees it that knows one image only. */
export function unbatched(value: Value): Unbatched {
  return { op: 'Unbatched', value };
}

/**
 * What a node makes of one image without a batch, between which and batches of 1 a file goes by Unsqueeze and Squeeze;
 * undefined where it is a node on a batch.
 *
 * @throws AnalysisError 'unsupported-op' where it is not known what the node does to one image
 */
export function onUnbatched(node: OnnxNode, translation: Translation | undefined): readonly Operand[] | undefined {
  const [first] = node.inputs;
  if (!node.inputs.some((input) => input?.op === 'Unbatched')) {
    return node.reading.isUnbatched ? withoutBatch(node) : undefined;
  }
  if (ELEMENTWISE.has(node.op) && translation !== undefined) return elementwise(node, translation);
  const result = first?.op === 'Unbatched' ? ofImage(node, first.value) : undefined;
  if (result !== undefined) return [result];
  throw node.unsupported(
    'the image has no dimension for the batch here',
    'Export the model with a sample of shape [1, channels, height, width].',
  );
}

function elementwise(node: OnnxNode, translation: Translation): readonly Operand[] {
  const rank = Math.max(...node.inputs.map((input) => (input?.op === 'Unbatched' ? input.value.shape.length - 1 : 0)));
  const inputs = node.inputs.map((input) => {
    if (input?.op !== 'Unbatched') {
      const fits = input === undefined || (input.op === 'Constant' && input.shape.length <= rank);
      if (!fits) throw node.unsupported('an image without a batch meets one with it');
      return input;
    }
    if (input.value.shape.length - 1 < rank) throw node.unsupported('images of different rank meet without a batch');
    return input.value;
  });
  return [translation(node.with(inputs))].flat().map((result) => unbatched(node.asValue(result)));
}

function ofImage(node: OnnxNode, x: Value): Operand | undefined {
  const { builder } = node;
  const [n, ...own] = x.shape;
  switch (node.op) {
    case 'Shape':
      return builder.integers(own.slice(node.int('start', 0), node.int('end', undefined)));
    case 'Unsqueeze': {
      const axes = node.axes(node.attributeOrInput('axes', 13, 1) ?? [], own.length + 1);
      return axes.length === 1 && axes[0] === 0 ? x : undefined;
    }
    case 'Transpose': {
      const perm = node.ints('perm', undefined) ?? own.map((_, axis) => own.length - 1 - axis);
      return unbatched(builder.transpose(x, [0, ...perm.map((axis) => axis + 1)]));
    }
    case 'Reshape': {
      const target = arrangement(node, own);
      const addsBatch = target.length > 1 && target.length >= own.length && target[0] === 1 && own[0] !== 1;
      return addsBatch ? builder.reshape(x, [n, ...target.slice(1)]) : unbatched(builder.reshape(x, [n, ...target]));
    }
    case 'Softmax':
    case 'LogSoftmax': {
      const axis = node.axis(node.int('axis', -1), own.length);
      return unbatched(builder.add(node.op, [x], { axis: axis + 1 }, node.label));
    }
    case 'MatMul':
      return unbatched(builder.matMul(x, node.constant(1, 'the weight')));
    default:
      return undefined;
  }
}

/** The target of a Reshape of one image. */
function arrangement(node: OnnxNode, own: readonly number[]): number[] {
  const keepsZeros = node.int('allowzero', 0) === 1;
  const entries = node.numbers(1, 'the shape').map((entry, axis) => (entry === 0 && !keepsZeros ? own[axis] : entry));
  const rest = elementCount(own) / elementCount(entries.filter((entry) => entry !== -1));
  const target = entries.map((entry) => (entry === -1 ? rest : entry));
  if (elementCount(target) === elementCount(own)) return target;
  throw node.unreadable(`${formatShape(own)} cannot be arranged as [${entries.join(', ')}]`);
}

/** Squeeze, picking the first, or a Reshape, of a batch that the file knows to be of one image. */
function withoutBatch(node: OnnxNode): readonly Operand[] | undefined {
  const [x] = node.inputs;
  if (x === undefined || x.op === 'Extents' || x.op === 'Sequence' || x.op === 'Unbatched') return undefined;
  if (x.shape[0] !== -1) return undefined;
  if (node.op === 'Squeeze') {
    const axes = node.attributeOrInput('axes', 13, 1);
    if (axes?.length === 1 && node.axis(axes[0], x.shape.length) === 0) return [unbatched(x)];
  }
  if (node.op === 'Gather' && node.int('axis', 0) === 0) {
    const indices = node.constant(1, 'the indices');
    if (indices.shape.length === 0 && indices.data[0] === 0) return [unbatched(x)];
  }
  return undefined;
}
