import { BatchArithmeticError, extentArithmetic, extentProduct, isExtentArithmetic } from '../batch/extentArithmetic';
import { type Extents, settled } from '../batch/extents';
import { LARGEST_SHAPE, movedExtents, shapeLike } from '../batch/movedExtents';
import type { OnnxNode, Translation } from './node';
import type { Operand } from './operand';

/** Operators that move elements, with the inputs they are moved from; null stands for all. */
const MOVES: Readonly<Record<string, readonly number[] | null>> = {
  Identity: [0],
  Reshape: [0],
  Flatten: [0],
  Squeeze: [0],
  Unsqueeze: [0],
  Transpose: [0],
  Slice: [0],
  Split: [0],
  Gather: [0],
  GatherElements: [0],
  Expand: [0],
  Tile: [0],
  Concat: null,
  Where: [1, 2],
};

/**
 * What a node does to numbers that depend on the batch size, and to shapes in general. Undefined where the node is one
 * for the network.
 *
 * @param translation of the node, for constants
 */
export function onExtents(node: OnnxNode, translation: Translation | undefined): readonly Operand[] | undefined {
  const grows = node.inputs.some((input) => input?.op === 'Extents');
  if (grows && translation && Object.hasOwn(MOVES, node.op)) {
    return moved(node, translation, MOVES[node.op] ?? node.inputs.map((_, i) => i));
  }
  const known = node.inputs.flatMap((input) => asExtents(input) ?? []);
  if (known.length < node.inputs.length || known.length === 0) return undefined;
  if (!grows && known.some(({ type, elements }) => type === 'float32' || elements.length > LARGEST_SHAPE)) {
    return undefined;
  }
  try {
    const result = calculated(node, known, grows);
    return result && [settled(node.builder, result)];
  } catch (error) {
    if (error instanceof BatchArithmeticError) throw node.unsupported(error.message, ADVICE);
    throw error;
  }
}

const ADVICE = 'Export the model with a fixed batch of 1.';

function asExtents(operand: Operand | undefined): Extents | undefined {
  if (operand?.op === 'Extents') return operand;
  return operand?.op === 'Constant' ? shapeLike(operand) : undefined;
}

function calculated(node: OnnxNode, inputs: readonly Extents[], grows: boolean): Extents | undefined {
  const op = node.op === 'Mod' && node.int('fmod', 0) === 1 ? 'Fmod' : node.op;
  if (isExtentArithmetic(op)) return extentArithmetic(op, inputs);
  const [first] = inputs;
  if (node.op === 'ReduceProd' && first.shape.length <= 1) {
    const shape = node.int('keepdims', 1) === 1 ? first.shape.map(() => 1) : [];
    return { ...first, shape, elements: [extentProduct(first.elements)] };
  }
  if (!grows) return undefined;
  if (node.op === 'Cast' || node.op === 'CastLike') return cast(node, first);
  if (node.op === 'Shape') return vector([...first.shape]);
  if (node.op === 'Size') return { ...vector([first.elements.length]), shape: [] };
  return undefined;
}

function vector(numbers: readonly number[]): Extents {
  const elements = numbers.map((fixed) => ({ fixed, perBatch: 0 }));
  return { op: 'Extents', type: 'int64', shape: [numbers.length], elements };
}

const FLOATS: ReadonlySet<number> = new Set([1, 10, 11, 16]);

function cast(node: OnnxNode, extents: Extents): Extents {
  const target = node.inputs[1];
  const toFloat =
    node.op === 'Cast'
      ? FLOATS.has(node.int('to', 0))
      : target !== undefined && target.op !== 'Sequence' && target.op !== 'Unbatched' && target.type === 'float32';
  if (toFloat) return { ...extents, type: 'float32' };
  const elements = extents.elements.map(({ fixed, perBatch }) => ({ fixed: Math.trunc(fixed), perBatch }));
  return { ...extents, type: 'int64', elements };
}

/** Moves positions in place of elements, then puts the elements there. */
function moved(node: OnnxNode, translation: Translation, from: readonly number[]): readonly Operand[] | undefined {
  const sources = from.flatMap((index) => asExtents(node.inputs[index]) ?? []);
  if (sources.length < from.length) return undefined;
  return movedExtents(node.builder, sources, (positions) => {
    const inputs = [...node.inputs];
    from.forEach((index, i) => (inputs[index] = positions[i]));
    return [translation(node.with(inputs))].flat().map((result) => {
      if (result.op === 'Constant') return result;
      throw node.unsupported('it moves the batch size by the image', ADVICE);
    });
  });
}
